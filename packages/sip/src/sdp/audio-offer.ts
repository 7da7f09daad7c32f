import { isIP } from 'node:net';

import { refuseLineBreak } from '../message/params.ts';
import { fail, ok, type Result } from '../result.ts';
import { cryptoAttribute, type CryptoKey, type TaggedCrypto } from './crypto.ts';
import { formatSdp } from './format-sdp.ts';
import {
  AUDIO_CODECS,
  type AudioCodec,
  type Direction,
  findAudio,
  type NegotiatedAudio,
  PLAIN,
  readAudio,
  SECURE,
  STATIC_PAYLOAD,
} from './negotiated-audio.ts';
import { parseSdp } from './parse-sdp.ts';
import type {
  SdpAttribute,
  SdpError,
  SdpMedia,
  SessionDescription,
} from './session-description.ts';

export interface AudioOptions {
  /** Where our RTP is received: a numeric address. */
  readonly host: string;
  readonly port: number;
  /** In order of preference. */
  readonly codecs: readonly AudioCodec[];
  readonly sessionId: string | number;
  /** One more for each new description of the same call: RFC 3264 §8. Default 1. */
  readonly sessionVersion?: number;
  /** Offers: default `sendrecv`. Answers: at most what the offer allows, which is the default. */
  readonly direction?: Direction;
  /** Default 20. */
  readonly ptimeMs?: number;
  /**
   * Our keys of SRTP, one of each suite, the preferred first. Offers: over RTP/SAVP alone. Answers:
   * taken where SRTP is offered. Absent: plain RTP only. They are secret as the signalling is.
   */
  readonly crypto?: readonly CryptoKey[];
}

export interface AudioOfferOptions extends AudioOptions {
  /** Offers DTMF events of RFC 4733; default true. */
  readonly telephoneEvent?: boolean;
  /** Our last description in this call, whose streams a new offer keeps in number and order: RFC 3264 §8. */
  readonly previous?: string | undefined;
}

/** An answer to send, and what it agrees to. */
export interface AudioAnswer extends NegotiatedAudio {
  readonly sdp: string;
}

/** The payload type every phone expects events at. */
const EVENT_PAYLOAD = 101;

/** Writes an offer of one audio stream. @throws TypeError for a line break in a value. */
export function createAudioOffer(options: AudioOfferOptions): string {
  const event = options.telephoneEvent === false ? undefined : EVENT_PAYLOAD;
  const streams = options.codecs.map((codec) => ({ codec, payload: STATIC_PAYLOAD[codec] }));
  // The tags 1, 2 and so on, by which the answer chooses: RFC 4568 §5.1.1.
  const crypto = options.crypto?.map((key, index) => ({ ...key, tag: index + 1 }));
  const { direction } = options;
  const previous = parseSdp(options.previous ?? '');
  const before = previous.ok ? previous.value.media : [];
  const place = before.findIndex(({ type, port }) => type === 'audio' && port !== 0);
  const protocols = crypto === undefined ? PLAIN : SECURE;
  const protocol = protocols.find((each) => each === before[place]?.protocol) ?? protocols[0];
  const stream = audio(options, { streams, event, direction, protocol, crypto });
  if (place === -1) return formatSdp(describe(options, [stream]));
  const media = before.map((each, index) => (index === place ? stream : refused(each)));
  return formatSdp(describe(options, media));
}

/**
 * Answers an offer with the first of its codecs that we have, refusing every other stream.
 * No audio or no codec in common is the error, to be answered with 488: RFC 3264 §6.
 */
export function answerAudioOffer(
  offerSdp: string,
  options: AudioOptions,
): Result<AudioAnswer, SdpError> {
  const offer = parseSdp(offerSdp);
  if (!offer.ok) return offer;
  const found = findAudio(offer.value, options.crypto);
  if (found === undefined) {
    const over = options.crypto === undefined ? 'RTP/AVP' : 'RTP/AVP or RTP/SAVP with SDES';
    return fail({ code: 'no-audio', message: `No audio over ${over}` });
  }
  const agreed = readAudio(offer.value, found, options.codecs);
  if (!agreed.ok) return agreed;
  // One codec is answered, and so no other will come.
  const { otherCodec: _other, ...taken } = agreed.value;
  const { codec, payloadType, telephoneEventPayloadType } = taken;
  const direction = narrow(taken.direction, options.direction ?? 'sendrecv');
  const ours = audio(options, {
    streams: [{ codec, payload: payloadType }],
    event: telephoneEventPayloadType,
    direction,
    // The answer is over what was offered: RFC 3264 §6.
    protocol: found.media.protocol,
    crypto: found.crypto && [found.crypto.ours],
  });
  // As many streams as offered, in the same order: RFC 3264 §6.
  const media = offer.value.media.map((theirs, index) =>
    index === found.index ? ours : refused(theirs),
  );
  return ok({ ...taken, direction, sdp: formatSdp(describe(options, media)) });
}

/** Reads the answer to an offer of `createAudioOffer`, given the keys that were offered. */
export function readAudioAnswer(
  answerSdp: string,
  crypto?: readonly CryptoKey[],
): Result<NegotiatedAudio, SdpError> {
  const answer = parseSdp(answerSdp);
  if (!answer.ok) return answer;
  const found = findAudio(answer.value, crypto);
  if (found === undefined) return fail({ code: 'rejected', message: 'The audio was refused' });
  // An answer is over what was offered: RFC 3264 §6. Its tag names the line: RFC 4568 §5.1.3.
  const offered = found.crypto && crypto?.[found.crypto.theirs.tag - 1];
  if (crypto !== undefined && offered?.suite !== found.crypto?.theirs.suite) {
    return fail({ code: 'no-crypto', message: 'The answer is of another line than was offered' });
  }
  if (crypto !== undefined && found.crypto === undefined) {
    return fail({ code: 'no-crypto', message: 'SRTP was offered, and plain RTP answered' });
  }
  return readAudio(answer.value, found, AUDIO_CODECS);
}

function describe(options: AudioOptions, media: readonly SdpMedia[]): SessionDescription {
  const { host, sessionId, sessionVersion = 1 } = options;
  refuseLineBreak(host, 'SDP host');
  const addressType = isIP(host) === 6 ? 'IP6' : 'IP4';
  return {
    origin: {
      username: '-',
      sessionId: String(sessionId),
      sessionVersion: String(sessionVersion),
      addressType,
      address: host,
    },
    name: '-',
    connection: { addressType, address: host },
    bandwidths: [],
    timing: '0 0',
    attributes: [],
    media,
  };
}

interface AudioLines {
  readonly streams: readonly { readonly codec: AudioCodec; readonly payload: number }[];
  readonly event: number | undefined;
  readonly direction: Direction | undefined;
  readonly protocol: string;
  readonly crypto: readonly TaggedCrypto[] | undefined;
}

function audio(
  options: AudioOptions,
  { streams, event, direction = 'sendrecv', protocol, crypto }: AudioLines,
): SdpMedia {
  const formats = streams.map(({ payload }) => String(payload));
  const attributes: SdpAttribute[] = streams.map(({ codec, payload }) => ({
    name: 'rtpmap',
    value: `${payload} ${codec}/8000`,
  }));
  if (event !== undefined) {
    formats.push(String(event));
    attributes.push({ name: 'rtpmap', value: `${event} telephone-event/8000` });
    // The sixteen DTMF digits: RFC 4733 §2.4.1.
    attributes.push({ name: 'fmtp', value: `${event} 0-15` });
  }
  attributes.push(...(crypto ?? []).map(cryptoAttribute));
  attributes.push({ name: 'ptime', value: String(options.ptimeMs ?? 20) }, { name: direction });
  return {
    type: 'audio',
    port: options.port,
    protocol,
    formats,
    bandwidths: [],
    attributes,
  };
}

function refused(media: SdpMedia): SdpMedia {
  const { type, protocol, formats } = media;
  return { type, port: 0, protocol, formats, bandwidths: [], attributes: [] };
}

// Each way is open only when both allow it: RFC 3264 §6.1.
function narrow(allowed: Direction, wanted: Direction): Direction {
  const sends = (direction: Direction): boolean =>
    direction === 'sendrecv' || direction === 'sendonly';
  const receives = (direction: Direction): boolean =>
    direction === 'sendrecv' || direction === 'recvonly';
  const send = sends(allowed) && sends(wanted);
  const receive = receives(allowed) && receives(wanted);
  if (send) return receive ? 'sendrecv' : 'sendonly';
  return receive ? 'recvonly' : 'inactive';
}
