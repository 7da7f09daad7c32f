import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { afterAll, afterEach, expect, test } from 'vitest';
import { Random } from './random.ts';
import { shrink } from './shrink.ts';
import { Watchdog } from './watchdog.ts';

const { TUTTI_FUZZ_RUNS, TUTTI_FUZZ_SEED, TUTTI_REQUIRE_ALL } = process.env;
/** Inputs of each target. */
const fuzzRuns = Number(TUTTI_FUZZ_RUNS ?? (TUTTI_REQUIRE_ALL === '1' ? 100_000 : 2000));
/** What all inputs follow from; each run has its own unless told. */
const fuzzSeed = Number(TUTTI_FUZZ_SEED ?? (Math.random() * 2 ** 31) | 0);

/** An input slower than this every time is a hang: sensible ones take microseconds. */
const SLOWEST_MS = 1000;
/** What may stay in memory after all inputs of a target: caches of the parser and of V8. */
const LEAK_BYTES = 24 * 1024 * 1024;

export interface Fuzz<T extends string | Buffer> {
  /** Known-nasty inputs, each tried in every run. */
  readonly corpus: readonly T[];
  /** One input, of nothing but `random`. */
  readonly make: (random: Random) => T;
  /**
   * Throws when the input is not dealt with as it should be. Choices beside the input come from
   * `random`, which is the same each time for the same input.
   */
  readonly check: (input: T, random: Random) => void;
}

/** Declares tests: no input of `target` breaks it, takes too long or stays in memory. */
export function fuzz<T extends string | Buffer>(target: string, options: Fuzz<T>): void {
  const { corpus, make, check } = options;
  const watchdog = new Watchdog(target);
  afterEach(() => watchdog.rest());
  afterAll(() => watchdog[Symbol.asyncDispose]());

  const attempt = (input: T, seed: number): void => {
    watchdog.watch(input);
    const began = performance.now();
    check(input, new Random(seed));
    // Timed again, as the machine may have been busy elsewhere.
    if (performance.now() - began > SLOWEST_MS) {
      expect(leastMs(() => check(input, new Random(seed)))).toBeLessThan(SLOWEST_MS);
    }
  };
  const explained = (input: T, seed: number): void => {
    try {
      attempt(input, seed);
    } catch (cause) {
      const least = shrink(input, (shorter) => {
        try {
          attempt(shorter, seed);
          return false;
        } catch {
          return true;
        }
      });
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${target} fails with ${show(least)}: ${problem}`, { cause });
    }
  };

  test.each(corpus.map((input, index) => [index, show(input).slice(0, 60), input] as const))(
    `${target} deals with known input %i: %s`,
    (_index, _shown, input) => {
      for (let seed = 0; seed < 5; seed += 1) explained(input, seed);
    },
  );

  test(`${target} deals with every one of ${fuzzRuns} inputs`, () => {
    // Code that compiles and caches that fill up are no leak.
    for (let seed = 0; seed < 500; seed += 1) attempt(make(new Random(seed)), seed);
    const before = heapBytes();

    fc.assert(
      fc.property(fc.noShrink(fc.integer()), (seed) => {
        const random = new Random(seed);
        explained(make(random), seed);
      }),
      { numRuns: fuzzRuns, seed: fuzzSeed, unbiased: true },
    );

    expect(heapBytes() - before).toBeLessThan(LEAK_BYTES);
  });
}

/** Most inputs that go over sockets: each takes the time of hundreds of others. */
const SOCKET_RUNS = 5000;
/** Inputs sent before the receiver is waited for. */
const BATCH = 20;

export interface SocketFuzz<T extends string | Buffer> {
  readonly corpus: readonly T[];
  readonly make: (random: Random) => T;
  /** Sends a few, and resolves when the receiver has dealt with them. */
  readonly send: (inputs: readonly T[], random: Random) => Promise<void>;
  /** Throws unless the receiver serves as before, and holds nothing of what was sent. */
  readonly check: () => Promise<void>;
}

/** Declares a test: whatever comes in over its sockets, a part that runs goes on, and keeps nothing. */
export function fuzzSockets<T extends string | Buffer>(
  target: string,
  options: SocketFuzz<T>,
): void {
  const { corpus, make, send, check } = options;
  const runs = Math.min(fuzzRuns, SOCKET_RUNS);

  test(`${target} outlives every one of ${runs} inputs`, async () => {
    const random = new Random(fuzzSeed);
    const inputs = [...corpus, ...Array.from({ length: runs }, () => make(random))];
    try {
      for (let at = 0; at < inputs.length; at += BATCH) {
        await send(inputs.slice(at, at + BATCH), random);
      }
      await check();
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${target} fails with the seed ${fuzzSeed}: ${problem}`, { cause });
    }
  });
}

export interface Linear {
  /** What stands before the repeated text; all are tried. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** Pieces to repeat, beside every ASCII character. */
  readonly pieces?: readonly string[];
  readonly parse: (text: string) => void;
  /** Characters of the long text; default 64 Ki. */
  readonly length?: number;
}

/** Below this the work is too little to tell how it grows. */
const TELLING_MS = 100;

/**
 * Declares a test: the work of `parse` grows with its text and not with the square of it. A text
 * four times as long may take eight times as long; quadratic work takes sixteen times.
 */
export function staysLinear(target: string, options: Linear): void {
  const { before, after, parse, length = 65_536 } = options;
  const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
  const pieces = [...ascii, '\u00e9', '\u2028', '\ud800', '\u{1f4a9}', ...(options.pieces ?? [])];
  const watchdog = new Watchdog(target);
  afterEach(() => watchdog.rest());
  afterAll(() => watchdog[Symbol.asyncDispose]());

  test(`${target} takes time in proportion to its input`, () => {
    const slow: string[] = [];
    for (const start of before) {
      for (const end of after) {
        for (const piece of pieces) {
          const textOf = (size: number): string =>
            start + piece.repeat(Math.floor(size / piece.length)) + end;
          const long = textOf(length);
          watchdog.watch(long);
          if (onceMs(() => parse(long)) < TELLING_MS) continue;
          const short = textOf(length / 4);
          const longMs = leastMs(() => parse(long));
          const shortMs = leastMs(() => parse(short));
          if (longMs < TELLING_MS || longMs < 8 * shortMs) continue;
          const times = `${shortMs.toFixed(1)} ms, four times as many ${longMs.toFixed(1)} ms`;
          slow.push(`${show(start)} + ${show(piece)} repeated + ${show(end)}: ${times}`);
        }
      }
    }

    expect(slow).toEqual([]);
  });
}

/** The shortest of a few times: what it takes when nothing else is going on. */
function leastMs(work: () => void): number {
  return Math.min(onceMs(work), onceMs(work), onceMs(work));
}

function onceMs(work: () => void): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

/** Memory in use once nothing is left to be collected. */
function heapBytes(): number {
  if (globalThis.gc === undefined) throw new Error('Run with --expose-gc, as vitest.config.ts has');
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** An input as it can be pasted into a test. */
function show(input: string | Buffer): string {
  if (typeof input === 'string') return inspect(input, { maxStringLength: 4000 });
  return `Buffer.from(${inspect(input.toString('latin1'), { maxStringLength: 4000 })}, 'latin1')`;
}
