import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
// Read now, and not within the time of the first test.
import '@tutti/server';
import { it, onTestFinished } from 'vitest';
import { freePorts, isTaken } from '../_free-port.ts';

const HOST = '127.0.0.1';
/** A scenario that takes longer has hung. */
const LIMIT_SEC = 15;
const LOG_KEPT = 6000;

const isInstalled = spawnSync('sipp', ['-v']).error === undefined;
const isRequired = process.env['TUTTI_REQUIRE_ALL'] === '1';

if (isRequired && !isInstalled) {
  throw new Error('SIPp is not installed: apt-get install sip-tester');
}

/** A test against SIPp; skipped where it is not installed, unless everything is required. */
export const itWithSipp = isInstalled ? it : it.skip;

export interface SippOptions {
  /** Keywords of the scenario, `[name]`. */
  readonly keys?: Readonly<Record<string, string>>;
  readonly transport?: 'udp' | 'tcp';
  /** What `[authentication]` proves. */
  readonly credentials?: { readonly username: string; readonly password: string };
  /** Sends RTP back to where it comes from. */
  readonly echo?: boolean;
  /** The scenario says what to do with repeated messages, in place of SIPp's own rules. */
  readonly repeats?: boolean;
  /** Passes over messages that the scenario does not expect, in place of giving up. */
  readonly tolerant?: boolean;
}

/** SIPp at its scenario. */
export interface SippRun {
  /** Where it can be called. */
  readonly uri: string;
  readonly port: number;
  /** Resolves when every message of the scenario went as written; rejects with SIPp's log. */
  readonly done: Promise<void>;
  /** Every message sent and received so far. */
  messages(): Promise<string>;
}

/** Calls `user` at the server `sip:host:port` by a scenario of `caller/`. */
export function sippCalls(
  server: string,
  user: string,
  scenario: string,
  options: SippOptions = {},
): Promise<SippRun> {
  const remote = server.replace(/^sip:/, '');
  return start(`caller/${scenario}.xml`, [remote, '-s', user], options);
}

/** Waits for one call by a scenario of `callee/`; resolves when it can be called. */
export async function sippAnswers(scenario: string, options: SippOptions = {}): Promise<SippRun> {
  const run = await start(`callee/${scenario}.xml`, [], options);
  await Promise.race([
    untilTaken(run.port, options.transport ?? 'udp'),
    // One that ends before it listens has failed; its log says why.
    run.done,
  ]);
  return run;
}

async function start(
  scenario: string,
  args: readonly string[],
  options: SippOptions,
): Promise<SippRun> {
  const { keys = {}, transport = 'udp', credentials } = options;
  const { echo = false, repeats = false, tolerant = false } = options;
  const directory = await mkdtemp(join(tmpdir(), 'tutti-sipp-'));
  const port = await freePorts(1);
  const process = spawn(
    'sipp',
    [
      ...args,
      '-sf',
      fileURLToPath(new URL(scenario, import.meta.url)),
      ...words(`-i ${HOST} -p ${port} -t ${transport === 'udp' ? 'u1' : 't1'}`),
      ...words(`-mi ${HOST} -mp ${await freePorts(2)} ${echo ? '-rtp_echo' : ''}`),
      ...words(`-m 1 -timeout ${LIMIT_SEC}s -timeout_error -nostdin ${repeats ? '-nr' : ''}`),
      ...words(tolerant ? '-default_behaviors all,-abortunexp' : ''),
      ...words('-trace_err -error_file errors.log -trace_msg -message_file messages.log'),
      ...(credentials === undefined
        ? []
        : ['-au', credentials.username, '-ap', credentials.password]),
      ...Object.entries(keys).flatMap(([name, value]) => ['-key', name, value]),
    ],
    { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let stderr = '';
  process.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exited = new Promise<string>((resolve) => {
    process.once('error', (error) => resolve(error.message));
    process.once('close', (code, signal) => resolve(String(code ?? signal)));
  });
  const done = exited.then(async (how) => {
    if (how === '0') return;
    const log = await readLogs(directory, ['errors.log', 'messages.log']);
    throw new Error(`SIPp at ${scenario} ended with ${how}.\n${stderr}${log}`);
  });
  // Told to whoever waits for it; a test that failed before is not to be told twice.
  done.catch(() => undefined);
  onTestFinished(async () => {
    process.kill('SIGKILL');
    await exited;
    await rm(directory, { recursive: true, force: true });
  });
  const suffix = transport === 'tcp' ? ';transport=tcp' : '';
  const messages = (): Promise<string> => readFile(join(directory, 'messages.log'), 'utf8');
  return { uri: `sip:sipp@${HOST}:${port}${suffix}`, port, done, messages };
}

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}

async function readLogs(directory: string, names: readonly string[]): Promise<string> {
  const logs = names.map(async (name) => {
    const text = await readFile(join(directory, name), 'utf8').catch(() => '(not written)');
    return `--- ${name}\n${text.slice(-LOG_KEPT)}\n`;
  });
  return (await Promise.all(logs)).join('');
}

/** Resolves when another process has the port. */
async function untilTaken(port: number, transport: 'udp' | 'tcp'): Promise<void> {
  while (!(await isTaken(port, transport))) await sleep(20);
}
