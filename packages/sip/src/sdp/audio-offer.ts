import { isIP } from 'node:net';

import { refuseLineBreak } from '../message/params.ts';
import { fail, ok, type Result } from '../result.ts';
import { formatSdp } from './format-sdp.ts';
import {
  AUDIO_CODECS,
  type AudioCodec,
  type Direction,
  findAudio,
  type NegotiatedAudio,
  readAudio,
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
}

export interface AudioOfferOptions extends AudioOptions {
  /** Offers DTMF events of RFC 4733; default true. */
  readonly telephoneEvent?: boolean;
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
  return formatSdp(describe(options, [audio(options, streams, event, options.direction)]));
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
  const found = findAudio(offer.value);
  if (found === undefined) return fail({ code: 'no-audio', message: 'No audio over RTP/AVP' });
  const agreed = readAudio(offer.value, found.media, options.codecs);
  if (!agreed.ok) return agreed;
  const { codec, payloadType, telephoneEventPayloadType } = agreed.value;
  const direction = narrow(agreed.value.direction, options.direction ?? 'sendrecv');
  const ours = audio(
    options,
    [{ codec, payload: payloadType }],
    telephoneEventPayloadType,
    direction,
  );
  // As many streams as offered, in the same order: RFC 3264 §6.
  const media = offer.value.media.map((theirs, index) =>
    index === found.index ? ours : refused(theirs),
  );
  return ok({ ...agreed.value, direction, sdp: formatSdp(describe(options, media)) });
}

/** Reads the answer to an offer of `createAudioOffer`. */
export function readAudioAnswer(answerSdp: string): Result<NegotiatedAudio, SdpError> {
  const answer = parseSdp(answerSdp);
  if (!answer.ok) return answer;
  const found = findAudio(answer.value);
  if (found === undefined) return fail({ code: 'rejected', message: 'The audio was refused' });
  return readAudio(answer.value, found.media, AUDIO_CODECS);
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

function audio(
  options: AudioOptions,
  streams: readonly { readonly codec: AudioCodec; readonly payload: number }[],
  event: number | undefined,
  direction: Direction = 'sendrecv',
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
  attributes.push({ name: 'ptime', value: String(options.ptimeMs ?? 20) }, { name: direction });
  return {
    type: 'audio',
    port: options.port,
    protocol: 'RTP/AVP',
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
