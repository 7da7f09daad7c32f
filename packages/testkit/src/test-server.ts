import type { Env, Server, ServerOptions } from '@tutti/server';
import type { Twilio } from 'twilio';
import { Phone, type PhoneOptions } from './phone.ts';
import { createTwilioClient } from './twilio-client.ts';
import { WebhookCatcher } from './webhook-catcher.ts';

export interface TestServerOptions extends Pick<ServerOptions, 'clock' | 'ids'> {
  /** Settings such as TUTTI_STRICT, over those of a server in memory on free ports. */
  readonly env?: Env;
}

/** The answer to a plain request. */
export interface ServerAnswer<Body> {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Read as JSON if it is, else text. */
  readonly body: Body;
}

/** A server in this process, and what talks to it. Closing it closes all it has handed out. */
export interface TestServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** `sip:127.0.0.1:PORT` */
  readonly sip: string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly server: Server;
  /** The official client, made when first asked for. */
  readonly client: Twilio;
  /** A phone that is registered with the account's credentials. */
  phone(number: string, options?: Partial<Omit<PhoneOptions, 'number'>>): Promise<Phone>;
  /** A catcher that knows the account's auth token. */
  webhooks(): Promise<WebhookCatcher>;
  /** A request with the account's credentials; a list in the form is a repeated parameter. */
  request<Body = Record<string, unknown>>(
    method: string,
    path: string,
    form?: Readonly<Record<string, string | readonly string[]>>,
  ): Promise<ServerAnswer<Body>>;
  /** Resolves when nothing is being committed or sent. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const TEST_ENV: Env = { TUTTI_PORT: '0', TUTTI_SIP_PORT: '0', TUTTI_LOG_LEVEL: 'silent' };

/** Starts a server; without settings one in memory, on free ports. @throws Error for bad settings */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { env = {}, ...rest } = options;
  // Not at import: a phone alone needs no server.
  const { readConfig, startServer } = await import('@tutti/server');
  const where: Env = env.TUTTI_DATA === undefined ? { TUTTI_EPHEMERAL: '1' } : {};
  const config = readConfig({ ...TEST_ENV, ...where, ...env });
  if (!config.ok) throw new Error(`Bad settings: ${config.problems.join('; ')}`);
  return new LiveTestServer(await startServer({ ...rest, config: config.value }));
}

class LiveTestServer implements TestServer {
  readonly url: string;
  readonly sip: string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly server: Server;
  readonly #children = new Set<{ close(): Promise<void> }>();
  #client: Twilio | undefined;
  #closing: Promise<void> | undefined;

  constructor(server: Server) {
    this.server = server;
    this.url = server.url;
    this.sip = server.sip;
    this.accountSid = server.account.sid;
    this.authToken = server.account.authToken;
  }

  get client(): Twilio {
    this.#client ??= createTwilioClient(this.url, this);
    return this.#client;
  }

  async phone(number: string, options: Partial<Omit<PhoneOptions, 'number'>> = {}): Promise<Phone> {
    const credentials = { username: this.accountSid, password: this.authToken };
    return this.#adopt(await Phone.open({ server: this.sip, credentials, ...options, number }));
  }

  async webhooks(): Promise<WebhookCatcher> {
    return this.#adopt(await WebhookCatcher.open({ authToken: this.authToken }));
  }

  async request<Body = Record<string, unknown>>(
    method: string,
    path: string,
    form?: Readonly<Record<string, string | readonly string[]>>,
  ): Promise<ServerAnswer<Body>> {
    const credentials = Buffer.from(`${this.accountSid}:${this.authToken}`).toString('base64');
    const response = await fetch(new URL(path, this.url), {
      method,
      headers: { Authorization: `Basic ${credentials}` },
      ...(form === undefined ? {} : { body: encoded(form) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: (isJson ? JSON.parse(text) : text) as Body,
    };
  }

  settled(): Promise<void> {
    return this.server.settled();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #adopt<T extends { close(): Promise<void> }>(child: T): T {
    this.#children.add(child);
    return child;
  }

  /** Phones hang up first; webhooks of that are sent before their catchers go. */
  async #close(): Promise<void> {
    const children = [...this.#children];
    const isCatcher = (child: object): boolean => child instanceof WebhookCatcher;
    await Promise.all(children.filter((child) => !isCatcher(child)).map((each) => each.close()));
    await this.server.close();
    await Promise.all(children.filter(isCatcher).map((each) => each.close()));
  }
}

function encoded(form: Readonly<Record<string, string | readonly string[]>>): URLSearchParams {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) {
    for (const each of typeof value === 'string' ? [value] : value) body.append(name, each);
  }
  return body;
}
