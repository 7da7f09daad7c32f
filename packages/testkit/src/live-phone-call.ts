import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AudioSource,
  decodeAudio,
  MediaError,
  type MediaLegStats,
  samplesSource,
  toneSource,
} from '@tutti/media';
import { type CallDialog, SipCallError } from '@tutti/sip';
import type { CallAudio } from './call-audio.ts';
import type { PhoneCall, Playing } from './phone-call.ts';
import { whoIs } from './phone-address.ts';
import { PhoneError } from './phone-error.ts';
import type { Sound } from './sound.ts';

const TONE_DBFS = -10;
/** How long the other side has to confirm that we hung up; it is told all the same. */
const BYE_MS = 2000;

export class LivePhoneCall implements PhoneCall {
  readonly remote: string;
  readonly callId: string;
  readonly ended: PhoneCall['ended'];
  readonly #dialog: CallDialog;
  readonly #audio: CallAudio;
  #isLive = true;

  constructor(dialog: CallDialog, audio: CallAudio) {
    this.#dialog = dialog;
    this.#audio = audio;
    this.remote = whoIs(dialog.remoteUri);
    this.callId = dialog.callId;
    dialog.setOfferHandler((offer) => this.#takeOffer(offer));
    dialog.setAnswerHandler((answer) => {
      audio.accept(answer);
    });
    this.ended = this.#end();
  }

  get isLive(): boolean {
    return this.#isLive;
  }

  get energyDbfs(): number {
    return this.#audio.hearing.energyDbfs;
  }

  get digits(): string {
    return this.#audio.hearing.digits;
  }

  async hangUp(): Promise<void> {
    const bye = this.#dialog.bye();
    await this.ended;
    const patience = new AbortController();
    await Promise.race([
      bye,
      sleep(BYE_MS, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
    await this.#audio.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.hangUp();
  }

  async key(digits: string): Promise<void> {
    try {
      await this.#audio.leg.sendDtmf(digits);
    } catch (cause) {
      if (!(cause instanceof MediaError)) throw cause;
      const isOver = cause.code === 'CLOSED';
      throw isOver
        ? new PhoneError('ended', 'The call has ended', { cause })
        : new PhoneError('invalid', cause.message, { cause });
    }
  }

  playTone(
    frequencyHz: number,
    options: { readonly durationMs?: number; readonly levelDbfs?: number } = {},
  ): Playing {
    const { durationMs = Infinity, levelDbfs = TONE_DBFS } = options;
    return this.#play(toneSource({ frequenciesHz: [frequencyHz], durationMs, levelDbfs }));
  }

  play(samples: Int16Array | Uint8Array): Playing {
    if (samples instanceof Int16Array) return this.#play(samplesSource(samples));
    const audio = decodeAudio(samples, 'audio/wav');
    if (!audio.ok) throw new PhoneError('invalid', audio.error.message);
    return this.#play(samplesSource(audio.value.samples));
  }

  hears(sound: Sound, options?: { readonly timeoutMs?: number }): Promise<void> {
    return this.#audio.hearing.hears(sound, options);
  }

  onDigit(listener: (digit: string) => void): () => void {
    return this.#audio.hearing.onDigit(listener);
  }

  record(): { stop(): Int16Array } {
    return this.#audio.hearing.record();
  }

  hold(): Promise<void> {
    return this.#offer(true);
  }

  resume(): Promise<void> {
    return this.#offer(false);
  }

  stats(): MediaLegStats {
    return this.#audio.leg.stats();
  }

  #play(source: AudioSource): Playing {
    const abort = new AbortController();
    const played = this.#audio.leg.play(source, { signal: abort.signal });
    return {
      stop: () => {
        abort.abort();
      },
      done: played.then(() => undefined),
    };
  }

  async #offer(held: boolean): Promise<void> {
    const before = this.#audio.held;
    this.#audio.held = held;
    try {
      this.#audio.accept(await this.#dialog.reinvite(this.#audio.offer()));
    } catch (cause) {
      this.#audio.held = before;
      if (!(cause instanceof SipCallError)) throw cause;
      const code = cause.code === 'refused' || cause.code === 'ended' ? cause.code : 'failed';
      const what = held ? 'hold' : 'resume';
      throw new PhoneError(code, `Cannot ${what} the call: ${cause.message}`, {
        status: cause.status,
        cause,
      });
    }
  }

  /** Undefined refuses with 488. */
  #takeOffer(offer: string | undefined): string | undefined {
    if (offer === undefined) return this.#audio.offer();
    try {
      return this.#audio.answer(offer);
    } catch (error) {
      if (error instanceof PhoneError) return undefined;
      throw error;
    }
  }

  async #end(): Promise<{ readonly by: 'us' | 'peer' | 'timeout' }> {
    const { by } = await this.#dialog.ended;
    this.#isLive = false;
    const who = by === 'local' ? 'us' : by === 'remote' ? 'peer' : 'timeout';
    this.#audio.hearing.end(new PhoneError('ended', endTexts[who]));
    void this.#audio.close();
    return { by: who };
  }
}

const endTexts = {
  us: 'We hung up',
  peer: 'The other side hung up',
  timeout: 'The other side was no longer there',
} as const;
