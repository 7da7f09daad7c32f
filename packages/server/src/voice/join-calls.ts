import type { DialVerb } from '@tutti/twiml';
import { aborted } from './aborted.ts';
import type { Leg } from './leg.ts';
import type { LiveCall } from './live-call.ts';

/** An answered call. */
export interface Side {
  readonly live: LiveCall;
  readonly leg: Leg;
}

/**
 * Lets two calls hear each other until one of them is over or sent elsewhere, `verb` gives no more time, or the one that
 * dials presses the star. Keys reach the other side. `onJoined` runs when they hear each other.
 */
export async function joinCalls(
  dialling: Side,
  other: Side,
  verb: Pick<DialVerb, 'timeLimitSec' | 'hangupOnStar'>,
  onJoined: () => Promise<void>,
): Promise<void> {
  const { media, actions } = dialling.live.context;
  const audio = media.createBridge();
  audio.add(dialling.leg.media);
  audio.add(other.leg.media);
  const over = new AbortController();
  const stop = (): void => over.abort();
  let cancelLimit: () => void = () => undefined;
  let stopRelaying: readonly (() => void)[] = [];
  try {
    await onJoined();
    cancelLimit = actions.clock.after(verb.timeLimitSec * 1000, stop);
    stopRelaying = [
      dialling.leg.media.onDigit((digit) => {
        if (digit === '*' && verb.hangupOnStar) stop();
        else relay(dialling.live, digit, other.leg, over.signal);
      }),
      other.leg.media.onDigit((digit) => relay(other.live, digit, dialling.leg, over.signal)),
    ];
    await aborted(AbortSignal.any([dialling.live.signal, other.live.signal, over.signal]));
  } finally {
    cancelLimit();
    over.abort();
    for (const stopRelay of stopRelaying) stopRelay();
    audio.close();
  }
}

/** A key is an event of its own (RFC 4733), not in the audio that is mixed: the other side is sent it anew. */
function relay({ context, call }: LiveCall, digit: string, to: Leg, signal: AbortSignal): void {
  to.media.sendDtmf(digit, { signal }).catch((err: unknown) => {
    // The leg has ended in this very moment.
    context.log.debug({ err, callSid: call.sid }, 'key not passed on');
  });
}
