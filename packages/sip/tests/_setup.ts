import { type IncomingCall, SipEndpoint, type SipEndpointOptions } from '../src/index.ts';

export const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 4000 RTP/AVP 0',
  '',
].join('\r\n');

export function listen(options: Partial<SipEndpointOptions> = {}): Promise<SipEndpoint> {
  return SipEndpoint.listen({ host: '127.0.0.1', port: 0, userAgent: 'test', ...options });
}

/** Things that happen, to be waited for in order. */
export class Inbox<T> {
  readonly #held: T[] = [];
  readonly #waiting: ((value: T) => void)[] = [];

  readonly put = (value: T): void => {
    const next = this.#waiting.shift();
    if (next === undefined) this.#held.push(value);
    else next(value);
  };

  next(): Promise<T> {
    const held = this.#held.shift();
    if (held !== undefined) return Promise.resolve(held);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  get size(): number {
    return this.#held.length;
  }
}

/** An endpoint whose calls are taken from an inbox. */
export async function listenForCalls(
  options: Partial<SipEndpointOptions> = {},
): Promise<{ readonly endpoint: SipEndpoint; readonly calls: Inbox<IncomingCall> }> {
  const calls = new Inbox<IncomingCall>();
  const endpoint = await listen({ onInvite: calls.put, ...options });
  return { endpoint, calls };
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else {
      signal.addEventListener('abort', () => {
        resolve();
      });
    }
  });
}

let callNumber = 0;

/** The lines of a request by hand. */
export function rawRequest(
  method: string,
  uri: string,
  options: {
    readonly port: number;
    readonly branch?: string;
    readonly callId?: string;
    readonly to?: string;
    readonly seq?: number;
    readonly extra?: readonly string[];
    readonly via?: string;
  },
): readonly string[] {
  callNumber += 1;
  const { port, branch = `z9hG4bKraw${callNumber}`, callId = `raw-${callNumber}` } = options;
  return [
    `${method} ${uri} SIP/2.0`,
    options.via ?? `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=${branch};rport`,
    'Max-Forwards: 70',
    'From: <sip:raw@127.0.0.1>;tag=rawtag',
    `To: ${options.to ?? '<sip:bob@127.0.0.1>'}`,
    `Call-ID: ${callId}`,
    `CSeq: ${options.seq ?? 1} ${method}`,
    `Contact: <sip:raw@127.0.0.1:${port}>`,
    ...(options.extra ?? []),
    'Content-Length: 0',
  ];
}
