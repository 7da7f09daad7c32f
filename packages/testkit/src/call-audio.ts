import type { MediaEngine, MediaLeg } from '@tutti/media';
import {
  answerAudioOffer,
  type AudioCodec,
  createAudioOffer,
  formatSdp,
  type NegotiatedAudio,
  parseSdp,
  readAudioAnswer,
} from '@tutti/sip';
import { Hearing } from './hearing.ts';
import { PhoneError } from './phone-error.ts';

export interface CallAudioOptions {
  readonly engine: MediaEngine;
  readonly host: string;
  readonly codecs: readonly AudioCodec[];
  readonly telephoneEvent: boolean;
}

/** One call's sound: the RTP socket, what both sides have agreed on, and what is heard. */
export class CallAudio {
  readonly leg: MediaLeg;
  readonly hearing: Hearing;
  /** Whether we hold the call; counts from the next offer or answer on. */
  held = false;
  readonly #options: CallAudioOptions;
  readonly #closeListeners: (() => void)[] = [];
  #version = 0;
  #agreed: NegotiatedAudio | undefined;

  private constructor(leg: MediaLeg, options: CallAudioOptions) {
    this.leg = leg;
    this.#options = options;
    this.hearing = new Hearing(leg);
  }

  static async open(options: CallAudioOptions): Promise<CallAudio> {
    return new CallAudio(await options.engine.openLeg({ host: options.host }), options);
  }

  /** An offer of what we have; once there is an agreement, of that codec only. */
  offer(): string {
    const { codecs, telephoneEvent } = this.#options;
    return createAudioOffer({
      ...this.#describe(),
      codecs: this.#agreed === undefined ? codecs : [this.#agreed.codec],
      telephoneEvent,
    });
  }

  /** Takes the peer's offer and starts the audio. @throws PhoneError when nothing fits. */
  answer(offer: string): string {
    const { codecs, telephoneEvent } = this.#options;
    const answer = answerAudioOffer(telephoneEvent ? offer : withoutEvents(offer), {
      ...this.#describe(),
      codecs,
    });
    if (!answer.ok) throw new PhoneError('failed', answer.error.message, { status: 488 });
    this.#connect(answer.value);
    return answer.value.sdp;
  }

  /** Takes the peer's answer to our offer. @throws PhoneError when it cannot be used. */
  accept(answer: string): void {
    const agreed = readAudioAnswer(answer);
    if (!agreed.ok) throw new PhoneError('failed', `Unusable answer: ${agreed.error.message}`);
    this.#connect(agreed.value);
  }

  onClose(listener: () => void): void {
    this.#closeListeners.push(listener);
  }

  /** Frees the port. May be called again. */
  async close(): Promise<void> {
    for (const listener of this.#closeListeners.splice(0)) listener();
    await this.leg.close();
  }

  #describe() {
    this.#version += 1;
    return {
      host: this.leg.localHost,
      port: this.leg.localPort,
      sessionId: this.leg.localPort,
      sessionVersion: this.#version,
      direction: this.held ? ('sendonly' as const) : ('sendrecv' as const),
    };
  }

  #connect(agreed: NegotiatedAudio): void {
    this.#agreed = agreed;
    const { remoteHost, remotePort, codec, payloadType, direction } = agreed;
    this.leg.connect({
      host: remoteHost,
      port: remotePort,
      codec,
      payloadType,
      direction,
      telephoneEventPayloadType: this.#options.telephoneEvent
        ? agreed.telephoneEventPayloadType
        : undefined,
    });
    this.hearing.setOpen(direction === 'sendrecv' || direction === 'recvonly');
  }
}

/** The offer as a phone reads it that does not know RFC 4733. */
function withoutEvents(offer: string): string {
  const session = parseSdp(offer);
  if (!session.ok) return offer;
  const media = session.value.media.map((stream) => {
    const events = stream.attributes
      .filter(({ name, value = '' }) => name === 'rtpmap' && / telephone-event\//i.test(value))
      .map(({ value = '' }) => value.split(' ', 1)[0] ?? '');
    return { ...stream, formats: stream.formats.filter((format) => !events.includes(format)) };
  });
  return formatSdp({ ...session.value, media });
}
