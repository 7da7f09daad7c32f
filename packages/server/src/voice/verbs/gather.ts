import type { GatherVerb } from '@tutti/twiml';
import { sleep, type Clock } from '../../base/clock.ts';
import { refusal } from '../../base/app-error.ts';
import type { Leg } from '../leg.ts';
import type { LiveCall } from '../live-call.ts';
import { failDocument, goOn, type Next } from '../next.ts';
import { resolveUrl } from '../resolve-url.ts';
import type { RunningDocument } from '../interpreter.ts';
import { runPlay } from './play.ts';
import { runSay } from './say.ts';

/** Twilio: voice/twiml/gather */
export async function runGather(
  live: LiveCall,
  running: Pick<RunningDocument, 'url'>,
  verb: GatherVerb,
  signal: AbortSignal = live.signal,
): Promise<Next> {
  const leg = await live.answer();
  if (leg === undefined) return goOn;
  if (verb.input.includes('speech')) {
    await live.alerts.of(
      refusal('speechEngineMissing', {
        problem:
          '<Gather input="speech"> needs a speech recognition engine, and this version of Tutti has none. Keys are taken all the same.',
      }),
    );
  }
  const keys = new Keys(leg, live.context.actions.clock, verb, signal);
  for (const key of live.takeEarlyKeys()) keys.press(key);
  try {
    await playPrompts(live, running, verb, keys, signal);
    await keys.finished();
  } finally {
    keys.close();
  }
  if (signal.aborted || (keys.digits === '' && !verb.actionOnEmptyResult)) return goOn;
  const url = await resolveUrl(live, running, verb.action);
  if (url === undefined) return failDocument;
  return {
    kind: 'fetch',
    url,
    method: verb.method,
    parameters: {
      Digits: keys.digits,
      ...(keys.finishedOn === '' ? {} : { FinishedOnKey: keys.finishedOn }),
    },
  };
}

/** Prompts stop at the first key, unless bargeIn is off. */
async function playPrompts(
  live: LiveCall,
  running: Pick<RunningDocument, 'url'>,
  verb: GatherVerb,
  keys: Keys,
  given: AbortSignal,
): Promise<void> {
  const signal = verb.bargeIn ? AbortSignal.any([given, keys.pressed]) : given;
  for (const prompt of verb.prompts) {
    if (signal.aborted) return;
    if (prompt.verb === 'Say') await runSay(live, prompt, signal);
    else if (prompt.verb === 'Play') await runPlay(live, running, prompt, signal);
    else await sleep(live.context.actions.clock, prompt.lengthSec * 1000, signal);
  }
}

/** The keys of one Gather. */
class Keys {
  digits = '';
  /** The key that ended it, when one did. */
  finishedOn = '';
  readonly #pressed = new AbortController();
  readonly #done = new AbortController();
  readonly #clock: Clock;
  readonly #verb: GatherVerb;
  readonly #stopListening: () => void;
  #cancelTimeout: (() => void) | undefined;
  #waiting = false;

  constructor(leg: Leg, clock: Clock, verb: GatherVerb, signal: AbortSignal) {
    this.#clock = clock;
    this.#verb = verb;
    this.#stopListening = leg.media.onDigit((digit) => this.press(digit));
    if (signal.aborted) this.#done.abort();
    signal.addEventListener('abort', () => this.#done.abort(), { once: true });
  }

  /** Aborted by the first key. */
  get pressed(): AbortSignal {
    return this.#pressed.signal;
  }

  /** Waits for the last key; the time-out runs from the end of the prompts and from each key. */
  async finished(): Promise<void> {
    this.#waiting = true;
    this.#restartTimeout();
    if (this.#done.signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#done.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  close(): void {
    this.#stopListening();
    this.#cancelTimeout?.();
    this.#done.abort();
  }

  press(digit: string): void {
    if (this.#done.signal.aborted) return;
    const { finishOnKey, numDigits } = this.#verb;
    this.#pressed.abort();
    if (digit === finishOnKey) {
      this.finishedOn = digit;
      this.#done.abort();
      return;
    }
    this.digits += digit;
    if (this.digits.length === numDigits) this.#done.abort();
    else if (this.#waiting) this.#restartTimeout();
  }

  #restartTimeout(): void {
    this.#cancelTimeout?.();
    this.#cancelTimeout = this.#clock.after(this.#verb.timeoutSec * 1000, () => this.#done.abort());
  }
}
