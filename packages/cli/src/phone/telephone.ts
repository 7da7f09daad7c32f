import { readFile, writeFile } from 'node:fs/promises';
import { encodeWav } from '@tutti/media';
import type { Dialing, Phone, PhoneCall, RingingPhone } from '@tutti/testkit';
import { CommandError } from '../command-error.ts';
import { printable } from '../printable.ts';
import { describeSound } from './describe-sound.ts';

/** As long as a person lets it ring. */
const RING_MS = 60_000;

const HELP = [
  'a           answer',
  'r           reject',
  'd NUMBER    dial',
  '0-9 * #     press keys',
  't HZ        play a tone for a second',
  'p FILE      play a WAV file',
  'h           hang up',
  'q           quit',
].join('\n');

export interface TelephoneOptions {
  readonly autoAnswer: boolean;
  /** A WAV file that is played into every call. */
  readonly play: string | undefined;
  /** The WAV file that what was heard is written to, at the end of each call. */
  readonly record: string | undefined;
  readonly print: (line: string) => void;
}

/** One call at a time, and the person at the keyboard. */
export class Telephone {
  readonly #options: TelephoneOptions;
  readonly #print: (line: string) => void;
  #phone: Phone | undefined;
  #ringing: RingingPhone | undefined;
  /** Being answered or dialled: not ringing any more, and no call yet. */
  #connecting: Dialing | 'answering' | undefined;
  #call: PhoneCall | undefined;
  /** Recordings being written. */
  readonly #writing = new Set<Promise<void>>();

  constructor(options: TelephoneOptions) {
    this.#options = options;
    this.#print = options.print;
  }

  plugIn(line: Phone): void {
    this.#phone = line;
  }

  ring(ringing: RingingPhone): void {
    if (this.#isBusy || this.#ringing !== undefined) {
      ringing.reject(486);
      this.#print(`${printable(ringing.from)} called: busy`);
      return;
    }
    ringing.ring();
    this.#ringing = ringing;
    const [from, to] = [printable(ringing.from), printable(ringing.to)];
    const keys = this.#options.autoAnswer ? '' : '. a to answer, r to reject';
    this.#print(`ringing: ${from} calls ${to}${keys}`);
    void ringing.canceled.then(() => {
      if (this.#ringing !== ringing) return;
      this.#ringing = undefined;
      this.#print('the caller gave up');
    });
    if (this.#options.autoAnswer) void this.obey('a');
  }

  /** Resolves when answered. @throws PhoneError with the refusal */
  async dial(to: string): Promise<void> {
    if (this.#isBusy) throw new CommandError('there is a call already; h hangs up.');
    if (this.#phone === undefined) throw new CommandError('the phone is not open yet.');
    this.#print(`dialling ${to}`);
    const dialing = this.#phone.dialing(to, { timeoutMs: RING_MS });
    this.#connecting = dialing;
    try {
      this.#take(await dialing.call);
    } finally {
      this.#connecting = undefined;
    }
  }

  /** Does what a line says, and tells what is wrong with it. Never rejects. */
  async obey(line: string): Promise<void> {
    try {
      await this.#obey(line);
    } catch (error) {
      this.#print(printable(error instanceof Error ? error.message : String(error)));
    }
  }

  /** Hangs up, unregisters, and waits for the recording to be written. */
  async close(): Promise<void> {
    await this.#hangUp();
    await this.#phone?.close();
    await Promise.all(this.#writing);
  }

  get #isBusy(): boolean {
    return this.#connecting !== undefined || this.#call?.isLive === true;
  }

  async #obey(line: string): Promise<void> {
    const [, word = '', rest = ''] = /^(\S*)\s*(.*)$/.exec(line) ?? [];
    if (word === '?' || word === '') this.#print(HELP);
    else if (word === 'a') await this.#answer();
    else if (word === 'r') this.#reject();
    else if (word === 'd') await this.dial(rest);
    else if (word === 'h') await this.#hangUp();
    else if (word === 't') this.#live().playTone(Number(rest) || 440, { durationMs: 1000 });
    else if (word === 'p') this.#live().play(await readFile(rest));
    else if (/^[0-9*#A-DwW]+$/.test(word)) await this.#live().key(word);
    else this.#print(`not understood: ${line}\n${HELP}`);
  }

  #live(): PhoneCall {
    if (this.#call?.isLive === true) return this.#call;
    throw new CommandError('there is no call.');
  }

  async #answer(): Promise<void> {
    const ringing = this.#ringing;
    if (ringing === undefined) throw new CommandError('nobody is calling.');
    this.#ringing = undefined;
    this.#connecting = 'answering';
    try {
      this.#take(await ringing.answer());
    } finally {
      this.#connecting = undefined;
    }
  }

  #reject(): void {
    if (this.#ringing === undefined) throw new CommandError('nobody is calling.');
    this.#ringing.reject(486);
    this.#ringing = undefined;
    this.#print('rejected');
  }

  async #hangUp(): Promise<void> {
    if (typeof this.#connecting === 'object') this.#connecting.cancel();
    await this.#call?.hangUp();
  }

  #take(call: PhoneCall): void {
    this.#call = call;
    this.#print(`talking to ${printable(call.remote)}; press keys, h to hang up`);
    call.onDigit((digit) => this.#print(`heard key ${digit}`));
    const stopTelling = describeSound(call, this.#print);
    const recording = this.#options.record === undefined ? undefined : call.record();
    if (this.#options.play !== undefined) void this.#play(call, this.#options.play);
    const over = call.ended
      .then(async ({ by }) => {
        stopTelling();
        this.#print(by === 'us' ? 'hung up' : 'the other side hung up');
        if (recording === undefined || this.#options.record === undefined) return;
        await writeFile(this.#options.record, encodeWav(recording.stop(), 8000));
        this.#print(`what was heard is in ${this.#options.record}`);
      })
      .catch((error: unknown) => this.#print(String(error)))
      .finally(() => this.#writing.delete(over));
    this.#writing.add(over);
  }

  async #play(call: PhoneCall, file: string): Promise<void> {
    try {
      call.play(await readFile(file));
    } catch (error) {
      this.#print(`cannot play ${file}: ${error instanceof Error ? error.message : ''}`);
    }
  }
}
