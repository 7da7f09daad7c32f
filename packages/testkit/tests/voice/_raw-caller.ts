import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

export interface RawCallerOptions {
  /** Where it sends to, `sip:host:port`. */
  readonly server: string;
  /** Whom it calls. */
  readonly to: string;
  /** Default `raw-call`. */
  readonly callId?: string;
  /** Default `raw`. */
  readonly from?: string;
}

/** A caller that says on UDP exactly what it is told to, and never anything else. */
export class RawCaller implements AsyncDisposable {
  readonly #callId: string;
  readonly #from: string;
  readonly #uri: string;
  readonly #server: URL;
  readonly #sip: Socket;
  /** Where its audio is to go. */
  readonly rtp: Socket;
  readonly #came: string[] = [];
  readonly #saying: Promise<void>[] = [];
  #seq = 1;
  #told: () => void = () => undefined;

  private constructor(
    { server, to, callId = 'raw-call', from = 'raw' }: RawCallerOptions,
    sip: Socket,
    rtp: Socket,
  ) {
    this.#callId = callId;
    this.#from = from;
    this.#server = new URL(server.replace('sip:', 'http://'));
    this.#uri = server.replace('sip:', `sip:${to}@`);
    this.#sip = sip;
    this.rtp = rtp;
    sip.on('message', (bytes) => {
      this.#came.push(bytes.toString());
      this.#told();
    });
  }

  static async open(options: RawCallerOptions): Promise<RawCaller> {
    return new RawCaller(options, await bound(), await bound());
  }

  get rtpPort(): number {
    return this.rtp.address().port;
  }

  /** With an offer, or without one: then the 200 brings theirs. */
  invite(sdp?: string): void {
    this.#send('INVITE', `<${this.#uri}>`, sdp);
  }

  /** Offers anew within the call, or asks for an offer. */
  reinvite(ok: string, sdp?: string): void {
    this.#seq += 1;
    this.#send('INVITE', toOf(ok), sdp);
  }

  ack(ok: string, sdp?: string): void {
    this.#send('ACK', toOf(ok), sdp);
  }

  /** Waits for the `count`th message that begins so. */
  async heard(start: string, count = 1): Promise<string> {
    for (;;) {
      const found = this.#came.filter((message) => message.startsWith(start))[count - 1];
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#told = resolve;
      });
    }
  }

  /** What it said has left by then. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#saying);
    this.#sip.close();
    this.rtp.close();
  }

  #send(method: 'INVITE' | 'ACK', to: string, sdp = ''): void {
    const { port } = this.#sip.address();
    const message = [
      `${method} ${this.#uri} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK-${this.#callId}-${method}-${this.#seq}`,
      'Max-Forwards: 70',
      `From: <sip:${this.#from}@127.0.0.1>;tag=raw`,
      `To: ${to}`,
      `Call-ID: ${this.#callId}`,
      `CSeq: ${this.#seq} ${method}`,
      `Contact: <sip:raw@127.0.0.1:${port}>`,
      ...(sdp === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${Buffer.byteLength(sdp)}`,
      '',
      sdp,
    ].join('\r\n');
    const { hostname, port: serverPort } = this.#server;
    this.#saying.push(
      new Promise((resolve) => {
        this.#sip.send(message, Number(serverPort), hostname, () => resolve());
      }),
    );
  }
}

function toOf(response: string): string {
  return (/^To: (.*)$/im.exec(response)?.[1] ?? '').trim();
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}
