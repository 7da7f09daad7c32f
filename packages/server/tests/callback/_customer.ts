import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { validateIncomingRequest } from 'twilio/lib/webhooks/webhooks.js';
import type { Clock } from '../../src/base/clock.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { CallbackRequest } from '../../src/callback/send.ts';
import { testCertificate } from './_certificate.ts';

export const authToken = '12345678901234567890123456789012';

/** A request as the customer's application saw it. */
export interface Seen {
  readonly method: string;
  /** Path and query as they stood in the request line. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly form: Readonly<Record<string, string | string[]>>;
}

export interface Customer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly seen: readonly Seen[];
  /** Connections accepted so far. */
  readonly connections: number;
}

type Handler = (seen: Seen, response: ServerResponse, socket: Socket) => void;

/** Starts a customer's web server; `handler` is called once a request has come in whole. */
export async function startCustomer(handler: Handler, tls = false): Promise<Customer> {
  const seen: Seen[] = [];
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const one = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body,
        form: readForm(body),
      };
      seen.push(one);
      handler(one, response, request.socket);
    });
  };
  const server = tls ? createTlsServer(testCertificate, onRequest) : createServer(onRequest);
  return listening(server, tls ? 'https' : 'http', seen);
}

/** Starts a server that speaks whatever `onSocket` writes. */
export function startRawServer(onSocket: (socket: Socket) => void): Promise<Customer> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  return listening(server, 'http', []);
}

async function listening(server: Server, scheme: string, seen: readonly Seen[]): Promise<Customer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    port,
    seen,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A form as Express reads it: a repeated name becomes a list. */
function readForm(body: string): Record<string, string | string[]> {
  const form: Record<string, string | string[]> = {};
  const fields = new URLSearchParams(body);
  for (const name of fields.keys()) {
    const values = fields.getAll(name);
    form[name] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return form;
}

/** Whether the official client's middleware lets the request through, as an Express app would ask it. */
export function isSigned(seen: Seen, options: { url?: string } = {}): boolean {
  const request = {
    protocol: 'http',
    headers: seen.headers,
    header: (name: string) => String(seen.headers[name.toLowerCase()]),
    originalUrl: seen.url,
    body: seen.form,
  };
  return validateIncomingRequest(request, authToken, options);
}

/** A POST of one parameter to `url`. */
export function post(url: string, more: Partial<CallbackRequest> = {}): CallbackRequest {
  return {
    method: 'POST',
    url,
    parameters: { CallSid: 'CA00000000000000000000000000000001' },
    authToken,
    idempotencyToken: '11111111-2222-3333-4444-555555555555',
    ...more,
  };
}

/** The machine's clock, which counts the timers that are set. */
export function countingClock(): Clock & { readonly timers: number } {
  let timers = 0;
  return {
    get timers() {
      return timers;
    },
    now: () => systemClock.now(),
    elapsedMs: () => systemClock.elapsedMs(),
    after(ms, fn) {
      timers += 1;
      let set = true;
      const unset = (): void => {
        if (set) timers -= 1;
        set = false;
      };
      const cancel = systemClock.after(ms, () => {
        unset();
        fn();
      });
      return () => {
        unset();
        cancel();
      };
    },
  };
}

/** A promise that is resolved from outside. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}
