import { type IncomingCall, SipCallError } from '@tutti/sip';
import type { CallAudio } from './call-audio.ts';
import { createDeferred } from './deferred.ts';
import { LivePhoneCall } from './live-phone-call.ts';
import type { PhoneCall } from './phone-call.ts';
import { PhoneError } from './phone-error.ts';
import type { PhoneLine } from './phone-line.ts';

/** A call that has come in and waits to be answered. */
export interface RingingPhone {
  /** Who calls: a number or a user name. */
  readonly from: string;
  /** Who is called. */
  readonly to: string;
  /** The INVITE's headers by name in lower case; of several lines of one name the first. */
  readonly headers: Readonly<Record<string, string>>;
  /** Lets the caller hear that it rings (180); a phone does not say so by itself. */
  ring(): void;
  /** @throws PhoneError when the caller has given up, or when no codec suits both */
  answer(): Promise<PhoneCall>;
  /** Refuses, with 486 Busy Here by default. Without effect after an answer. */
  reject(status?: number): void;
  /** Resolves when the caller gives up before an answer; else never. */
  readonly canceled: Promise<void>;
}

const BUSY_HERE = 486;

export class LiveRingingPhone implements RingingPhone {
  readonly from: string;
  readonly to: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly canceled: Promise<void>;
  readonly #call: IncomingCall;
  readonly #line: PhoneLine;
  #rejected = false;

  constructor(call: IncomingCall, line: PhoneLine) {
    this.#call = call;
    this.#line = line;
    this.from = call.from.uri.user ?? call.from.uri.host;
    this.to = call.to.uri.user ?? call.to.uri.host;
    this.headers = headersOf(call);
    const canceled = createDeferred<void>();
    this.canceled = canceled.promise;
    call.signal.addEventListener('abort', () => {
      if (!this.#rejected) canceled.resolve(undefined);
    });
  }

  ring(): void {
    this.#call.ring();
  }

  async answer(): Promise<PhoneCall> {
    const audio = await this.#line.openAudio();
    try {
      return await this.#answerWith(audio);
    } catch (cause) {
      await audio.close();
      throw asPhoneError(cause, this.from);
    }
  }

  reject(status = BUSY_HERE): void {
    this.#rejected = true;
    this.#call.reject(status);
  }

  async #answerWith(audio: CallAudio): Promise<PhoneCall> {
    const { offer } = this.#call;
    let sdp: string;
    try {
      sdp = offer === undefined ? audio.offer() : audio.answer(offer);
    } catch (error) {
      this.reject(488);
      throw error;
    }
    const dialog = await this.#call.answer(sdp);
    // The caller left the offer to us; its ACK has brought the answer.
    if (offer === undefined) audio.accept(dialog.remoteSdp ?? '');
    return new LivePhoneCall(dialog, audio);
  }
}

function asPhoneError(cause: unknown, from: string): unknown {
  if (!(cause instanceof SipCallError)) return cause;
  const text = `Cannot answer the call from ${from}: ${cause.message}`;
  return cause.code === 'canceled'
    ? new PhoneError('canceled', text, { status: 487, reason: 'canceled', cause })
    : new PhoneError('ended', text, { cause });
}

function headersOf(call: IncomingCall): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, value] of call.request.headers.entries()) {
    headers[name.toLowerCase()] ??= value;
  }
  return headers;
}
