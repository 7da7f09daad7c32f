import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';

const isInstalled = spawnSync('etcd', ['--version']).error === undefined;

if (process.env['TUTTI_REQUIRE_ALL'] === '1' && !isInstalled) {
  throw new Error('etcd is not installed: apt-get install etcd-server');
}

/** Tests against etcd; skipped where it is not installed, unless everything is required. */
export const describeWithEtcd = isInstalled ? describe : describe.skip;

/** An etcd of its own, empty. */
export interface Etcd extends AsyncDisposable {
  readonly url: string;
  /** Asks the HTTP gateway. @throws Error for a refusal */
  post(path: string, body: object, token?: string): Promise<Record<string, unknown>>;
  put(entries: Readonly<Record<string, string>>): Promise<void>;
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Starts one on loopback; resolves when it serves. */
export async function startEtcd(): Promise<Etcd> {
  const directory = await mkdtemp(join(tmpdir(), 'tutti-etcd-'));
  const [url, peer] = [
    `http://127.0.0.1:${await freePort()}`,
    `http://127.0.0.1:${await freePort()}`,
  ];
  const child = spawn(
    'etcd',
    [
      '--data-dir',
      directory,
      '--logger',
      'zap',
      '--listen-client-urls',
      url,
      '--advertise-client-urls',
      url,
      '--listen-peer-urls',
      peer,
      '--initial-advertise-peer-urls',
      peer,
      '--initial-cluster',
      `default=${peer}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let log = '';
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => reject(new Error(`etcd ended.\n${log.slice(-3000)}`)));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (/serving (?:insecure )?client/.test(log)) resolve();
    });
  });
  const post: Etcd['post'] = async (path, body, token) => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: token };
    const sent = { method: 'POST', headers, body: JSON.stringify(body) };
    const answer = await fetch(`${url}/v3/${path}`, sent);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Record<string, unknown>;
  };
  return {
    url,
    post,
    async put(entries) {
      for (const [key, value] of Object.entries(entries)) {
        await post('kv/put', { key: base64(key), value: base64(value) });
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
