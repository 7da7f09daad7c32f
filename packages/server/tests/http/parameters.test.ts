import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { api2010 } from '../../src/http/api-2010/routes.ts';
import type { Routes } from '../../src/http/operation.ts';
import type { MediaFiles } from '../../src/store/media-files.ts';
import { startTestServer, type TestServer } from '../_server.ts';

/** One kind of request that the official client can make. */
interface Sent {
  readonly method: 'GET' | 'POST';
  /** With `:` for each segment that varies. */
  readonly path: string;
  readonly names: Set<string>;
}

const packageFile = createRequire(import.meta.url).resolve('twilio/package.json');
const clientRoot = join(dirname(packageFile), 'lib/rest/api/v2010');
/** What is said not to be carried as a whole. */
const uncarried = /\/(?:Payments|Siprec|UserDefinedMessages|UserDefinedMessageSubscriptions)$/;

const shape = (path: string): string => path.replaceAll(/:\w+/g, ':');

/** The client is generated, so its text tells what it sends. */
function sentBy(file: string): Sent[] {
  const sent: Sent[] = [];
  let path = '';
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const uri = /_uri = `(\/Accounts[^`]*)`/.exec(line)?.[1];
    if (uri !== undefined) path = uri.replace(/\.json$/, '').replaceAll(/\$\{\w+\}/g, ':');
    const name = /^ {4}(?:instance\.)?(\w+)(?:\(| = function)/.exec(line)?.[1];
    if (name !== undefined) {
      const method = /^(?:create|update)/.test(name) ? 'POST' : 'GET';
      sent.push({ method, path, names: new Set() });
    }
    const parameter = /^ +data\["([^"]+)"\]/.exec(line)?.[1];
    if (parameter !== undefined) sent.at(-1)?.names.add(parameter);
  }
  return sent;
}

/** What each operation of the 2010 API reads, by method and path. */
function operations(): Map<string, readonly string[]> {
  const read = new Map<string, readonly string[]>();
  const route = ({ method, url, config }: Parameters<FastifyInstance['route']>[0]): void => {
    const path = shape(url.replace(/^.*?\/2010-04-01/, ''));
    read.set(`${String(method)} ${path}`, config?.parameters ?? []);
  };
  const routes = { app: { route }, context: {}, known: new Map(), strict: false };
  api2010(routes as unknown as Routes, {} as MediaFiles);
  return read;
}

test('every parameter of the official client is read by the operation that it is sent to', () => {
  const files = readdirSync(clientRoot, { recursive: true, encoding: 'utf8' });
  const read = operations();

  const missing = new Set<string>();
  let compared = 0;
  for (const file of files.filter((name) => name.endsWith('.js'))) {
    for (const { method, path, names } of sentBy(join(clientRoot, file))) {
      const known = read.get(`${method} ${path}`);
      if (known === undefined || uncarried.test(path)) continue;
      for (const name of names) {
        compared += 1;
        const isPaging = ['PageSize', 'Page', 'PageToken'].includes(name);
        if (!isPaging && !known.includes(name)) missing.add(`${method} ${path} ${name}`);
      }
    }
  }

  expect(compared).toBeGreaterThan(200);
  expect([...missing]).toEqual([]);
});

describe('what is not carried', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    await server.client.incomingPhoneNumbers.create({ phoneNumber: '+15550001111' });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const call = { from: '+15550001111', to: 'sip:a@127.0.0.1:9' };

  test.each([
    ['RecordingConfigurationId', { recordingConfigurationId: 'x' }],
    ['Passports', { passports: 'x' }],
    ['EmergencyCity', { emergencyCity: 'x' }],
  ])('%s is refused by name', async (name, given) => {
    const refused = server.client.conferences('Room').participants.create({ ...call, ...given });

    await expect(refused).rejects.toMatchObject({
      code: 75_016,
      message: expect.stringContaining(name),
    });
    expect(await server.client.calls.list()).toEqual([]);
  });
});
