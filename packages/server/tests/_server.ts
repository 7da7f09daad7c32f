import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import twilio from 'twilio';
import { randomIds } from '../src/base/ids.ts';
import { readConfig, startServer, type ServerOptions } from '../src/index.ts';
import { createDatabase, type TestDatabase } from './_postgres.ts';

/** What the server answered. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Read, where it is JSON; `{}` where there is none. */
  readonly body: Json;
}

// eslint-disable-next-line typescript/no-explicit-any -- a test reads what it expects to be there.
export type Json = any;

/** Form parameters; a list is sent as the same name several times. */
export type Form = Readonly<Record<string, string | readonly string[]>>;

export interface RawRequest {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is, instead of a form. */
  readonly body?: string | Buffer;
  /** `username:password`; null sends none. Default the account's own. */
  readonly credentials?: string | null;
}

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly accountSid: string;
  readonly authToken: string;
  /** The official client, led to this server by its products' base URLs. */
  readonly client: twilio.Twilio;
  /** The official client with other credentials, and for another account than the main one. */
  clientOf(username: string, password: string, accountSid?: string): twilio.Twilio;
  request(method: string, path: string, form?: Form, more?: RawRequest): Promise<Answer>;
  /** The alerts raised so far, newest first. */
  alerts(): Promise<Json[]>;
  settled(): Promise<void>;
}

/**
 * Starts a server that forgets everything, with a first account. With TUTTI_TEST_ENGINE=postgres it has a database of
 * its own in PostgreSQL, else one in memory.
 */
export async function startTestServer(
  env: Readonly<Record<string, string>> = {},
  options: Omit<ServerOptions, 'config'> = {},
): Promise<TestServer> {
  const account = {
    sid: env['TWILIO_ACCOUNT_SID'] ?? randomIds.sid('AC'),
    authToken: env['TWILIO_AUTH_TOKEN'] ?? randomIds.secret(),
  };
  const database =
    process.env['TUTTI_TEST_ENGINE'] === 'postgres' && env['TUTTI_DATA'] === undefined
      ? await createDatabase()
      : undefined;
  const config = readConfig({
    TWILIO_ACCOUNT_SID: account.sid,
    TWILIO_AUTH_TOKEN: account.authToken,
    ...whereOf(database),
    TUTTI_PORT: '0',
    TUTTI_SIP_PORT: '0',
    TUTTI_LOG_LEVEL: 'silent',
    ...env,
  });
  if (!config.ok) throw new Error(config.problems.join('\n'));
  const server = await startServer({ config: config.value, ...options });

  const clientOf: TestServer['clientOf'] = (username, password, accountSid = account.sid) => {
    const client = twilio(username, password, { accountSid });
    client.accounts.baseUrl = `${server.url}/accounts`;
    client.api.baseUrl = `${server.url}/api`;
    client.conversations.baseUrl = `${server.url}/conversations`;
    client.monitor.baseUrl = `${server.url}/monitor`;
    return client;
  };
  const request: TestServer['request'] = (method, path, form, more = {}) => {
    const { credentials = `${account.sid}:${account.authToken}` } = more;
    return send(server.url, method, path, {
      body: more.body ?? (form && encode(form)),
      headers: {
        ...(credentials !== null && {
          authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
        }),
        ...(form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
        ...more.headers,
      },
    });
  };
  return {
    url: server.url,
    accountSid: account.sid,
    authToken: account.authToken,
    client: clientOf(account.sid, account.authToken),
    clientOf,
    request,
    alerts: async () => (await request('GET', '/monitor/v1/Alerts?PageSize=1000')).body.alerts,
    settled: () => server.settled(),
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await database?.drop();
    },
  };
}

function whereOf(database: TestDatabase | undefined): Record<string, string> {
  if (database === undefined) return { TUTTI_EPHEMERAL: '1' };
  return { TUTTI_DATABASE_URL: database.url, TUTTI_DATA: join(tmpdir(), database.name) };
}

function encode(form: Form): string {
  const encoded = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) {
    for (const each of typeof value === 'string' ? [value] : value) encoded.append(name, each);
  }
  return encoded.toString();
}

function send(
  url: string,
  method: string,
  path: string,
  { headers, body }: { headers: Record<string, string>; body: string | Buffer | undefined },
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { hostname, port, method, path, headers: { ...headers, ...lengthOf(body) } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const isJson = response.headers['content-type']?.includes('json') === true;
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: isJson ? JSON.parse(text) : text === '' ? {} : text,
          });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

function lengthOf(body: string | Buffer | undefined): Record<string, string> {
  return body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
}

/** What the official client throws for a refusal. */
export async function refusalOf(promise: Promise<unknown>): Promise<twilio.RestException> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof twilio.RestException) return error;
    throw error;
  }
  throw new Error('the request was not refused');
}
