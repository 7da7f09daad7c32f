import type { AudioBridge, AudioSource } from '@tutti/media';
import type { ConferenceParticipant } from '../model/conference.ts';
import type { HttpMethod } from '../model/voice-urls.ts';
import { holdMusic } from './hold-music.ts';
import type { Leg } from './leg.ts';
import type { LiveCall } from './live-call.ts';
import { runPrompts, type PromptHost } from './run-prompts.ts';

/** What a member hears instead of the others. */
interface Waiting {
  /** null: music, empty: silence. */
  readonly url: string | null;
  readonly method: HttpMethod;
  readonly parameters: Readonly<Record<string, string>>;
}

/** One call in a conference of this node: hears the others, or what is played to those who wait. */
export class ConferenceMember {
  readonly live: LiveCall;
  readonly leg: Leg;
  /** Aborted when it is to leave. */
  readonly #removed = new AbortController();
  readonly #bridge: AudioBridge;
  #waiting: Waiting | undefined;
  #waitingFor: AbortController | undefined;
  #announcements = 0;
  #row: ConferenceParticipant | undefined;

  constructor(live: LiveCall, leg: Leg, bridge: AudioBridge) {
    this.live = live;
    this.leg = leg;
    this.#bridge = bridge;
  }

  /** Aborted when the API, or the end of the conference, has taken it out. */
  get removed(): AbortSignal {
    return this.#removed.signal;
  }

  /** How it takes part, as its row last said. */
  get row(): ConferenceParticipant | undefined {
    return this.#row;
  }

  remove(): void {
    this.#removed.abort();
  }

  /** Hears and is heard as `row` says; `coached` is the leg that alone hears it. */
  talk(row: ConferenceParticipant, coached: Leg | undefined): void {
    this.#row = row;
    this.#wait(undefined);
    const isHeard = row.coaching === 0 || coached !== undefined;
    this.#bridge.add(this.leg.media, {
      muted: row.muted === 1 || !isHeard,
      heardOnlyBy: coached?.media,
    });
  }

  /** Is out of the others' hearing, and hears what `waiting` says. */
  wait(row: ConferenceParticipant, waiting: Waiting): void {
    this.#row = row;
    this.#bridge.remove(this.leg.media);
    this.#wait(waiting);
  }

  /** Lets this one hear something, in place of all else; resolves with what went wrong. */
  async announce(
    play: (signal: AbortSignal) => Promise<string | undefined>,
  ): Promise<string | undefined> {
    this.#announcements += 1;
    this.#stopWaiting();
    try {
      return await play(this.removed);
    } finally {
      this.#announcements -= 1;
      this.#startWaiting();
    }
  }

  /** Is no member any more. */
  close(): void {
    this.remove();
    this.#stopWaiting();
    this.#waiting = undefined;
    this.#bridge.remove(this.leg.media);
  }

  #wait(waiting: Waiting | undefined): void {
    if (waiting?.url === this.#waiting?.url && waiting?.method === this.#waiting?.method) return;
    this.#stopWaiting();
    this.#waiting = waiting;
    this.#startWaiting();
  }

  #stopWaiting(): void {
    this.#waitingFor?.abort();
    this.#waitingFor = undefined;
  }

  #startWaiting(): void {
    const waiting = this.#waiting;
    if (waiting === undefined || this.#announcements > 0 || this.removed.aborted) return;
    const stop = new AbortController();
    this.#waitingFor = stop;
    this.live.context.track(hear(this.live, this.leg, waiting, stop.signal));
  }
}

/** What cannot be had is replaced by music: nobody is to take silence for a broken line. */
async function hear(
  host: PromptHost,
  leg: Leg,
  { url, method, parameters }: Waiting,
  signal: AbortSignal,
): Promise<void> {
  const play = (source: AudioSource): Promise<unknown> => leg.media.play(source, { signal });
  if (url === '') return;
  const problem =
    url === null
      ? 'none'
      : await runPrompts(host, {
          url,
          method,
          parameters: async () => parameters,
          repeat: true,
          refused: 'conferencePromptVerb',
          play,
          press: (digits) => leg.sendDigits(digits, signal),
          signal,
        });
  if (problem !== undefined && !signal.aborted) await play(holdMusic());
}
