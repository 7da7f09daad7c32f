import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { saturate } from './frame.ts';
import type { RecognitionEngine, RecognitionRequest, Recognized } from './recognition-engine.ts';
import { SpeechError } from './speech-engine.ts';
import { exitOf, runSpeechProgram } from './speech-program.ts';
import { Turns } from './turns.ts';

/** Options of the pocketsphinx engine. */
export interface PocketsphinxOptions {
  /** Program to run; default `pocketsphinx_continuous`, found on the PATH. */
  readonly command?: string | undefined;
  /** A recognition that takes longer is killed; default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Programs running at once; further requests wait; default 2. */
  readonly maxProcesses?: number | undefined;
}

const PACKAGES = 'pocketsphinx and its model pocketsphinx-en-us';
/** What its acoustic model was trained on. */
const MODEL_RATE_HZ = 16_000;
/** Half a second before and after: the model expects silence there. */
const PADDING_SAMPLES = MODEL_RATE_HZ / 2;
const MAX_OUTPUT_BYTES = 1_000_000;
/** Runs with hints, each without the words that the one before did not know. */
const MAX_GRAMMARS = 8;

//   word ["(" variant ")"] from-sec to-sec probability
const WORD_PATTERN = /^(\S+?)(?:\(\d+\))? \d+\.\d+ \d+\.\d+ (\d+\.\d+)$/;
const UNKNOWN_WORD_PATTERN = /The word '([^']+(?:'[^']*)*)' is missing in the dictionary/;

/**
 * Recognition by the program `pocketsphinx_continuous`, which the operator installs. It has English
 * alone, and a small model: over a telephone it hears what it is given as hints, and little else.
 *
 * With hints it listens for sequences of them; where it hears none, for anything.
 */
export function createPocketsphinxEngine(options: PocketsphinxOptions = {}): RecognitionEngine {
  return new PocketsphinxEngine(options);
}

class PocketsphinxEngine implements RecognitionEngine {
  readonly name = 'pocketsphinx';
  readonly #command: string;
  readonly #timeoutMs: number;
  readonly #turns: Turns;

  constructor(options: PocketsphinxOptions) {
    this.#command = options.command ?? 'pocketsphinx_continuous';
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#turns = new Turns(options.maxProcesses ?? 2);
  }

  async check(language: string): Promise<void> {
    requireEnglish(language);
    // Without arguments it lists its options and ends; whether it can be run is all that counts.
    await this.#turns.run(() => this.#start([], undefined));
  }

  async recognize(request: RecognitionRequest): Promise<Recognized> {
    requireEnglish(request.language);
    return this.#turns.run(async () => {
      // The program reads files alone. Only their owner may read these.
      const folder = await mkdtemp(join(tmpdir(), 'tutti-speech-'));
      try {
        return await this.#recognizeIn(folder, request);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  }

  async #recognizeIn(folder: string, request: RecognitionRequest): Promise<Recognized> {
    const { samples, hints = [], signal } = request;
    await writeFile(join(folder, 'speech.raw'), toModelRate(samples));
    let phrases = hints.map(wordsOf).filter((words) => words.length > 0);
    for (let tries = 0; tries < MAX_GRAMMARS && phrases.length > 0; tries += 1) {
      await writeFile(join(folder, 'hints.jsgf'), grammarOf(phrases));
      const heard = await this.#run(folder, ['-jsgf', join(folder, 'hints.jsgf')], signal);
      if (heard.kind === 'heard' && heard.value.transcript !== '') return heard.value;
      if (heard.kind === 'heard') break;
      phrases = phrases.filter((words) => !words.includes(heard.word));
    }
    const heard = await this.#run(folder, [], signal);
    if (heard.kind === 'heard') return heard.value;
    throw new SpeechError('FAILED', `${this.#command} does not know "${heard.word}"`);
  }

  async #run(
    folder: string,
    more: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<
    | { readonly kind: 'heard'; readonly value: Recognized }
    | { readonly kind: 'unknown-word'; readonly word: string }
  > {
    const log = join(folder, 'log');
    const args = ['-infile', join(folder, 'speech.raw'), '-time', 'yes', '-logfn', log, ...more];
    const finished = await this.#start(args, signal);
    const { code, stdout, stderr } = finished;
    if (code === 0) return { kind: 'heard', value: this.#readWords(stdout.toString()) };
    const said = await readFile(log, 'utf8').catch(() => '');
    const word = UNKNOWN_WORD_PATTERN.exec(said)?.[1];
    if (word !== undefined) return { kind: 'unknown-word', word };
    const lines = said.split('\n').filter((line) => /^(?:ERROR|FATAL)/.test(line));
    const problem = [...lines, stderr].join(' ').trim().slice(0, 500);
    throw new SpeechError(
      'FAILED',
      `${this.#command} failed: ${problem === '' ? exitOf(finished) : problem}. ` +
        `It needs the packages ${PACKAGES}.`,
    );
  }

  /** @throws SpeechError of an output without a line that it writes. */
  #readWords(output: string): Recognized {
    const lines = output.split('\n').filter((line) => line.trim() !== '');
    if (lines.length === 0 || lines.some((line) => WORD_PATTERN.test(line.trim()))) {
      return readWords(lines);
    }
    const said = JSON.stringify(lines.join(' ').slice(0, 60));
    throw new SpeechError('FAILED', `${this.#command} wrote what are no words: ${said}`);
  }

  #start(args: readonly string[], signal: AbortSignal | undefined) {
    return runSpeechProgram({
      command: this.#command,
      packageName: PACKAGES,
      args,
      stdin: '',
      timeoutMs: this.#timeoutMs,
      maxOutputBytes: MAX_OUTPUT_BYTES,
      tooLong: `${this.#command} said more than ${MAX_OUTPUT_BYTES} bytes`,
      signal,
    });
  }
}

function requireEnglish(language: string): void {
  if (/^en(?:-|$)/i.test(language)) return;
  throw new SpeechError(
    'FAILED',
    `pocketsphinx has a model of English alone, and not of "${language}": use en-US, or a service that has the language (TUTTI_ASR_URL)`,
  );
}

/**
 * The model's rate by putting a zero after each sample, without a filter: what is below 4 kHz is
 * mirrored above it. The model was trained on wide speech and takes the silence there for a sound of
 * its own: of 32 words said over 8 kHz it hears 26 so, and 10 after a filter that leaves nothing.
 */
function toModelRate(samples: Int16Array): Uint8Array {
  const wide = new Int16Array(2 * samples.length + 2 * PADDING_SAMPLES);
  for (let i = 0; i < samples.length; i += 1) {
    wide[PADDING_SAMPLES + 2 * i] = saturate(2 * (samples[i] ?? 0));
  }
  return new Uint8Array(wide.buffer);
}

/** As its dictionary writes them: small letters, apostrophes and hyphens. */
function wordsOf(phrase: string): readonly string[] {
  return phrase.toLowerCase().match(/[a-z][a-z'-]*/g) ?? [];
}

/** Source: W3C JSGF §4 (sequences, alternatives, `+`) */
function grammarOf(phrases: readonly (readonly string[])[]): string {
  const alternatives = phrases.map((words) => words.join(' ')).join(' | ');
  return `#JSGF V1.0;\ngrammar hints;\npublic <hints> = ( ${alternatives} )+;\n`;
}

/** The words without silences and noises, and the mean of their probabilities. */
function readWords(lines: readonly string[]): Recognized {
  const words: string[] = [];
  let sum = 0;
  for (const line of lines) {
    const [, word = '', probability = ''] = WORD_PATTERN.exec(line.trim()) ?? [];
    if (word === '' || /^[<[]/.test(word) || word.startsWith('++')) continue;
    words.push(word);
    sum += Math.min(1, Number(probability));
  }
  return {
    transcript: words.join(' '),
    confidence: words.length === 0 ? undefined : sum / words.length,
  };
}
