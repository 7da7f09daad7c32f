import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer, type Server } from './compose.ts';
import type { Config } from './config/config.ts';
import { claimDataDirectory } from './data-directory.ts';

/** A stop that takes longer is cut off. */
const STOP_MS = 4800;
/** The exit code of a program that Ctrl-C ended: 128 and the signal's number. */
const INTERRUPTED = 130;

export interface RunOptions {
  readonly config: Config;
  /** One JSON object instead of the ready line. */
  readonly json: boolean;
  readonly out: (line: string) => void;
}

/**
 * Runs the server until SIGINT or SIGTERM, then lets calls go on for as long as the configuration says, ends them, sends what is left and resolves. A second signal stops
 * at once.
 *
 * @throws what keeps it from starting: a port in use, a database that cannot be opened, another server on the data.
 */
export async function runServer({ config, json, out }: RunOptions): Promise<void> {
  // Heard from the beginning: a Ctrl-C while starting leaves nothing half-made.
  const stop = stopSignal();
  const directory = config.directory ?? (await makeTemporary());
  const claim = config.store.kind === 'file' ? await claimDataDirectory(directory) : undefined;
  try {
    const credentials = join(directory, 'credentials.env');
    const server = await startServer({ config, credentialsFile: credentials });
    out(json ? readyJson(server, credentials) : `tutti ready ${server.url} ${server.sip}`);
    if (!json) out(`credentials in ${credentials}; stop with Ctrl-C`);
    await stop;
    if (config.drainSec > 0) await server.drain(config.drainSec * 1000);
    await stopInTime(server);
  } finally {
    claim?.release();
  }
}

/** A directory that goes with the process, also when a second Ctrl-C ends it. */
async function makeTemporary(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tutti-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function readyJson(server: Server, credentials: string): string {
  const { url, sip, account } = server;
  return JSON.stringify({ ready: true, url, sip, accountSid: account.sid, credentials });
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let signals = 0;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        signals += 1;
        if (signals > 1) process.exit(INTERRUPTED);
        resolve();
      });
    }
  });
}

async function stopInTime(server: Server): Promise<void> {
  const timer = setTimeout(() => process.exit(1), STOP_MS);
  await server.close();
  clearTimeout(timer);
}
