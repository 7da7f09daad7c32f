import { decodeAudio } from './decode-audio.ts';
import { SpeechCache } from './speech-cache.ts';
import { SpeechError } from './speech-engine.ts';
import type { SpeechEngine, SpeechRequest } from './speech-engine.ts';
import { espeakSsml } from './espeak-ssml.ts';
import { exitOf, runSpeechProgram } from './speech-program.ts';
import { plainText, type SpeechRun, type SpeechStyle } from './speech-style.ts';
import { Turns } from './turns.ts';

/** Options of the espeak-ng engine. */
export interface EspeakOptions {
  /** Program to run; default `espeak-ng`, found on the PATH. */
  readonly command?: string | undefined;
  /** A synthesis that takes longer is killed; default 10,000. */
  readonly timeoutMs?: number | undefined;
  /** Finished speech kept in memory; the least recently used goes first; default 16 MiB. */
  readonly cacheBytes?: number | undefined;
  /** Programs running at once; further requests wait; default 4. */
  readonly maxProcesses?: number | undefined;
}

/** About 15 minutes at the engine's 22,050 Hz. */
const MAX_OUTPUT_BYTES = 40_000_000;

/** The argument of `-v`; nothing that could be read as another option or a path. */
const LANGUAGE_PATTERN = /^[a-z]{2,3}(-[a-z0-9]{1,8})*$/i;
const VARIANT_PATTERN = /^[a-z0-9_]{1,32}$/i;

/** Control characters are commands to the engine, and `[[` begins its phoneme notation. */
// oxlint-disable-next-line no-control-regex -- They are what must not reach the engine.
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f]/g;

/**
 * Speech by the espeak-ng program, which the operator installs. `voice` is one of its variants,
 * such as `f3` or `m2`.
 */
export function createEspeakEngine(options: EspeakOptions = {}): SpeechEngine {
  return new EspeakEngine(options);
}

class EspeakEngine implements SpeechEngine {
  readonly name = 'espeak-ng';
  readonly carries: ReadonlySet<keyof SpeechStyle> = new Set([
    'ratePercent',
    'pitchPercent',
    'volumePercent',
    'emphasis',
    'spell',
  ] as const);
  readonly #command: string;
  readonly #timeoutMs: number;
  readonly #cache: SpeechCache;
  readonly #turns: Turns;
  #languages: ReadonlySet<string> | undefined;

  constructor(options: EspeakOptions) {
    this.#command = options.command ?? 'espeak-ng';
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#cache = new SpeechCache(options.cacheBytes ?? 16 * 1024 * 1024);
    this.#turns = new Turns(options.maxProcesses ?? 4);
  }

  async synthesize(request: SpeechRequest): Promise<{ readonly samples: Int16Array }> {
    const { language, voice } = request;
    const runs = typeof request.text === 'string' ? undefined : request.text.map(harmless);
    const text = harmless({ text: plainText(request.text) }).text.trim();
    if (!LANGUAGE_PATTERN.test(language)) {
      throw new SpeechError('FAILED', `"${language}" is not a language tag such as en-US`);
    }
    if (voice !== undefined && !VARIANT_PATTERN.test(voice)) {
      throw new SpeechError('FAILED', `"${voice}" is not an espeak-ng variant such as f3`);
    }
    if (text === '') {
      return { samples: new Int16Array(0) };
    }
    const input =
      runs === undefined ? { text, args: [] } : { text: espeakSsml(runs), args: ['-m'] };
    const key = `${[...input.args, language].join(' ')}+${voice ?? ''}\n${input.text}`;
    let samples = this.#cache.get(key);
    if (samples === undefined) {
      samples = await this.#turns.run(() => this.#speak(request, input));
      this.#cache.set(key, samples);
    }
    return { samples };
  }

  async #speak(
    { language, voice, signal }: SpeechRequest,
    input: { readonly text: string; readonly args: readonly string[] },
  ): Promise<Int16Array> {
    let voiceArgument = language;
    if (voice !== undefined) {
      // The program finds `de` for `de-DE` by itself, but then drops the variant.
      this.#languages ??= await this.#listLanguages();
      voiceArgument = `${closestLanguage(language, this.#languages)}+${voice}`;
    }
    // Text goes through standard input, as UTF-8 (-b 1); markup is left alone but with -m.
    const args = ['--stdin', '--stdout', '-b', '1', '-v', voiceArgument, ...input.args];
    const stdout = await this.#run(args, input.text, signal);
    if (stdout.length === 0) {
      return new Int16Array(0); // The text had nothing to pronounce.
    }
    const audio = decodeAudio(stdout, 'audio/wav');
    if (!audio.ok) {
      throw new SpeechError('FAILED', `${this.#command}: ${audio.error.message}`);
    }
    return audio.value.samples;
  }

  /** The second column of the program's table of voices. */
  async #listLanguages(): Promise<ReadonlySet<string>> {
    const table = (await this.#run(['--voices'], '', undefined)).toString();
    return new Set(table.split('\n').map((line) => line.trim().split(/\s+/)[1] ?? ''));
  }

  async #run(
    args: readonly string[],
    stdin: string,
    signal: AbortSignal | undefined,
  ): Promise<Buffer> {
    const finished = await runSpeechProgram({
      command: this.#command,
      packageName: 'espeak-ng',
      args,
      stdin,
      timeoutMs: this.#timeoutMs,
      maxOutputBytes: MAX_OUTPUT_BYTES,
      tooLong: 'The speech is longer than 15 minutes: shorten the text',
      signal,
    });
    const { code, stdout, stderr } = finished;
    if (code === 0) {
      return stdout;
    }
    throw new SpeechError(
      'FAILED',
      `${this.#command} ${args.join(' ')} failed: ` + (stderr === '' ? exitOf(finished) : stderr),
    );
  }
}

/** Without what commands the engine. */
function harmless(run: SpeechRun): SpeechRun {
  return { ...run, text: run.text.replaceAll(CONTROL_CHARACTERS, ' ').replaceAll('[[', '[ [') };
}

/** The tag itself, or with its last parts left off, as the engine has it. RFC 4647 §3.4 */
function closestLanguage(language: string, known: ReadonlySet<string>): string {
  const parts = language.toLowerCase().split('-');
  for (let count = parts.length; count > 0; count -= 1) {
    const shorter = parts.slice(0, count).join('-');
    if (known.has(shorter)) {
      return shorter;
    }
  }
  return language;
}
