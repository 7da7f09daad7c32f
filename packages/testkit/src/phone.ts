import { setTimeout as sleep } from 'node:timers/promises';
import { type AudioCodec, formatSipUri, type IncomingCall, SipCallError } from '@tutti/sip';
import { type Dialing, type DialOptions, startDialing } from './dialing.ts';
import { Inbox } from './inbox.ts';
import { readServer, userAt } from './phone-address.ts';
import type { PhoneCall } from './phone-call.ts';
import { PhoneError } from './phone-error.ts';
import type { PhoneLine } from './phone-line.ts';
import { openPhoneParts, type PhoneParts } from './phone-parts.ts';
import { LiveRingingPhone, type RingingPhone } from './ringing-phone.ts';

export interface PhoneOptions {
  /** `+15557654321`, or a user name such as `alice`. */
  readonly number: string;
  /** `sip:host:port[;transport=tcp]` of the server; needed to dial numbers and to register. */
  readonly server?: string;
  /** Registers, so that calls to the number reach this phone; default: when there are credentials. */
  readonly register?: boolean;
  /** An Account SID and its auth token. */
  readonly credentials?: { readonly username: string; readonly password: string };
  /** The address to bind; default 127.0.0.1. */
  readonly host?: string;
  /** The SIP port; default 0, any that is free. */
  readonly port?: number;
  /** Of what is sent to the server and to URIs that name none; default: the server's, else UDP. */
  readonly transport?: 'udp' | 'tcp';
  /** In order of preference; default PCMU, PCMA. */
  readonly codecs?: readonly AudioCodec[];
  /** Sends and understands keys as RFC 4733 events; default true. Otherwise keys are tones. */
  readonly telephoneEvent?: boolean;
  /** Told of each call that comes in; then there is nothing for `nextCall`. */
  readonly onIncoming?: (call: RingingPhone) => void;
}

const NEXT_CALL_MS = 5000;
const REGISTER_MS = 5000;
const CODECS: readonly AudioCodec[] = ['PCMU', 'PCMA'];

/** A real telephone: SIP and RTP on ports of its own. Close it, or open it with `await using`. */
export class Phone implements AsyncDisposable {
  readonly number: string;
  /** Where it can be called directly, `sip:+15557654321@127.0.0.1:5070`. */
  readonly uri: string;
  readonly #line: PhoneLine;
  readonly #parts: PhoneParts;
  readonly #onIncoming: ((call: RingingPhone) => void) | undefined;
  readonly #incoming = new Inbox<RingingPhone>();
  #registered = false;
  #closing: Promise<void> | undefined;

  private constructor(options: PhoneOptions, parts: PhoneParts) {
    const { number, server, transport, credentials } = options;
    this.number = number;
    this.#parts = parts;
    this.#onIncoming = options.onIncoming;
    const { host, port } = parts.endpoint;
    const address = server === undefined ? undefined : readServer(server, transport);
    const own = {
      scheme: 'sip',
      host,
      port,
      params: new Map(transport === 'tcp' ? [['transport', 'tcp']] : []),
    };
    this.uri = userAt(number, own);
    this.#line = {
      endpoint: parts.endpoint,
      number,
      // The server's name without its port: the same address of record however it is reached.
      address: userAt(number, {
        scheme: 'sip',
        host: address?.host ?? host,
        params: new Map<string, string>(),
      }),
      server: address,
      transport,
      credentials,
      openAudio: () => parts.openAudio(),
    };
  }

  /**
   * Opens the phone, and registers it if it is to.
   * @throws PhoneError when the port is taken, the address is none or the registration is refused
   */
  static async open(options: PhoneOptions): Promise<Phone> {
    const { host = '127.0.0.1', port = 0, codecs = CODECS, telephoneEvent = true } = options;
    const { credentials, register = credentials !== undefined } = options;
    // A call may come before the phone is assembled; there is nobody to answer it yet.
    let phone: Phone | undefined;
    const onInvite = (call: IncomingCall): void => {
      if (phone === undefined) call.reject(480);
      else phone.#take(call);
    };
    const parts = await openPhoneParts({ host, port, codecs, telephoneEvent, onInvite });
    try {
      phone = new Phone(options, parts);
      if (register) await phone.#register();
      return phone;
    } catch (error) {
      await parts.close();
      throw error;
    }
  }

  /** Whether calls to the number reach this phone through the server. */
  get registered(): boolean {
    return this.#registered;
  }

  /**
   * Calls a number or a user at the server, or a `sip:` URI directly; resolves when answered.
   * @throws PhoneError with the `status` of the refusal, or 487 when the signal was aborted
   */
  dial(to: string, options: DialOptions = {}): Promise<PhoneCall> {
    return this.dialing(to, options).call;
  }

  /** As `dial`, for those who want to know of the ringing, or to give up. */
  dialing(to: string, options: DialOptions = {}): Dialing {
    return startDialing(this.#line, to, options);
  }

  /**
   * The next call that comes in, or the first of those that came before (and may have been canceled
   * since); within 5 s by default.
   * @throws PhoneError `timeout`, `closed`
   */
  nextCall({
    timeoutMs = NEXT_CALL_MS,
  }: { readonly timeoutMs?: number } = {}): Promise<RingingPhone> {
    return this.#incoming.next(() => true, {
      timeoutMs,
      onTimeout: () =>
        new PhoneError('timeout', `Nobody called ${this.number} within ${timeoutMs} ms`),
    });
  }

  /** Hangs up, unregisters and frees the ports. May be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #take(call: IncomingCall): void {
    const ringing = new LiveRingingPhone(call, this.#line);
    if (this.#onIncoming === undefined) this.#incoming.put(ringing);
    else this.#onIncoming(ringing);
  }

  async #register(): Promise<void> {
    const { address, credentials, endpoint, server } = this.#line;
    if (server === undefined) {
      throw new PhoneError('invalid', `${this.number} cannot register without options.server`);
    }
    const registrar = formatSipUri(server);
    const silence = new AbortController();
    try {
      const { registered } = endpoint.register({
        registrar,
        aor: address,
        ...(credentials === undefined ? {} : { credentials }),
      });
      await Promise.race([registered, this.#refuseSilence(registrar, silence.signal)]);
      this.#registered = true;
    } catch (cause) {
      if (!(cause instanceof SipCallError)) throw cause;
      throw new PhoneError(
        cause.code === 'refused' ? 'refused' : 'failed',
        `Cannot register ${this.number} at ${registrar}: ${cause.message}`,
        { status: cause.status, cause },
      );
    } finally {
      silence.abort();
    }
  }

  /** A server that is not there says nothing over UDP; SIP alone would wait for half a minute. */
  async #refuseSilence(registrar: string, signal: AbortSignal): Promise<void> {
    const isOver = await sleep(REGISTER_MS, false, { signal }).catch(() => true);
    if (isOver) return;
    const text = `Cannot register ${this.number}: no answer from ${registrar} within ${REGISTER_MS} ms`;
    throw new PhoneError('timeout', text);
  }

  async #close(): Promise<void> {
    this.#registered = false;
    this.#incoming.close(new PhoneError('closed', `The phone ${this.number} was closed`));
    await this.#parts.close();
  }
}
