import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer, type Server } from './compose.ts';
import type { Config } from './config/config.ts';

/** A stop that takes longer is cut off. */
const STOP_MS = 5000;

export interface RunOptions {
  readonly config: Config;
  /** One JSON object instead of the ready line. */
  readonly json: boolean;
  readonly out: (line: string) => void;
}

/**
 * Runs the server until SIGINT or SIGTERM, then ends calls, sends what is left and resolves. A second signal stops
 * at once.
 *
 * @throws what keeps it from starting: a port in use, a database that cannot be opened.
 */
export async function runServer({ config, json, out }: RunOptions): Promise<void> {
  const temporary =
    config.directory === undefined ? await mkdtemp(join(tmpdir(), 'tutti-')) : undefined;
  try {
    const credentials = join(config.directory ?? temporary ?? '.', 'credentials.env');
    const server = await startServer({ config, credentialsFile: credentials });
    out(json ? readyJson(server, credentials) : `tutti ready ${server.url} ${server.sip}`);
    if (!json) out(`credentials in ${credentials}; stop with Ctrl-C`);
    await stopSignal();
    await stopInTime(server);
  } finally {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  }
}

function readyJson(server: Server, credentials: string): string {
  const { url, sip, account } = server;
  return JSON.stringify({ ready: true, url, sip, accountSid: account.sid, credentials });
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(130));
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
