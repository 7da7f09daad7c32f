import type { Sid } from '@tutti/ids';
import type { BusMessage } from '../model/bus-message.ts';
import type { VoiceContext } from './context.ts';
import { speakMessage, warnOfUnspoken } from './speak-message.ts';

/** Messages that wait for those before them, for each Conductor: some minutes of speech. */
const WAITING_MAX = 20;

interface Waiting {
  count: number;
  /** Whether it has been said that some are left out. */
  isWarned: boolean;
  last: Promise<void>;
}

/** Speaks messages into each Conductor one after another: a short answer is not to overtake a long question. */
export class SpeechQueue {
  readonly #context: VoiceContext;
  readonly #waiting = new Map<string, Waiting>();

  constructor(context: VoiceContext) {
    this.#context = context;
  }

  /** Messages that come faster than they can be spoken are left out, and the first of them raises an alert. */
  add(news: Extract<BusMessage, { kind: 'message-to-speak' }>): void {
    for (const conductorSid of news.conductorSids) {
      if (this.#context.bridges.has(conductorSid)) this.#addTo(conductorSid, news);
    }
  }

  #addTo(conductorSid: Sid<'CN'>, news: Extract<BusMessage, { kind: 'message-to-speak' }>): void {
    const context = this.#context;
    const waiting = this.#waiting.get(conductorSid) ?? {
      count: 0,
      isWarned: false,
      last: Promise.resolve(),
    };
    this.#waiting.set(conductorSid, waiting);
    // One is being spoken, the others wait.
    if (waiting.count > WAITING_MAX) {
      if (!waiting.isWarned)
        context.track(warnOfUnspoken(context, conductorSid, news, WAITING_MAX));
      waiting.isWarned = true;
      return;
    }
    waiting.count += 1;
    waiting.last = waiting.last
      .then(() => speakMessage(context, conductorSid, news))
      .then(() => {
        waiting.count -= 1;
        if (waiting.count === 0) this.#waiting.delete(conductorSid);
      });
    context.track(waiting.last);
  }
}
