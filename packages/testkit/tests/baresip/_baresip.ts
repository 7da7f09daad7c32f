import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { encodeWav, ToneMeter } from '@tutti/media';
import { it, onTestFinished } from 'vitest';
import { Inbox } from '../../src/inbox.ts';
import { freePorts } from '../_free-port.ts';
import { toneSamples } from '../voice/_sounds.ts';

const HOST = '127.0.0.1';
const SAMPLE_RATE_HZ = 8000;
/** Longer than any call of a test. */
const TONE_SEC = 30;
const FRAME_SAMPLES = 160;
const WAV_HEADER_BYTES = 44;
const LIMIT_MS = 8000;
const LOG_KEPT = 6000;
/** Where Debian keeps them. */
const MODULES = '/usr/lib/baresip/modules';

const pem = (name: string): string =>
  fileURLToPath(new URL(`../../../sip/tests/certificates/${name}.pem`, import.meta.url));

const isInstalled = spawnSync('baresip', ['-h']).error === undefined;

if (process.env['TUTTI_REQUIRE_ALL'] === '1' && !isInstalled) {
  throw new Error('baresip is not installed: apt-get install baresip-core');
}

/** A test against baresip; skipped where it is not installed, unless everything is required. */
export const itWithBaresip = isInstalled ? it : it.skip;

export interface BaresipOptions {
  /** `sip:host:port` or, for TLS, `sips:host:port`. */
  readonly server: string;
  /** Number or name, as which it calls and is called. */
  readonly user: string;
  /** With them it registers; it has done so when `open` resolves. */
  readonly credentials?: { readonly username: string; readonly password: string };
  /** Over TLS it speaks SRTP alone (RFC 4568). Default `udp`. */
  readonly transport?: 'udp' | 'tcp' | 'tls';
  /** What it says all the time, in Hz. Default 600. */
  readonly saysHz?: number;
  /** Default SDES over TLS, and none otherwise. Its names: `srtp-mandf` has feedback, RFC 5124. */
  readonly srtp?: 'srtp-mand' | 'srtp-mandf';
  /** In the order in which it prefers them. Default `PCMU,PCMA`. */
  readonly codecs?: string;
}

/** What baresip tells of itself. Source: its module ctrl_tcp. */
export interface BaresipEvent {
  readonly type: string;
  readonly direction?: string;
  readonly peeruri?: string;
  /** Why a call is closed, which key was pressed. */
  readonly param?: string;
}

interface Message extends Partial<BaresipEvent> {
  readonly response?: boolean;
  readonly ok?: boolean;
  readonly data?: string;
  readonly token?: string;
}

/**
 * baresip, a phone that we did not write, as a program of its own. It says one tone into every call and keeps what it
 * hears; it is told what to do, and tells what happens, over TCP. Ended with the test.
 */
export class Baresip {
  /** Where it can be called without a registrar. */
  readonly uri: string;
  readonly #process: ChildProcess;
  readonly #control: Socket;
  readonly #directory: string;
  readonly #server: string;
  readonly #inbox = new Inbox<BaresipEvent>();
  readonly #events: BaresipEvent[] = [];
  readonly #answers = new Map<string, (answer: Message) => void>();
  readonly #log: () => string;
  #tokens = 0;

  private constructor(
    process: ChildProcess,
    control: Socket,
    where: { readonly directory: string; readonly server: string; readonly uri: string },
    log: () => string,
  ) {
    this.#process = process;
    this.#control = control;
    this.#directory = where.directory;
    this.#server = where.server;
    this.uri = where.uri;
    this.#log = log;
    const netstrings = new Netstrings((text) => this.#hear(JSON.parse(text) as Message));
    control.on('data', (bytes) => netstrings.push(bytes));
    control.on('error', () => undefined);
  }

  static async open(options: BaresipOptions): Promise<Baresip> {
    const { server, user, credentials, saysHz = 600 } = options;
    const directory = await mkdtemp(join(tmpdir(), 'tutti-baresip-'));
    // For UDP and TCP, TLS, control.
    const port = await freePorts(3);
    await writeFile(join(directory, 'config'), configuration(directory, port));
    const certificate = await Promise.all([
      readFile(pem('loopback')),
      readFile(pem('loopback-key')),
    ]);
    await writeFile(join(directory, 'certificate.pem'), certificate.join(''));
    const tone = toneSamples(saysHz, TONE_SEC * 1000);
    await writeFile(join(directory, 'tone.wav'), encodeWav(tone, SAMPLE_RATE_HZ));
    const child = spawn('baresip', ['-f', directory, '-v'], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let log = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        log += text;
      });
    }
    const exited = new Promise<void>((resolve) => {
      child.once('error', (error) => {
        log += error.message;
        resolve();
      });
      child.once('close', () => resolve());
    });
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await exited;
      await rm(directory, { recursive: true, force: true });
    });
    while (!log.includes('baresip is ready')) {
      if (child.exitCode !== null) throw new Error(`baresip did not start.\n${log}`);
      await Promise.race([once(child.stdout, 'data'), exited]);
    }
    const control = connect(port + 2, HOST);
    await once(control, 'connect');
    onTestFinished(() => {
      control.destroy();
    });
    const uri = `sip:${user}@${HOST}:${port}`;
    const host = server.replace(/^sips?:/, '');
    const where = { directory, server: host, uri };
    const phone = new Baresip(child, control, where, () => log.slice(-LOG_KEPT));
    // Not from a file: whether it could register is told but once, and now somebody listens.
    await phone.#command('uanew', account(options));
    if (credentials !== undefined) await phone.#registered();
    return phone;
  }

  /** All that it told of, in order. */
  get events(): readonly BaresipEvent[] {
    return this.#events;
  }

  /** The next event of the type; each is given out once. @throws Error with what it logged */
  next(type: string): Promise<BaresipEvent> {
    return this.#next((event) => event.type === type, type);
  }

  #next(fits: (event: BaresipEvent) => boolean, what: string): Promise<BaresipEvent> {
    return this.#inbox.next(fits, {
      timeoutMs: LIMIT_MS,
      onTimeout: () => new Error(`baresip told of no ${what}. ${this.#story()}`),
    });
  }

  /** Calls a number at its server, or a URI. */
  async dial(to: string): Promise<void> {
    await this.#command('dial', to.includes(':') ? to : `sip:${to}@${this.#server}`);
  }

  /** Calls, and waits for the answer. */
  async call(to: string): Promise<void> {
    await this.dial(to);
    await this.next('CALL_ESTABLISHED');
  }

  /** Answers the next call. */
  async answer(): Promise<void> {
    await this.next('CALL_INCOMING');
    await this.#command('accept');
    await this.next('CALL_ESTABLISHED');
  }

  async hangUp(): Promise<void> {
    await this.#command('hangup');
  }

  /** Puts the call on hold by re-INVITE, and waits until that is answered. */
  async hold(): Promise<void> {
    await this.#changes('hold');
  }

  async resume(): Promise<void> {
    await this.#changes('resume');
  }

  /** Asks the other side to call somebody else: REFER (RFC 3515). */
  async transfer(to: string): Promise<void> {
    await this.#command('transfer', to);
  }

  /** Presses keys, RFC 4733. */
  async press(keys: string): Promise<void> {
    for (const key of keys) await this.#command('sndcode', key);
  }

  /** Unregisters and ends. */
  async quit(): Promise<void> {
    const closed = once(this.#process, 'close');
    await this.#command('quit');
    await closed;
  }

  /** Ends as a program does that crashes: no BYE, no RTCP BYE. */
  async crash(): Promise<void> {
    const closed = once(this.#process, 'close');
    this.#process.kill('SIGKILL');
    await closed;
  }

  /**
   * Waits for a tone that dominates 100 ms of what it hears from now on. Not after `hold`, from which on sndfile writes
   * nothing more; `received` still counts.
   */
  async hears(frequencyHz: number): Promise<void> {
    const from = (await this.#heard()).length;
    const endsAt = performance.now() + LIMIT_MS;
    for (;;) {
      const samples = await this.#heard();
      if (hasTone(samples.subarray(Math.min(from, samples.length)), frequencyHz)) return;
      if (performance.now() > endsAt) {
        throw new Error(
          `baresip did not hear ${frequencyHz} Hz in ${samples.length - from} samples. ${this.#story()}`,
        );
      }
      await sleep(20);
    }
  }

  /** How many packets of sound have come in this call. */
  async received(): Promise<number> {
    const text = await this.#command('audio_debug');
    return Number(/\brcvd=(\d+)/.exec(text)?.[1] ?? 0);
  }

  /** All that it heard in its last call, decoded. Its module sndfile writes it as it comes. */
  async #heard(): Promise<Int16Array> {
    const names = (await readdir(this.#directory)).filter((name) => name.endsWith('-dec.wav'));
    const name = names.toSorted().at(-1);
    if (name === undefined) return new Int16Array();
    const bytes = (await readFile(join(this.#directory, name))).subarray(WAV_HEADER_BYTES);
    const samples = new Int16Array(Math.floor(bytes.length / 2));
    samples.forEach((_, at) => {
      samples[at] = bytes.readInt16LE(at * 2);
    });
    return samples;
  }

  async #changes(command: string): Promise<void> {
    while (this.#inbox.held.some(isAnswer)) await this.#next(isAnswer, 'answer');
    await this.#command(command);
    await this.#next(isAnswer, `answer to ${command}`);
  }

  async #registered(): Promise<void> {
    const end = await Promise.race([this.next('REGISTER_OK'), this.next('REGISTER_FAIL')]);
    if (end.type !== 'REGISTER_OK') throw new Error(`baresip not registered. ${this.#story()}`);
  }

  async #command(command: string, params = ''): Promise<string> {
    this.#tokens += 1;
    const token = String(this.#tokens);
    const text = JSON.stringify({ command, params, token });
    const answered = new Promise<Message>((resolve) => this.#answers.set(token, resolve));
    this.#control.write(`${Buffer.byteLength(text)}:${text},`);
    const { ok, data = '' } = await answered;
    if (ok !== true) {
      throw new Error(`baresip cannot ${command} ${params}: ${data} ${this.#story()}`);
    }
    return data;
  }

  #hear(message: Message): void {
    const { token, type } = message;
    if (message.response === true) {
      this.#answers.get(token ?? '')?.(message);
      this.#answers.delete(token ?? '');
    } else if (type !== undefined) {
      const event = { ...message, type };
      this.#events.push(event);
      this.#inbox.put(event);
    }
  }

  #story(): string {
    const events = this.#events.map(({ type, param }) => `${type} ${param ?? ''}`).join('; ');
    return `Events: ${events}\n${this.#log()}`;
  }
}

/** `<length>:<text>,` one after another. */
class Netstrings {
  #rest = Buffer.alloc(0);
  readonly #onText: (text: string) => void;

  constructor(onText: (text: string) => void) {
    this.#onText = onText;
  }

  push(bytes: Uint8Array): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (;;) {
      const colon = this.#rest.indexOf(':');
      const end = colon + 1 + Number(this.#rest.subarray(0, colon).toString());
      if (colon === -1 || this.#rest.length <= end) return;
      this.#onText(this.#rest.subarray(colon + 1, end).toString());
      this.#rest = this.#rest.subarray(end + 1);
    }
  }
}

function isAnswer({ type, param }: BaresipEvent): boolean {
  return type === 'CALL_REMOTE_SDP' && param === 'answer';
}

function hasTone(samples: Int16Array, frequencyHz: number): boolean {
  const meter = new ToneMeter();
  for (let at = 0; at + FRAME_SAMPLES <= samples.length; at += FRAME_SAMPLES) {
    meter.push(samples.subarray(at, at + FRAME_SAMPLES));
    if (at >= 4 * FRAME_SAMPLES && meter.has(frequencyHz)) return true;
  }
  return false;
}

function account(options: BaresipOptions): string {
  const { server, user, credentials, transport = 'udp', codecs } = options;
  const { srtp = transport === 'tls' ? 'srtp-mand' : undefined } = options;
  const host = server.replace(/^sips?:/, '');
  const parameters = [
    `regint=${credentials === undefined ? 0 : 60}`,
    'answermode=manual',
    `audio_codecs=${codecs ?? 'PCMU,PCMA'}`,
    'mwi=no',
    ...(srtp === undefined ? [] : [`mediaenc=${srtp}`]),
    ...(credentials === undefined
      ? []
      : [`auth_user=${credentials.username}`, `auth_pass=${credentials.password}`]),
  ];
  return `<sip:${user}@${host};transport=${transport}>;${parameters.join(';')}`;
}

function configuration(directory: string, port: number): string {
  const modules = ['g711', 'aufile', 'aubridge', 'sndfile', 'srtp'];
  return [
    `sip_listen ${HOST}:${port}`,
    `net_interface ${HOST}`,
    `sip_certificate ${join(directory, 'certificate.pem')}`,
    `sip_cafile ${pem('authority')}`,
    `ctrl_tcp_listen ${HOST}:${port + 2}`,
    `audio_source aufile,${join(directory, 'tone.wav')}`,
    // Nobody listens: what it hears is written by sndfile.
    'audio_player aubridge,nobody',
    'audio_alert aubridge,nobody',
    `ausrc_srate ${SAMPLE_RATE_HZ}`,
    `auplay_srate ${SAMPLE_RATE_HZ}`,
    'ausrc_channels 1',
    'auplay_channels 1',
    'jitter_buffer_delay 1-10',
    'rtcp_mux no',
    `snd_path ${directory}`,
    'menu_bell no',
    `module_path ${MODULES}`,
    ...modules.map((name) => `module ${name}.so`),
    'module_app ctrl_tcp.so',
    'module_app menu.so',
    '',
  ].join('\n');
}
