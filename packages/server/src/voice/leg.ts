import {
  createSrtpKeys,
  MediaError,
  type MediaLeg,
  type OpenLegOptions,
  type SrtpKey,
} from '@tutti/media';
import {
  answerAudioOffer,
  type AudioOptions,
  type IncomingCall,
  type IncomingRefer,
  type InviteOptions,
  type NegotiatedAudio,
  type OutgoingResult,
  type SipResponse,
  createAudioOffer,
  readAudioAnswer,
  readInfoDigit,
  SipCallError,
} from '@tutti/sip';
import { deferred } from '../base/deferred.ts';
import type { VoiceContext } from './context.ts';
import { EarlyKeys } from './early-keys.ts';
import { ownDialog, type LegDialog } from './own-dialog.ts';

const NO_MEDIA = 'No port was free for its audio. Widen TUTTI_RTP_PORTS.';
const CODECS = ['PCMU', 'PCMA'] as const;
/** Between two legs of ours. */
const LOOPBACK = '127.0.0.1';
const TELEPHONE_EVENT = 101;
const FRAME_MS = 20;
/** How long the last packet from a leg of ours to another is waited for: on the loopback it may even be lost. */
const ARRIVAL_FRAMES_MAX = 25;
/** What has left the jitter buffer and is being mixed. */
const MIXED_FRAMES = 2;

/** How answering somebody came out; `gone`: they have given up, or sent no ACK. */
export type AnswerOutcome =
  | { readonly kind: 'answered'; readonly leg: Leg }
  | { readonly kind: 'bad-sdp'; readonly problem: string }
  | { readonly kind: 'gone' };

/** RFC 3261 §8.1.3.1; for a phone whose connection is gone, RFC 5626 §5.3 as a caller sees it. */
const STATUS_OF_FAILURE = { timeout: 408, transport: 503, flow: 480 } as const;

/** How long a call that was given up waits for the peer to say so; Twilio adds as much to its time-outs. */
const CANCEL_MS = 2000;

/** How an attempt to reach somebody came out. */
export type DialOutcome =
  | { readonly kind: 'answered'; readonly leg: Leg }
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly reason: string;
      readonly response: SipResponse;
    }
  | { readonly kind: 'canceled' }
  | {
      readonly kind: 'failed';
      readonly problem: string;
      readonly badSdp: boolean;
      /** What the failure counts as, where no answer came. */
      readonly sipStatus?: number;
    };

export interface DialTarget {
  /** Request-URI. */
  readonly uri: string;
  /** Where it is sent instead of where the URI points. */
  readonly proxy?: string | undefined;
  readonly flow?: InviteOptions['flow'] | undefined;
  readonly also?: InviteOptions['also'] | undefined;
  readonly from: string;
  readonly credentials?: { readonly username: string; readonly password: string } | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long it may be silent; default: as long as RFC 3261 has it. */
  readonly patienceMs?: number;
  readonly onRinging: () => void;
  readonly signal: AbortSignal;
}

/** How the peer took it that it was to call somebody else, RFC 3515. */
export interface ReferOutcome {
  /** The status of its answer to REFER; undefined when there was none. */
  readonly answered: number | undefined;
  /** The last status that it told of its call there, by NOTIFY. */
  readonly told: number | undefined;
}

/** One answered side of a call: its SIP dialog and its audio. Closing it hangs up. */
export class Leg implements AsyncDisposable {
  readonly media: MediaLeg;
  /** Resolves once the dialog has ended, whoever ended it. */
  readonly ended: Promise<void>;
  readonly #dialog: LegDialog;
  readonly #keys: EarlyKeys;
  readonly #stopKeeping: () => void;
  #closing: Promise<void> | undefined;
  /** The leg of this process that it talks to. */
  #peer: Leg | undefined;

  private constructor(
    dialog: LegDialog,
    { media, srtpKeys, keys, stopKeeping }: OpenMedia,
    { sessionId, sdp }: OwnDescription,
    context: VoiceContext,
  ) {
    this.#dialog = dialog;
    this.#keys = keys;
    this.#stopKeeping = stopKeeping;
    this.media = media;
    this.ended = dialog.ended.then(() => this.close());
    dialog.setInfoHandler((info) => {
      const key = readInfoDigit(info);
      if (key !== undefined) media.takeDigit(key.digit);
    });
    // What the peer makes of an offer that its re-INVITE asked us for.
    let offered: readonly SrtpKey[] | undefined;
    dialog.setAnswerHandler((sdp) => {
      const answer = readAudioAnswer(sdp, offered);
      if (answer.ok) connect(media, answer.value);
    });
    let version = 1;
    let described = sdp;
    dialog.setOfferHandler((offer) => {
      version += 1;
      const own = { ...audioOptions(context, media, sessionId), sessionVersion: version };
      if (offer === undefined) {
        // A call keeps the protection it has.
        offered = media.stats().isProtected ? srtpKeys : undefined;
        described = createAudioOffer({ ...withCrypto(own, offered), previous: described });
        return described;
      }
      const answer = answerAudioOffer(offer, withCrypto(own, srtpKeys));
      const problem = answer.ok ? unprotected(media, answer.value) : answer.error.message;
      if (!answer.ok || problem !== undefined) {
        context.log.warn({ callId: dialog.callId, problem }, 'offer refused');
        return undefined;
      }
      connect(media, answer.value);
      described = answer.value.sdp;
      return described;
    });
  }

  /** Dials. Opens the audio first, so that early media has somewhere to go. Never rejects. */
  static async dial(context: VoiceContext, target: DialTarget): Promise<DialOutcome> {
    const open = await openMedia(context);
    if (open === undefined) return { kind: 'failed', problem: NO_MEDIA, badSdp: false };
    const { media } = open;
    const sessionId = context.actions.clock.now();
    const offered = goesOverTls(target.proxy ?? target.uri) ? open.srtpKeys : undefined;
    const sdp = createAudioOffer(withCrypto(audioOptions(context, media, sessionId), offered));
    let result: OutgoingResult;
    try {
      const call = context.sip.invite({
        uri: target.uri,
        from: target.from,
        sdp,
        ...(target.proxy === undefined ? {} : { proxy: target.proxy }),
        ...(target.flow === undefined ? {} : { flow: target.flow }),
        ...(target.also === undefined ? {} : { also: target.also }),
        ...(target.credentials === undefined ? {} : { credentials: target.credentials }),
        ...(target.headers === undefined ? {} : { headers: target.headers }),
        ...(target.patienceMs === undefined ? {} : { patienceMs: target.patienceMs }),
        onProvisional: ({ status }) => {
          if (status === 180 || status === 183) target.onRinging();
        },
      });
      const givenUp = deferred<OutgoingResult>();
      let cancelPatience: () => void = () => undefined;
      const cancel = (): void => {
        call.cancel();
        // A peer that never said a word cannot be sent CANCEL (RFC 3261 §9.1); its call is not kept waiting for it.
        cancelPatience = context.actions.clock.after(CANCEL_MS, () =>
          givenUp.resolve({ kind: 'canceled' }),
        );
      };
      if (target.signal.aborted) cancel();
      target.signal.addEventListener('abort', cancel, { once: true });
      result = await Promise.race([call.result, givenUp.promise]);
      target.signal.removeEventListener('abort', cancel);
      cancelPatience();
    } catch (error) {
      // The stack refuses what cannot be put on the wire, a line break in a URI say.
      await media.close();
      return {
        kind: 'failed',
        problem: error instanceof Error ? error.message : 'unknown',
        badSdp: false,
      };
    }
    if (result.kind === 'answered') {
      const answer = readAudioAnswer(result.sdp, offered);
      const leg = new Leg(result.dialog, open, { sessionId, sdp }, context);
      if (answer.ok) {
        connect(media, answer.value);
        return { kind: 'answered', leg };
      }
      await leg.close();
      return { kind: 'failed', problem: answer.error.message, badSdp: true };
    }
    await media.close();
    switch (result.kind) {
      case 'refused':
        return result;
      case 'canceled':
        return { kind: 'canceled' };
      case 'failed':
        return {
          kind: 'failed',
          problem: result.message,
          ...(result.cause === 'malformed'
            ? { badSdp: true }
            : { badSdp: false, sipStatus: STATUS_OF_FAILURE[result.cause] }),
        };
    }
  }

  /** Answers an INVITE; one without a codec in common gets 488. Never rejects. */
  static async answer(context: VoiceContext, incoming: IncomingCall): Promise<AnswerOutcome> {
    const open = await openMedia(context);
    if (open === undefined) {
      incoming.reject(503);
      return { kind: 'gone' };
    }
    const { media } = open;
    const sessionId = context.actions.clock.now();
    const own = audioOptions(context, media, sessionId);
    try {
      if (incoming.offer === undefined) {
        // Delayed offer: ours goes out with the 200, theirs comes with the ACK (RFC 3264 §5).
        const offered = incoming.source.transport === 'tls' ? open.srtpKeys : undefined;
        const sdp = createAudioOffer(withCrypto(own, offered));
        const dialog = await incoming.answer(sdp);
        const answer = readAudioAnswer(dialog.remoteSdp ?? '', offered);
        const leg = new Leg(dialog, open, { sessionId, sdp }, context);
        if (answer.ok) {
          connect(media, answer.value);
          return { kind: 'answered', leg };
        }
        await leg.close();
        return { kind: 'bad-sdp', problem: answer.error.message };
      }
      const answer = answerAudioOffer(incoming.offer, withCrypto(own, open.srtpKeys));
      if (!answer.ok) {
        incoming.reject(488);
        await media.close();
        return { kind: 'bad-sdp', problem: answer.error.message };
      }
      connect(media, answer.value);
      const { sdp } = answer.value;
      const dialog = await incoming.answer(sdp);
      return { kind: 'answered', leg: new Leg(dialog, open, { sessionId, sdp }, context) };
    } catch (err) {
      // Cancelled, or no ACK came: the stack has cleared the call away.
      context.log.info({ err, callId: incoming.callId }, 'call not answered');
      await media.close();
      return { kind: 'gone' };
    }
  }

  /**
   * Two legs that are each other's peer, for a call between two of this server: what one plays, the other hears. Closing
   * one ends both. Undefined when there is no port for them.
   */
  static async pair(context: VoiceContext): Promise<readonly [Leg, Leg] | undefined> {
    const loopback = { host: LOOPBACK };
    const [one, other] = await Promise.all([
      openMedia(context, loopback),
      openMedia(context, loopback),
    ]);
    if (one === undefined || other === undefined) {
      await (one ?? other)?.media.close();
      return undefined;
    }
    const common = {
      host: LOOPBACK,
      codec: 'PCMU',
      telephoneEventPayloadType: TELEPHONE_EVENT,
    } as const;
    one.media.connect({ ...common, port: other.media.localPort });
    other.media.connect({ ...common, port: one.media.localPort });
    const dialog = ownDialog();
    const sessionId = context.actions.clock.now();
    const legs = [one, other].map(
      (each) => new Leg(dialog, each, { sessionId, sdp: '' }, context),
    ) as [Leg, Leg];
    [legs[0].#peer, legs[1].#peer] = [legs[1], legs[0]];
    return legs;
  }

  /**
   * Resolves when a peer in this process has passed on what was played here: of its sound, the last is still on the way
   * when the playing is over. At once for any other peer, whose BYE comes after its sound.
   */
  async heard(): Promise<void> {
    const media = this.#peer?.media;
    if (media === undefined || this.isClosed) return;
    const sent = this.media.stats().packetsSent;
    const passed = deferred();
    let patience = ARRIVAL_FRAMES_MAX;
    let left: number | undefined;
    const stop = media.onFrames(() => {
      if (left === undefined) {
        const { packetsReceived, bufferMs } = media.stats();
        patience -= 1;
        if (packetsReceived < sent && patience > 0) return;
        left = Math.ceil(bufferMs / FRAME_MS) + MIXED_FRAMES;
      } else left -= 1;
      if (left === 0) passed.resolve();
    });
    await Promise.race([passed.promise, this.ended]);
    stop();
  }

  /** The keys that were pressed before anybody could ask for them, once. */
  takeEarlyKeys(): string {
    this.#stopKeeping();
    return this.#keys.take();
  }

  /** Presses keys; without effect once the leg is closed. */
  async sendDigits(digits: string, signal: AbortSignal): Promise<void> {
    if (this.#closing === undefined) await this.media.sendDtmf(digits, { signal });
  }

  /** Asks the peer to call `target` instead; resolves when it has told how that came out, or nothing more can be told. */
  async refer(target: string): Promise<ReferOutcome> {
    let told: number | undefined;
    try {
      await this.#dialog.refer(target, ({ status }) => {
        told = status;
      });
      return { answered: 202, told };
    } catch (error) {
      if (!(error instanceof SipCallError)) throw error;
      // What it tells, it tells of a wish that it has accepted.
      return { answered: error.status ?? (told === undefined ? undefined : 202), told };
    }
  }

  /** Gives the wish of the peer that we call somebody else to `listener`, until stopped; declined when nobody listens. */
  onRefer(listener: (refer: IncomingRefer) => void): () => void {
    this.#dialog.setReferHandler(listener);
    return () => this.#dialog.setReferHandler((refer) => refer.reject(603));
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /** Frees the audio and says BYE; who hears it need not be waited for. May be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    void this.#dialog.bye();
    await this.media.close();
  }
}

/** Why a call that is protected does not go on like that: what was safe to say would be no longer. */
function unprotected(media: MediaLeg, { srtp }: NegotiatedAudio): string | undefined {
  if (srtp !== undefined || !media.stats().isProtected) return undefined;
  return 'Plain RTP was offered in a call over SRTP, which goes on over SRTP alone';
}

/** Whether we have a codec in common with the offer, and would answer with SRTP; a call without an offer takes ours. */
export function canHear(
  offer: string | undefined,
):
  | { readonly ok: true; readonly isProtected: boolean }
  | { readonly ok: false; readonly problem: string } {
  if (offer === undefined) return { ok: true, isProtected: true };
  const answer = answerAudioOffer(offer, {
    host: '127.0.0.1',
    port: 9,
    codecs: CODECS,
    sessionId: 0,
    crypto: createSrtpKeys(),
  });
  return answer.ok
    ? { ok: true, isProtected: answer.value.srtp !== undefined }
    : { ok: false, problem: answer.error.message };
}

/** What the peer was told of our side: the last of it, under the id that stays. */
interface OwnDescription {
  readonly sessionId: number;
  readonly sdp: string;
}

interface OpenMedia {
  readonly media: MediaLeg;
  /** What it protects its sound with, where the peer does too: the same from first to last. */
  readonly srtpKeys: readonly SrtpKey[];
  readonly keys: EarlyKeys;
  readonly stopKeeping: () => void;
}

/** Undefined when there is no port for it. */
async function openMedia(
  { media: engine, config, log }: VoiceContext,
  where: OpenLegOptions = { host: config.host, portRange: config.rtpPorts },
): Promise<OpenMedia | undefined> {
  try {
    const media = await engine.openLeg(where);
    // A peer may press them while the answer is still on its way to us.
    const keys = new EarlyKeys();
    const stopKeeping = media.onDigit((key) => keys.push(key));
    return { media, srtpKeys: createSrtpKeys(), keys, stopKeeping };
  } catch (err) {
    // A call that is dialled while the server stops finds no port, and that is as it should be.
    const isStopping = err instanceof MediaError && err.code === 'CLOSED';
    log[isStopping ? 'debug' : 'error']({ err }, 'no port for audio');
    return undefined;
  }
}

function audioOptions({ config }: VoiceContext, media: MediaLeg, sessionId: number) {
  return { host: config.advertisedHost, port: media.localPort, codecs: CODECS, sessionId };
}

function withCrypto<T extends AudioOptions>(
  options: T,
  crypto: readonly SrtpKey[] | undefined,
): T | (T & { readonly crypto: readonly SrtpKey[] }) {
  return crypto === undefined ? options : { ...options, crypto };
}

/** Keys in an SDP are as secret as the signalling (RFC 4568 §8.3): they are offered over TLS alone. */
function goesOverTls(uri: string): boolean {
  return /^sips:|;transport=tls(?![a-z])/i.test(uri);
}

function connect(media: MediaLeg, audio: NegotiatedAudio): void {
  const { telephoneEventPayloadType: events, otherCodec, payloadType } = audio;
  // Whoever names another number in an answer still sends by that of our offer: RFC 3264 §6.1.
  const mayUseOurs = events !== undefined && payloadType !== TELEPHONE_EVENT;
  media.connect({
    host: audio.remoteHost,
    port: audio.remotePort,
    codec: audio.codec,
    payloadType,
    direction: audio.direction,
    srtp: audio.srtp,
    telephoneEventPayloadType: events,
    alsoReceived: {
      codec: otherCodec,
      telephoneEventPayloadType: mayUseOurs ? TELEPHONE_EVENT : undefined,
    },
  });
}
