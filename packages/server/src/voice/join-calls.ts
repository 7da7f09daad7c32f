import type { DialVerb } from '@tutti/twiml';
import type { IncomingRefer, ReferNotifier } from '@tutti/sip';
import { refusal } from '../base/app-error.ts';
import { aborted } from './aborted.ts';
import type { Leg } from './leg.ts';
import type { LiveCall } from './live-call.ts';

/** An answered call. */
export interface Side {
  readonly live: LiveCall;
  readonly leg: Leg;
  /** When it leaves the others; default: when its document is left. */
  readonly signal?: AbortSignal;
}

/** One of the two wants the other to talk to somebody else, and has been promised it. RFC 3515 */
export interface Referred {
  readonly by: Side;
  /** A SIP URI. */
  readonly target: string;
  readonly notify: ReferNotifier['notify'];
}

/**
 * Lets two calls hear each other until one of them is over or sent elsewhere, `verb` gives no more time, or the one that
 * dials presses the star. Keys reach the other side. `onJoin` runs before they hear each other, so that a recording has
 * their first words. It also ends when one of them sends REFER and `verb` says where to ask; that is returned.
 */
export async function joinCalls(
  dialling: Side,
  other: Side,
  verb: Pick<DialVerb, 'timeLimitSec' | 'hangupOnStar' | 'referUrl'>,
  onJoin: () => Promise<void>,
): Promise<Referred | undefined> {
  const { media, actions } = dialling.live.context;
  const audio = media.createBridge();
  const over = new AbortController();
  const stop = (): void => over.abort();
  let cancelLimit: () => void = () => undefined;
  let stopListening: readonly (() => void)[] = [];
  let referred: Referred | undefined;
  const onRefer = (by: Side, refer: IncomingRefer): void => {
    if (verb.referUrl === undefined || over.signal.aborted) {
      refer.reject(603);
      const { sid } = by.live.call;
      const alert = by.live.alerts.of(refusal('referUrlMissing', { sid, target: refer.target }));
      by.live.context.track(alert);
      return;
    }
    referred = { by, target: refer.target, notify: refer.accept().notify };
    stop();
  };
  try {
    await onJoin();
    audio.add(dialling.leg.media);
    audio.add(other.leg.media);
    cancelLimit = actions.clock.after(verb.timeLimitSec * 1000, stop);
    stopListening = [
      dialling.leg.onRefer((refer) => onRefer(dialling, refer)),
      other.leg.onRefer((refer) => onRefer(other, refer)),
      dialling.leg.media.onDigit((digit) => {
        if (digit === '*' && verb.hangupOnStar) stop();
        else relay(dialling.live, digit, other.leg, over.signal);
      }),
      other.leg.media.onDigit((digit) => relay(other.live, digit, dialling.leg, over.signal)),
    ];
    await aborted(
      AbortSignal.any([dialling.live.signal, other.signal ?? other.live.signal, over.signal]),
    );
  } finally {
    cancelLimit();
    over.abort();
    for (const stopEach of stopListening) stopEach();
    audio.close();
  }
  return referred;
}

/** A key is an event of its own (RFC 4733), not in the audio that is mixed: the other side is sent it anew. */
function relay({ context, call }: LiveCall, digit: string, to: Leg, signal: AbortSignal): void {
  to.media.sendDtmf(digit, { signal }).catch((err: unknown) => {
    // The leg has ended in this very moment.
    context.log.debug({ err, callSid: call.sid }, 'key not passed on');
  });
}
