import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import twilio from 'twilio';

/** A webhook as the customer's program saw it. */
export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Of a POST's form or a GET's query. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Whether the official client takes its signature for one made with `authToken`. */
  isSignedWith(authToken: string): boolean;
}

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
  /** EventType of everything received, in order. */
  readonly events: readonly (string | undefined)[];
}

type Respond = (received: Received, response: ServerResponse) => void;

/** Starts a customer's web server; it answers 200 without a body unless told otherwise. */
export async function startReceiver(
  respond: Respond = (_, response) => response.end(),
): Promise<Receiver> {
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '';
      const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString('utf8')));
      const one: Received = {
        method: request.method ?? '',
        path,
        headers: request.headers,
        parameters: { ...Object.fromEntries(new URL(path, url).searchParams), ...form },
        isSignedWith: (authToken) => {
          const signature = String(request.headers['x-twilio-signature']);
          return twilio.validateRequest(authToken, signature, url + path, form);
        },
      };
      received.push(one);
      respond(one, response);
    });
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    received,
    get events() {
      return received.map(({ parameters }) => parameters['EventType']);
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers 200 with `value` as JSON. */
export function json(value: unknown): Respond {
  return (_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(value));
  };
}

/** Answers with `status` and no body. */
export function status(code: number): Respond {
  return (_, response) => {
    response.statusCode = code;
    response.end();
  };
}

/** A URL on which nothing listens. */
export async function closedUrl(): Promise<string> {
  const receiver = await startReceiver();
  await receiver[Symbol.asyncDispose]();
  return receiver.url;
}
