import { createSocket, type Socket } from 'node:dgram';

import { parseMessage, type SipMessage, type SipRequest, type SipResponse } from '../src/index.ts';

/** A UDP socket that speaks SIP by hand: what a test sends is what goes out. */
export class RawPeer implements AsyncDisposable {
  readonly received: SipMessage[] = [];
  readonly #socket: Socket;
  readonly #waiting: { test: (message: SipMessage) => boolean; done: (m: SipMessage) => void }[] =
    [];
  /** Where the latest datagram came from. */
  #from = { host: '', port: 0 };

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (bytes, from) => {
      this.#from = { host: from.address, port: from.port };
      const parsed = parseMessage(bytes);
      if (!parsed.ok) return;
      const at = this.#waiting.findIndex(({ test }) => test(parsed.value));
      if (at === -1) this.received.push(parsed.value);
      else this.#waiting.splice(at, 1)[0]?.done(parsed.value);
    });
  }

  static async open(): Promise<RawPeer> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => {
      socket.bind(0, '127.0.0.1', resolve);
    });
    return new RawPeer(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Sends lines (joined with CRLF, closed with an empty one) or bytes. */
  send(content: readonly string[] | Buffer, port = this.#from.port): void {
    const bytes = Buffer.isBuffer(content)
      ? content
      : Buffer.from(`${content.join('\r\n')}\r\n\r\n`);
    this.#socket.send(bytes, port, '127.0.0.1');
  }

  /** Answers a request, with a To tag from 101 on. */
  answer(
    request: SipRequest,
    status: string,
    options: { tag?: string; headers?: readonly string[]; sdp?: string } = {},
  ): void {
    const { tag = 'raw', headers = [], sdp = '' } = options;
    const to = request.headers.get('to') ?? '';
    const lines = [
      `SIP/2.0 ${status}`,
      ...request.headers.getAll('via').map((via) => `Via: ${via}`),
      `From: ${request.headers.get('from')}`,
      `To: ${to.includes('tag=') || status.startsWith('100') ? to : `${to};tag=${tag}`}`,
      `Call-ID: ${request.headers.get('call-id')}`,
      `CSeq: ${request.headers.get('cseq')}`,
      ...(headers.some((line) => line.startsWith('Contact'))
        ? []
        : [`Contact: <sip:raw@127.0.0.1:${this.port}>`]),
      ...headers,
      ...(sdp === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${Buffer.byteLength(sdp)}`,
    ];
    this.send(Buffer.from(`${lines.join('\r\n')}\r\n\r\n${sdp}`));
  }

  /** The next request of that method, also one that came already. */
  async request(method: string): Promise<SipRequest> {
    const message = await this.#next((m) => m.kind === 'request' && m.method === method);
    if (message.kind !== 'request') throw new Error('not a request');
    return message;
  }

  /** The next response with that status, also one that came already. */
  async response(status: number): Promise<SipResponse> {
    const message = await this.#next((m) => m.kind === 'response' && m.status === status);
    if (message.kind !== 'response') throw new Error('not a response');
    return message;
  }

  /** How many requests of that method came that nobody has taken. */
  count(method: string): number {
    return this.received.filter((m) => m.kind === 'request' && m.method === method).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#socket.close(resolve);
    });
  }

  #next(test: (message: SipMessage) => boolean): Promise<SipMessage> {
    const at = this.received.findIndex(test);
    const held = at === -1 ? undefined : this.received.splice(at, 1)[0];
    if (held !== undefined) return Promise.resolve(held);
    return new Promise((done) => {
      this.#waiting.push({ test, done });
    });
  }
}
