import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that the service was sent, its multipart or JSON body read. */
export interface ServiceRequest {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly authorization: string | undefined;
  /** Fields of the form, or members of the JSON. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly file:
    { readonly name: string; readonly type: string; readonly bytes: Buffer } | undefined;
}

export interface ServiceAnswer {
  readonly status?: number;
  readonly type?: string;
  readonly body: string | Uint8Array;
}

/**
 * A speech service on loopback, in place of one that cannot run here. It refuses what OpenAI's refuses: another method or
 * path, no model, no file or input, formats that do not exist.
 *
 * Source: https://platform.openai.com/docs/api-reference/audio
 */
export class SpeechServiceDouble implements AsyncDisposable {
  readonly requests: ServiceRequest[] = [];
  readonly #server;

  private constructor(answer: (request: ServiceRequest) => ServiceAnswer | Promise<ServiceAnswer>) {
    this.#server = createServer((incoming, response) => {
      void readRequest(incoming).then(async (request) => {
        this.requests.push(request);
        const problem = problemOf(request);
        const {
          status = 200,
          type = 'application/json',
          body,
        } = problem === undefined
          ? await answer(request)
          : { status: 400, body: JSON.stringify({ error: { message: problem } }) };
        response.writeHead(status, { 'content-type': type }).end(body);
      });
    });
  }

  static async open(
    answer: (request: ServiceRequest) => ServiceAnswer | Promise<ServiceAnswer>,
  ): Promise<SpeechServiceDouble> {
    const service = new SpeechServiceDouble(answer);
    await new Promise<void>((resolve) => service.#server.listen(0, '127.0.0.1', resolve));
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

async function readRequest(incoming: IncomingMessage): Promise<ServiceRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const type = incoming.headers['content-type'] ?? '';
  const fields: Record<string, unknown> = {};
  let file: ServiceRequest['file'];
  if (type.startsWith('multipart/form-data')) {
    const form = await new Response(body, { headers: { 'content-type': type } }).formData();
    for (const [name, value] of form) {
      if (typeof value === 'string') fields[name] = value;
      else {
        const bytes = Buffer.from(await value.arrayBuffer());
        file = { name: value.name, type: value.type, bytes };
      }
    }
  } else if (type.startsWith('application/json')) {
    Object.assign(fields, JSON.parse(body.toString()));
  }
  const { method, url: path } = incoming;
  return { method, path, authorization: incoming.headers.authorization, fields, file };
}

function problemOf({ method, path, fields, file }: ServiceRequest): string | undefined {
  const { model, response_format: format, voice, input } = fields;
  if (method !== 'POST') return 'Not allowed';
  if (typeof model !== 'string' || model === '') return 'you must provide a model parameter';
  if (path === '/v1/audio/transcriptions') {
    if (file === undefined || !/\.(?:wav|mp3|flac|webm|ogg)$/.test(file.name))
      return 'Invalid file';
    const formats = model.startsWith('gpt-')
      ? ['json']
      : ['json', 'text', 'srt', 'verbose_json', 'vtt'];
    if (format !== undefined && !formats.includes(format as string))
      return 'Invalid response_format';
    return undefined;
  }
  if (path === '/v1/audio/speech') {
    if (typeof input !== 'string' || input === '' || input.length > 4096) return 'Invalid input';
    if (typeof voice !== 'string' || voice === '') return 'Invalid voice';
    const formats = ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm'];
    if (format !== undefined && !formats.includes(format as string))
      return 'Invalid response_format';
    return undefined;
  }
  return 'Unknown path';
}
