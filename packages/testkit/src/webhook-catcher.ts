import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CaughtWebhook, readWebhook } from './caught-webhook.ts';
import { Inbox } from './inbox.ts';

export interface WebhookCatcherOptions {
  /** Whose signatures are valid. */
  readonly authToken?: string;
  /** The address to bind; default 127.0.0.1. */
  readonly host?: string;
  /** Default 0, any that is free. */
  readonly port?: number;
}

/** TwiML, sent as `text/xml`, or a whole answer. */
export type WebhookAnswer =
  | string
  | {
      /** Default 200. */
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Uint8Array;
      /** How long the sender waits for the answer; default 0. */
      readonly delayMs?: number;
      /** Cuts the connection in place of an answer; default false. */
      readonly hangUp?: boolean;
    };

type Answerer = (request: CaughtWebhook) => WebhookAnswer | Promise<WebhookAnswer>;

const NEXT_MS = 5000;

/** A customer's web server: catches what is sent to it and answers as it is told. */
export class WebhookCatcher implements AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Whose signatures are valid; may be set later, for those that come then. */
  authToken: string | undefined;
  readonly #server: HttpServer;
  readonly #answers = new Map<string, WebhookAnswer | Answerer>();
  readonly #caught: CaughtWebhook[] = [];
  readonly #inbox = new Inbox<CaughtWebhook>();
  readonly #abort = new AbortController();
  #closing: Promise<void> | undefined;

  private constructor(server: HttpServer, options: WebhookCatcherOptions) {
    const { host = '127.0.0.1', authToken } = options;
    const { port } = server.address() as AddressInfo;
    this.#server = server;
    this.authToken = authToken;
    this.url = `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`;
  }

  static async open(options: WebhookCatcherOptions = {}): Promise<WebhookCatcher> {
    const server = createServer();
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1');
    await once(server, 'listening');
    const catcher = new WebhookCatcher(server, options);
    server.on('request', (request, response) => {
      // A sender that goes away is no error of ours.
      catcher.#serve(request, response).catch(() => response.destroy());
    });
    return catcher;
  }

  /** All that came, in order, given out or not. */
  get caught(): readonly CaughtWebhook[] {
    return this.#caught;
  }

  /** The absolute URL of a path. */
  at(path: string): string {
    return `${this.url}${path.startsWith('/') ? '' : '/'}${path}`;
  }

  /** Sets what is answered at a path, in place of what was; 204 where nothing is set. */
  reply(path: string, answer: WebhookAnswer | Answerer): void {
    this.#answers.set(new URL(this.at(path)).pathname, answer);
  }

  /**
   * The first that came, or comes within 5 s, at that path or for which `where` holds; each is
   * given out once.
   * @throws Error that lists what came instead
   */
  next(
    where: string | ((caught: CaughtWebhook) => boolean) = () => true,
    { timeoutMs = NEXT_MS }: { readonly timeoutMs?: number } = {},
  ): Promise<CaughtWebhook> {
    const fits =
      typeof where === 'string' ? (caught: CaughtWebhook) => caught.path === where : where;
    const before = this.#caught.length;
    return this.#inbox.next(fits, {
      timeoutMs,
      onTimeout: () => new Error(this.#missing(where, timeoutMs, before)),
    });
  }

  /** Frees the port; senders that wait for an answer are cut off. May be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const caught = await readWebhook(request, () => this.authToken);
    this.#caught.push(caught);
    this.#inbox.put(caught);
    const answer = await this.#answerTo(caught);
    const { status = 200, headers = {}, body = '', delayMs = 0, hangUp = false } = answer;
    if (delayMs > 0) await sleep(delayMs, undefined, { signal: this.#abort.signal });
    if (hangUp) response.destroy();
    else response.writeHead(status, headers).end(body);
  }

  async #answerTo(caught: CaughtWebhook): Promise<Exclude<WebhookAnswer, string>> {
    const set = this.#answers.get(caught.path);
    if (set === undefined) return { status: 204 };
    try {
      const answer = typeof set === 'function' ? await set(caught) : set;
      if (typeof answer !== 'string') return answer;
      return { headers: { 'Content-Type': 'text/xml; charset=utf-8' }, body: answer };
    } catch (error) {
      return { status: 500, body: `The reply to ${caught.path} threw: ${String(error)}` };
    }
  }

  async #close(): Promise<void> {
    this.#abort.abort();
    this.#inbox.close(new Error('The webhook catcher was closed'));
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #missing(
    where: string | ((caught: CaughtWebhook) => boolean),
    timeoutMs: number,
    before: number,
  ): string {
    const what = typeof where === 'string' ? `at ${where}` : `that fits ${String(where)}`;
    const held = new Set(this.#inbox.held);
    const lines = this.#caught.map((caught, index) => {
      const notes = [
        ...(held.has(caught) ? [] : ['given out']),
        ...(index < before ? ['came before'] : []),
      ];
      return `\n  ${describe(caught)}${notes.length === 0 ? '' : ` [${notes.join(', ')}]`}`;
    });
    const came = lines.length === 0 ? ' Nothing came at all.' : ` What came:${lines.join('')}`;
    return `No webhook ${what} within ${timeoutMs} ms.${came}`;
  }
}

/** What tells webhooks of one path apart. */
const TELLING = [
  'CallStatus',
  'DialCallStatus',
  'EventType',
  'StatusCallbackEvent',
  'Digits',
  'CallSid',
  'ConversationSid',
];

function describe({ method, path, parameters, signatureValid }: CaughtWebhook): string {
  const pairs = TELLING.flatMap((name) =>
    parameters[name] === undefined ? [] : [`${name}=${parameters[name]}`],
  );
  const signature = signatureValid ? '' : ', signature not valid';
  return `${method} ${path} (${pairs.join(' ') || 'no known parameters'}${signature})`;
}
