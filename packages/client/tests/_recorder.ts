import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { ServerOptions } from 'node:https';
import { once } from 'node:events';

/** A request as it arrived. */
export interface Recorded {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly form: Record<string, string | string[]>;
}

/** What to answer: JSON, unless `headers` say otherwise. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

export interface Recorder extends AsyncDisposable {
  readonly url: string;
  readonly requests: Recorded[];
  /** The only request there was; throws when there was none or another. */
  only(): Recorded;
}

/** A server that keeps what it was asked and answers by `reply`, in Twilio's shape by default. */
export async function startRecorder(
  reply: (request: Recorded) => Reply = () => ({}),
  tls?: ServerOptions,
): Promise<Recorder> {
  const requests: Recorded[] = [];
  const listener: RequestListener = (request, response) => {
    void readRequest(request).then((recorded) => {
      requests.push(recorded);
      const { status, headers, body } = reply(recorded);
      response.writeHead(status ?? (recorded.method === 'POST' ? 201 : 200), {
        'Content-Type': 'application/json',
        ...headers,
      });
      response.end(JSON.stringify(body ?? {}));
    });
  };
  const server: Server = tls ? createTlsServer(tls, listener) : createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: tls ? `https://localhost:${address.port}` : `http://127.0.0.1:${address.port}`,
    requests,
    only() {
      const [first, ...others] = requests;
      if (first === undefined || others.length > 0) throw new Error(`${requests.length} requests`);
      return first;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readRequest(request: IncomingMessage): Promise<Recorded> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const [path = '', query = ''] = (request.url ?? '').split(/\?(.*)/s);
  const form: Record<string, string | string[]> = {};
  const fields = new URLSearchParams(body);
  for (const key of new Set(fields.keys())) {
    const values = fields.getAll(key);
    form[key] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return {
    method: request.method ?? '',
    host: request.headers.host ?? '',
    path,
    query: new URLSearchParams(query),
    headers: request.headers,
    body,
    form,
  };
}
