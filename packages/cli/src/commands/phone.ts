import { readFile, writeFile } from 'node:fs/promises';
import { createInterface, type Interface } from 'node:readline';
import { encodeWav } from '@tutti/media';
import { Phone, PhoneError, type PhoneCall, type RingingPhone } from '@tutti/testkit';
import { readArguments } from '../arguments.ts';
import { CommandError } from '../command-error.ts';
import { ask, findServer } from '../server-access.ts';
import { describeSound } from '../phone/describe-sound.ts';

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

/** A telephone in the terminal: rings, answers, hears, keys and plays, by SIP and RTP. */
export async function phone(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(
    args,
    {
      dial: { type: 'string' },
      play: { type: 'string' },
      record: { type: 'string' },
      'auto-answer': { type: 'boolean' },
      sip: { type: 'string' },
      data: { type: 'string' },
    },
    'phone',
    1,
  );
  const [number] = positionals;
  if (number === undefined) throw new CommandError('which number? tutti phone +15557654321', 2);
  const server = await findServer(values.data);
  const sip = values.sip ?? (await sipOf(server));
  const terminal = createInterface({ input: process.stdin, terminal: false });
  let set: Telephone | undefined;
  try {
    const line = await Phone.open({
      number,
      server: sip,
      credentials: { username: server.accountSid, password: server.authToken },
      onIncoming: (ringing) => set?.ring(ringing),
    });
    set = new Telephone(line, {
      autoAnswer: values['auto-answer'] === true,
      play: values.play,
      record: values.record,
    });
    console.log(`${number} is open at ${line.uri}; calls to it ring here. ? for help, q to quit`);
    if (values.dial !== undefined) await set.dial(values.dial);
    await set.obey(terminal);
  } catch (error) {
    if (error instanceof PhoneError) throw new CommandError(error.message);
    throw error;
  } finally {
    terminal.close();
    await set?.close();
  }
  return 0;
}

/** The server says by which SIP address it is reached. */
async function sipOf(server: Awaited<ReturnType<typeof findServer>>): Promise<string> {
  const { body } = await ask(server, '/v1/Server');
  return String(body['sip']);
}

interface TelephoneOptions {
  readonly autoAnswer: boolean;
  readonly play: string | undefined;
  readonly record: string | undefined;
}

/** One call at a time, and the person at the keyboard. */
class Telephone {
  readonly #phone: Phone;
  readonly #options: TelephoneOptions;
  #ringing: RingingPhone | undefined;
  #call: PhoneCall | undefined;

  constructor(line: Phone, options: TelephoneOptions) {
    this.#phone = line;
    this.#options = options;
  }

  ring(ringing: RingingPhone): void {
    if (this.#call?.isLive === true || this.#ringing !== undefined) {
      ringing.reject(486);
      console.log(`${ringing.from} called: busy`);
      return;
    }
    ringing.ring();
    this.#ringing = ringing;
    console.log(`ringing: ${ringing.from} calls ${ringing.to}. a to answer, r to reject`);
    void ringing.canceled.then(() => {
      if (this.#ringing !== ringing) return;
      this.#ringing = undefined;
      console.log('the caller gave up');
    });
    if (this.#options.autoAnswer) void this.#answer().catch(report);
  }

  async dial(to: string): Promise<void> {
    console.log(`dialling ${to}`);
    this.#take(await this.#phone.dial(to));
  }

  /** Does what each line says until q or Ctrl-C; at the end of piped input it goes on answering. */
  async obey(terminal: Interface): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      process.once('SIGINT', () => resolve());
      process.once('SIGTERM', () => resolve());
    });
    const quit = new Promise<void>((resolve) => {
      terminal.on('line', (line) => {
        if (line.trim() === 'q') resolve();
        else void this.#obeyLine(line.trim()).catch(report);
      });
    });
    await Promise.race([stopped, quit]);
  }

  async close(): Promise<void> {
    await this.#call?.hangUp();
    await this.#phone.close();
  }

  async #obeyLine(line: string): Promise<void> {
    const [word = '', rest = ''] = line.split(/\s+/, 2);
    if (word === '?' || word === '') console.log(HELP);
    else if (word === 'a') await this.#answer();
    else if (word === 'r') this.#reject();
    else if (word === 'd') await this.dial(rest);
    else if (word === 'h') await this.#call?.hangUp();
    else if (word === 't') this.#live().playTone(Number(rest) || 440, { durationMs: 1000 });
    else if (word === 'p') this.#live().play(await readFile(rest));
    else if (/^[0-9*#A-DwW]+$/.test(word)) await this.#live().key(word);
    else console.log(`not understood: ${line}\n${HELP}`);
  }

  #live(): PhoneCall {
    if (this.#call?.isLive === true) return this.#call;
    throw new CommandError('there is no call.');
  }

  async #answer(): Promise<void> {
    const ringing = this.#ringing;
    if (ringing === undefined) throw new CommandError('nobody is calling.');
    this.#ringing = undefined;
    this.#take(await ringing.answer());
  }

  #reject(): void {
    this.#ringing?.reject(486);
    this.#ringing = undefined;
  }

  #take(call: PhoneCall): void {
    this.#call = call;
    console.log(`talking to ${call.remote}; press keys, h to hang up`);
    call.onDigit((digit) => console.log(`heard key ${digit}`));
    const stopTelling = describeSound(call, (text) => console.log(text));
    const recording = this.#options.record === undefined ? undefined : call.record();
    if (this.#options.play !== undefined) {
      void readFile(this.#options.play)
        .then((bytes) => call.play(bytes))
        .catch(report);
    }
    void call.ended
      .then(async ({ by }) => {
        stopTelling();
        console.log(by === 'us' ? 'hung up' : 'the other side hung up');
        if (recording !== undefined && this.#options.record !== undefined) {
          await writeFile(this.#options.record, encodeWav(recording.stop(), 8000));
          console.log(`what was heard is in ${this.#options.record}`);
        }
      })
      .catch(report);
  }
}

function report(error: unknown): void {
  console.log(error instanceof Error ? error.message : String(error));
}
