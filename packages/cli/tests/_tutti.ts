import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import twilio from '@tutti/client';
import { readCredentials } from '@tutti/server/credentials';
import { beforeAll, onTestFinished } from 'vitest';
import { Program, type ProgramOptions } from './_program.ts';

/** The checkout. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));
const bin = join(root, 'packages/cli/bin/tutti.js');

/** Takes what is to be done at the end: of the test, unless told otherwise. */
type Cleanup = (close: () => Promise<void>) => void;

/** A directory that goes with the test. */
export async function makeDirectory(cleanup: Cleanup = onTestFinished): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tutti cli '));
  cleanup(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Runs `tutti …`; it is ended with the test. */
export function tutti(
  args: readonly string[],
  options: ProgramOptions,
  cleanup: Cleanup = onTestFinished,
): Program {
  const program = new Program(process.execPath, [bin, ...args], options);
  cleanup(() => program[Symbol.asyncDispose]());
  return program;
}

/** Runs `tutti …` at a terminal, which `script` of util-linux makes; it shows what is typed and printed. */
export function tuttiAtTerminal(args: readonly string[], options: ProgramOptions): Program {
  const command = [process.execPath, bin, ...args].map((word) => `'${word}'`).join(' ');
  return new Program('script', ['-qec', command, '/dev/null'], options);
}

/** Runs `tutti …` to its end. */
export async function runTutti(
  args: readonly string[],
  options: ProgramOptions,
): Promise<{
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}> {
  const program = tutti(args, options);
  const code = await program.exit(15_000);
  return { code, stdout: program.stdout, stderr: program.stderr };
}

/** `tutti start` that is ready, and how to reach it. */
export interface Started {
  readonly program: Program;
  /** What the other commands are given to find it. */
  readonly data: string;
  readonly url: string;
  readonly sip: string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly client: twilio.Twilio;
}

/** Starts a server on `data` and free ports. */
export async function startTutti(
  data: string,
  options: Partial<ProgramOptions> = {},
  cleanup?: Cleanup,
): Promise<Started> {
  const args = ['start', '--port', '0', '--sip-port', '0', '--data', data, '--json'];
  const program = tutti(args, { cwd: data, ...options }, cleanup);
  const ready = JSON.parse(await program.line('{"ready":true')) as Record<
    'url' | 'sip' | 'accountSid' | 'credentials',
    string
  >;
  const { url, sip, accountSid } = ready;
  const { TWILIO_AUTH_TOKEN: authToken = '' } = await readCredentials(ready.credentials);
  const client = twilio(accountSid, authToken, { baseUrl: url });
  return { program, data, url, sip, accountSid, authToken, client };
}

/** One server for all tests of a file, that do not stop it. */
export function shareTutti(): () => Started {
  let started: Started | undefined;
  beforeAll(async () => {
    const closers: (() => Promise<void>)[] = [];
    const cleanup: Cleanup = (close) => void closers.unshift(close);
    started = await startTutti(await makeDirectory(cleanup), {}, cleanup);
    return async () => {
      for (const close of closers) await close();
    };
  });
  return () => {
    if (started === undefined) throw new Error('the server is started before the tests');
    return started;
  };
}
