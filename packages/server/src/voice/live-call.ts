import type { IncomingCall } from '@tutti/sip';
import { callParameters } from '../actions/call-parameters.ts';
import { recordCallProgress, type CallProgress } from '../actions/record-call-progress.ts';
import { recordDigits } from '../actions/record-digits.ts';
import { CookieJar } from '../callback/cookie-jar.ts';
import type { Instant } from '../base/clock.ts';
import { deferred } from '../base/deferred.ts';
import { refusal } from '../base/app-error.ts';
import type { CallOrder } from '../model/bus-message.ts';
import { isLive, type Call, type CallStatus } from '../model/call.ts';
import { findAccount } from '../store/accounts.ts';
import { findCall } from '../store/calls.ts';
import { userOfAddress } from './addresses.ts';
import { CallAlerts } from './call-alerts.ts';
import { carryOutRecording } from './call-recording.ts';
import { callMedia } from './call-media.ts';
import type { VoiceContext } from './context.ts';
import { DigitLog } from './digit-log.ts';
import { EarlyKeys } from './early-keys.ts';
import { Leg, type DialOutcome } from './leg.ts';
import { reach } from './reach.ts';
import type { Route } from './route.ts';
import { rejectStatus, sipOfStatus, statusOfGone, statusOfRefusal } from './sip-status.ts';
import { writeLate } from './write-late.ts';

/** A call whose instructions give no limit. Twilio: voice/api/call-resource#timelimit */
const DEFAULT_TIME_LIMIT_SEC = 14_400;

type Redirect = Extract<CallOrder, { kind: 'redirect' }>;

/**
 * One call of this node, from its INVITE to its end. Owns the leg; runs documents one after another; takes orders.
 * Whatever ends it, `ended` resolves once its row says so and everything it opened is closed.
 */
export class LiveCall {
  readonly context: VoiceContext;
  readonly cookies = new CookieJar();
  readonly alerts: CallAlerts;
  /** How the last attempt to reach somebody for a caller who still rings came out. */
  unreached: 'busy' | 'no-answer' | 'failed' | undefined;
  /** Aborted when the call is over. */
  readonly over = new AbortController();
  /** What ended it, where neither side nor the API did. */
  endedBy: 'time-limit' | 'silence' | undefined;
  readonly ended: Promise<void>;
  #call: Omit<Call, 'seq'>;
  #leg: Leg | undefined;
  #answering: Promise<Leg | undefined> | undefined;
  #incoming: IncomingCall | undefined;
  #document = new AbortController();
  #redirect: Redirect | undefined;
  #finalStatus: CallStatus | undefined;
  #sipStatus: number | undefined;
  #cancelTimeLimit: (() => void) | undefined;
  /** When it was answered, by the clock that is never set. */
  #answeredMs: number | undefined;
  /** Keys since the answer, until the first verb runs. */
  readonly #earlyKeys = new EarlyKeys();
  readonly #digits: DigitLog;
  /** Keys that are being written. */
  #keeping: Promise<void> = Promise.resolve();
  #isAlone = false;
  readonly #ended = deferred();

  constructor(context: VoiceContext, call: Omit<Call, 'seq'>, incoming?: IncomingCall) {
    this.context = context;
    this.alerts = new CallAlerts(context.actions, call);
    this.#call = call;
    this.#incoming = incoming;
    this.ended = this.#ended.promise;
    this.#digits = new DigitLog(context.actions.clock, (digits) => this.#keepDigits(digits));
    context.calls.set(call.sid, this);
    const gone = (): void =>
      this.#hangUp(incoming === undefined ? 'failed' : statusOfGone(incoming));
    incoming?.signal.addEventListener('abort', gone, { once: true });
  }

  /** The call's row as last written. */
  get call(): Omit<Call, 'seq'> {
    return this.#call;
  }

  get leg(): Leg | undefined {
    return this.#leg;
  }

  /** Aborted when the document that runs is left: by a redirect, or because the call is over. */
  get signal(): AbortSignal {
    return this.#document.signal;
  }

  /** Whether it is there for the call that dialled it. */
  get isDialled(): boolean {
    return this.#call.parentCallSid !== null && !this.#isAlone;
  }

  /** From now on it has documents of its own: it is an application's, or the call that dialled it is gone. */
  goAlone(): void {
    this.#isAlone = true;
  }

  /** Whether a redirect waits to be run. */
  get wasRedirected(): boolean {
    return this.#redirect !== undefined && !this.over.signal.aborted;
  }

  /** Takes an order from the API: ends, or leaves the running document for another. */
  order(order: CallOrder): void {
    switch (order.kind) {
      case 'end':
        this.#hangUp(order.status);
        break;
      case 'start-recording':
      case 'change-recording':
        this.context.track(carryOutRecording(this.context, this, order));
        break;
      case 'start-stream':
      case 'stop-stream':
        this.context.track(this.context.streams.carryOut(this.context, this, order));
        break;
      case 'start-transcription':
      case 'stop-transcription':
        this.context.track(this.context.transcriptions.carryOut(this.context, this, order));
        break;
      case 'time-limit':
        this.#limitTime(order.timeLimitSec);
        break;
      case 'redirect':
        this.#redirect = order;
        this.#document.abort();
        break;
    }
  }

  /** The redirect that interrupted the last document, once. */
  takeRedirect(): Redirect | undefined {
    const redirect = this.#redirect;
    this.#redirect = undefined;
    return redirect;
  }

  /** A new document begins: its verbs stop when it is left. */
  openDocument(): void {
    this.#document = new AbortController();
    if (this.over.signal.aborted || this.#redirect !== undefined) this.#document.abort();
  }

  /** The answered leg; answers an inbound call that rings. Undefined when the call is over. */
  answer(): Promise<Leg | undefined> {
    this.#answering ??= this.#answer();
    return this.#answering;
  }

  /** Refuses an inbound call that rings. Twilio: voice/twiml/reject */
  reject(reason: keyof typeof rejectStatus): void {
    this.#refuse(rejectStatus[reason], reason === 'busy' ? 'busy' : 'no-answer');
  }

  /** Refuses an inbound call that rings because nobody was reached for it, or its instructions could not be had. */
  refuse(status: 'busy' | 'no-answer' | 'failed'): void {
    this.#refuse(sipOfStatus[status], status);
  }

  get isRinging(): boolean {
    return (
      this.#incoming !== undefined && this.#answering === undefined && !this.over.signal.aborted
    );
  }

  /** Dials `route` and waits for the answer; false when there is none, and the row says why. */
  async dial(route: Route, timeoutSec: number, signal?: AbortSignal): Promise<boolean> {
    if (!(await this.stillStands())) return false;
    const giveUp = new AbortController();
    const { clock } = this.context.actions;
    let status: CallStatus = 'no-answer';
    const cancelTimeout = clock.after(timeoutSec * 1000, () => giveUp.abort());
    const stop = (): void => {
      status = this.#finalStatus ?? 'canceled';
      giveUp.abort();
    };
    for (const each of [this.over.signal, signal]) {
      if (each?.aborted === true) stop();
      each?.addEventListener('abort', stop, { once: true });
    }
    const { config } = this.context;
    const { outcome, alert } = await reach(this.context, this.#call.to, route, {
      from: this.#call.from.startsWith('sip:')
        ? this.#call.from
        : `sip:${userOfAddress(this.#call.from)}@${config.advertisedHost}`,
      credentials: this.#credentials(),
      headers: this.#subject(),
      onRinging: () => this.#ringing(),
      signal: giveUp.signal,
    });
    cancelTimeout();
    for (const each of [this.over.signal, signal]) each?.removeEventListener('abort', stop);
    if (alert !== undefined) await this.alerts.of(alert);
    return this.#reached(outcome, status, alert !== undefined);
  }

  /** Takes the leg of a peer in this process, which answers at once; false when the call was over before. */
  async take(leg: Leg): Promise<boolean> {
    try {
      if (await this.stillStands()) {
        await this.#progress({ status: 'ringing' });
        return await this.#takeLeg(leg);
      }
    } catch (error) {
      await leg.close();
      throw error;
    }
    await leg.close();
    return false;
  }

  /** Ends the call and closes everything it opened; whoever still rings is refused. Never rejects. May be called again. */
  async end(status: CallStatus): Promise<void> {
    this.#finalStatus ??= status;
    if (
      this.isRinging &&
      this.#incoming?.signal.aborted === false &&
      this.#sipStatus === undefined
    ) {
      this.#incoming.reject(480);
      this.#sipStatus = 480;
    }
    if (!this.over.signal.aborted) this.over.abort();
    this.#document.abort();
    this.#cancelTimeLimit?.();
    this.#digits.flush();
    const { calls, log, track } = this.context;
    const { sid } = this.#call;
    if (!calls.delete(sid)) return this.ended;
    await this.#keeping;
    const final = {
      status: this.#finalStatus,
      sipResponseCode: this.#sipStatus,
      at: this.#endInstant(),
      media: this.#leg && callMedia(this.#leg.media.stats()),
    };
    try {
      await this.#progress(final);
    } catch (err) {
      log.error({ err, callSid: sid }, 'end of call not written');
      // Until it is written, a call that is over counts as live.
      track(writeLate(this.context, { callSid: sid, what: 'end' }, () => this.#progress(final)));
    }
    try {
      // A leg that is still being answered finds the row ended and closes itself.
      await this.#leg?.close();
    } catch (err) {
      log.error({ err, callSid: sid }, 'call not ended cleanly');
    }
    this.#ended.resolve();
    return this.ended;
  }

  /**
   * Whether the row still says that the call lives. An order from the API that came before this object was there to
   * hear it is found here; the call is then ended.
   */
  async stillStands(): Promise<boolean> {
    if (isLive(await this.refresh())) return true;
    this.#hangUp(this.#call.status);
    return false;
  }

  /** Presses keys on an answered call; without effect once it is over. */
  async sendDigits(digits: string, signal: AbortSignal = this.over.signal): Promise<void> {
    if (!this.over.signal.aborted) await this.#leg?.sendDigits(digits, signal);
  }

  /** The keys pressed since the answer, for the first verb that runs; later ones are heard by whoever listens. */
  takeEarlyKeys(): string {
    return this.#earlyKeys.take();
  }

  /** What every voice request of this call carries. */
  parameters(): Record<string, string> {
    return callParameters(this.#call);
  }

  async authToken(): Promise<string> {
    const account = await findAccount(this.context.actions.db, this.#call.accountSid);
    return account?.authToken ?? '';
  }

  /** Reads the row again: it may have been bound, or its URLs changed. */
  async refresh(): Promise<Omit<Call, 'seq'>> {
    this.#call = (await findCall(this.context.actions.db, this.#call.sid)) ?? this.#call;
    return this.#call;
  }

  async #answer(): Promise<Leg | undefined> {
    if (this.#leg !== undefined) return this.#leg;
    const incoming = this.#incoming;
    if (incoming === undefined || this.over.signal.aborted) return undefined;
    const answered = await Leg.answer(this.context, incoming);
    if (answered.kind === 'answered') {
      return (await this.#takeLeg(answered.leg)) ? answered.leg : undefined;
    }
    const { from, to } = this.#call;
    if (answered.kind === 'bad-sdp') {
      await this.alerts.of(refusal('sipBadSdp', { from, to, problem: answered.problem }));
    }
    this.#hangUp('failed');
    return undefined;
  }

  async #reached(outcome: DialOutcome, givenUp: CallStatus, isTold: boolean): Promise<boolean> {
    const { to, from } = this.#call;
    switch (outcome.kind) {
      case 'answered':
        return this.#takeLeg(outcome.leg);
      case 'canceled':
        this.#sipStatus = 487;
        await this.end(givenUp);
        return false;
      case 'refused':
        this.#sipStatus = outcome.status;
        await this.end(statusOfRefusal(outcome.status));
        return false;
      case 'failed': {
        const { problem } = outcome;
        this.#sipStatus = outcome.sipStatus;
        if (!isTold)
          await this.alerts.of(
            outcome.badSdp
              ? refusal('sipBadSdp', { from, to, problem })
              : refusal('sipUnreachable', { to, peer: to, problem }),
          );
        await this.end('failed');
        return false;
      }
    }
  }

  /** The other side is there: from now on the leg's end is the call's end. */
  async #takeLeg(leg: Leg): Promise<boolean> {
    this.#leg = leg;
    this.#sipStatus = 200;
    void leg.ended.then(() => this.#hangUp('completed'));
    const { silenceMs } = this.context.config;
    if (silenceMs > 0) leg.media.onSilence(silenceMs, () => this.#unheard(leg));
    for (const digit of leg.takeEarlyKeys()) this.#key(digit);
    leg.media.onDigit((digit) => this.#key(digit));
    const sipResponseCode = 200;
    let stands: boolean;
    try {
      stands = await this.#progress({ status: 'in-progress', sipResponseCode });
    } catch (err) {
      // An end that came meanwhile has not seen this leg.
      if (this.over.signal.aborted) await leg.close();
      throw err;
    }
    // The row may have been canceled while the 200 was on its way: what was decided first stands.
    if (!stands) {
      await leg.close();
      this.#hangUp('canceled');
      return false;
    }
    if (this.over.signal.aborted) {
      await leg.close();
      return false;
    }
    this.#answeredMs = this.context.actions.clock.elapsedMs();
    this.#limitTime(this.#call.timeLimitSec ?? DEFAULT_TIME_LIMIT_SEC);
    return true;
  }

  /** The peer has vanished: without sound and without a BYE. */
  #unheard({ media }: Leg): void {
    const { from, to, direction } = this.#call;
    const alert = this.alerts.of(
      refusal('noAudioReceived', {
        from,
        to,
        peer: direction === 'inbound' ? from : to,
        seconds: String(this.context.config.silenceMs / 1000),
        port: `UDP port ${media.localPort}`,
      }),
    );
    this.context.track(alert);
    this.endedBy ??= 'silence';
    this.#hangUp('completed');
  }

  /** Ends the call that long after its answer. */
  #limitTime(limitSec: number): void {
    const { clock } = this.context.actions;
    this.#cancelTimeLimit?.();
    if (this.#answeredMs === undefined || this.over.signal.aborted) return;
    const leftMs = Math.max(0, this.#answeredMs + limitSec * 1000 - clock.elapsedMs());
    this.#cancelTimeLimit = clock.after(leftMs, () => {
      this.endedBy ??= 'time-limit';
      this.#hangUp('completed');
    });
  }

  /** Now; after an answer, as long after it as was measured, whatever the machine's clock was set to meanwhile. */
  #endInstant(): Instant {
    const { clock } = this.context.actions;
    const { startTime } = this.#call;
    if (startTime === null || this.#answeredMs === undefined) return clock.now();
    return startTime + Math.round(clock.elapsedMs() - this.#answeredMs);
  }

  #refuse(sip: number, status: CallStatus): void {
    this.#incoming?.reject(sip);
    this.#sipStatus = sip;
    this.#hangUp(status);
  }

  #hangUp(status: CallStatus): void {
    void this.end(status);
  }

  #ringing(): void {
    void this.#progress({ status: 'ringing' }).catch((err: unknown) =>
      this.context.log.error({ err, callSid: this.#call.sid }, 'ringing not recorded'),
    );
  }

  /** Writes the next status; false when the row may not take it. */
  async #progress(progress: CallProgress): Promise<boolean> {
    const moved = await recordCallProgress(this.context.actions, this.#call.sid, progress);
    if (moved === undefined) return false;
    this.#call = moved;
    const { sid: callSid, accountSid, direction, status } = moved;
    const conversationSid = moved.conversationSid ?? undefined;
    this.context.log.info(
      { callSid, accountSid, conversationSid, direction, status },
      'call progressed',
    );
    return true;
  }

  #key(digit: string): void {
    this.#digits.push(digit);
    this.#earlyKeys.push(digit);
  }

  #keepDigits(digits: string): void {
    if (this.#call.conductorSid === null) return;
    const keep = (): Promise<void> => recordDigits(this.context.actions, this.#call.sid, digits);
    this.#keeping = this.#keeping
      .then(keep)
      .catch((err: unknown) =>
        this.context.log.error({ err, callSid: this.#call.sid }, 'digits lost'),
      );
  }

  /** What the call is about. RFC 3261 §20.36 */
  #subject(): Readonly<Record<string, string>> {
    const { callReason } = this.#call;
    return callReason === null ? {} : { Subject: callReason };
  }

  #credentials(): { username: string; password: string } | undefined {
    const { sipAuthUsername: username, sipAuthPassword: password } = this.#call;
    return username === null || password === null ? undefined : { username, password };
  }
}
