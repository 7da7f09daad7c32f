import { fail, ok, type Result } from '../result.ts';
import { type CryptoKey, readCrypto, type TaggedCrypto } from './crypto.ts';
import type {
  SdpAttribute,
  SdpError,
  SdpMedia,
  SessionDescription,
} from './session-description.ts';

export const AUDIO_CODECS = ['PCMU', 'PCMA'] as const;

export type AudioCodec = (typeof AUDIO_CODECS)[number];

/** Static payload types: RFC 3551 §6. */
export const STATIC_PAYLOAD: Readonly<Record<AudioCodec, number>> = { PCMU: 0, PCMA: 8 };

const DIRECTIONS = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const;

export type Direction = (typeof DIRECTIONS)[number];

/** One audio stream both sides agree on. */
export interface NegotiatedAudio {
  /** Where our RTP goes; not meaningful when `direction` forbids sending. */
  readonly remoteHost: string;
  readonly remotePort: number;
  readonly codec: AudioCodec;
  readonly payloadType: number;
  /** Of an answer that names two codecs: the one that its peer may go over to without a word, RFC 3264 §7. */
  readonly otherCodec?: { readonly codec: AudioCodec; readonly payloadType: number };
  /** RFC 4733 events at 8000 Hz, when both sides have them; by this number the peer takes them. */
  readonly telephoneEventPayloadType?: number;
  /** What the peer wants to receive; 20 when it does not say. */
  readonly ptimeMs: number;
  /** As seen from here: `sendonly` means we may send and will hear nothing. */
  readonly direction: Direction;
  /** Each side's key of SRTP; absent when the audio is not protected. */
  readonly srtp?: { readonly send: CryptoKey; readonly receive: CryptoKey };
}

const DEFAULT_PTIME_MS = 20;

/**
 * Those whose packets we can read. Feedback (RFC 4585, RFC 5124) changes when RTCP may be sent and what else may be in it;
 * who gives none is still within the profile.
 */
export const PLAIN = ['RTP/AVP', 'RTP/AVPF'] as const;
export const SECURE = ['RTP/SAVP', 'RTP/SAVPF'] as const;

/** An audio stream that can be taken. */
export interface FoundAudio {
  readonly media: SdpMedia;
  readonly index: number;
  /** The peer's key and ours, under the tag of the offer; undefined over plain RTP. */
  readonly crypto: { readonly theirs: TaggedCrypto; readonly ours: TaggedCrypto } | undefined;
}

/**
 * The first audio stream that is not refused and that can be taken: over SRTP if one of our keys
 * has the suite of a line of theirs, else over plain RTP.
 */
export function findAudio(
  session: SessionDescription,
  keys: readonly CryptoKey[] = [],
): FoundAudio | undefined {
  const found = session.media.flatMap((media, index): FoundAudio[] => {
    if (media.type !== 'audio' || media.port === 0) return [];
    if (isOver(PLAIN, media)) return [{ media, index, crypto: undefined }];
    const crypto = isOver(SECURE, media) ? agreedCrypto(media, keys) : undefined;
    return crypto === undefined ? [] : [{ media, index, crypto }];
  });
  return found.find(({ crypto }) => crypto !== undefined) ?? found[0];
}

function isOver(protocols: readonly string[], { protocol }: SdpMedia): boolean {
  return protocols.includes(protocol);
}

function agreedCrypto(media: SdpMedia, keys: readonly CryptoKey[]): FoundAudio['crypto'] {
  for (const theirs of readCrypto(media.attributes)) {
    const ours = keys.find(({ suite }) => suite === theirs.suite);
    if (ours !== undefined) return { theirs, ours: { ...ours, tag: theirs.tag } };
  }
  return undefined;
}

/** Reads what the peer says of its audio stream, taking the first of its codecs that we have. */
export function readAudio(
  session: SessionDescription,
  { media, crypto }: FoundAudio,
  codecs: readonly AudioCodec[],
): Result<NegotiatedAudio, SdpError> {
  const connection = media.connection ?? session.connection;
  if (connection === undefined) return fail({ code: 'syntax', message: 'No c= line' });
  const encodings = readEncodings(media.attributes);
  const formats = media.formats.filter(isPayloadType);
  // The order of formats is the peer's preference: RFC 3264 §5.1.
  const common = formats.flatMap((format) => {
    const codec = codecs.find((name) => isCodec(encodings, format, name));
    return codec === undefined ? [] : [{ codec, payloadType: Number(format) }];
  });
  const [first] = common;
  if (first === undefined) {
    return fail({ code: 'no-codec', message: `No codec in common: ${media.formats.join(' ')}` });
  }
  const otherCodec = common.find(({ codec }) => codec !== first.codec);
  const event = formats.find((other) => encodings.get(other) === 'TELEPHONE-EVENT/8000');
  return ok({
    remoteHost: connection.address,
    remotePort: media.port,
    ...first,
    ...(otherCodec === undefined ? {} : { otherCodec }),
    ...(event === undefined ? {} : { telephoneEventPayloadType: Number(event) }),
    ptimeMs: readPtime(media.attributes),
    direction: ourDirection(session, media, connection.address),
    ...(crypto === undefined ? {} : { srtp: { send: crypto.ours, receive: crypto.theirs } }),
  });
}

/** What each `a=rtpmap` says of its format, in upper case; the first counts. */
function readEncodings(attributes: readonly SdpAttribute[]): ReadonlyMap<string, string> {
  const encodings = new Map<string, string>();
  for (const { name, value = '' } of attributes) {
    const blank = value.indexOf(' ');
    const format = value.slice(0, blank);
    if (name !== 'rtpmap' || blank === -1 || encodings.has(format)) continue;
    // One channel may be said or left out: RFC 8866 §6.6.
    const encoding = value
      .slice(blank + 1)
      .trim()
      .toUpperCase();
    encodings.set(format, encoding.replace(/\/1$/, ''));
  }
  return encodings;
}

/** Seven bits of the RTP header: RFC 3550 §5.1. */
function isPayloadType(format: string): boolean {
  return /^(?:0|[1-9]\d{0,2})$/.test(format) && Number(format) <= 127;
}

function isCodec(
  encodings: ReadonlyMap<string, string>,
  format: string,
  codec: AudioCodec,
): boolean {
  // Static numbers need no rtpmap: RFC 3551 §6.
  const encoding = encodings.get(format) ?? '';
  if (encoding === '') return Number(format) === STATIC_PAYLOAD[codec];
  return encoding === `${codec}/8000`;
}

function readPtime(attributes: readonly SdpAttribute[]): number {
  const value = attributes.find(({ name }) => name === 'ptime')?.value ?? '';
  const ptimeMs = /^\d{1,3}$/.test(value) ? Number(value) : DEFAULT_PTIME_MS;
  return ptimeMs >= 10 && ptimeMs <= 200 ? ptimeMs : DEFAULT_PTIME_MS;
}

const MIRROR: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};

function ourDirection(session: SessionDescription, media: SdpMedia, address: string): Direction {
  // The stream's own word, else the session's, else both ways: RFC 3264 §5.1.
  const theirs = directionOf(media.attributes) ?? directionOf(session.attributes) ?? 'sendrecv';
  const ours = MIRROR[theirs];
  // The hold of RFC 2543: nothing may be sent to this address, RFC 3264 §8.4.
  if (address !== '0.0.0.0' && address !== '::') return ours;
  return withoutSending(ours);
}

/** What remains of a direction when nothing may be sent. */
function withoutSending(direction: Direction): Direction {
  return direction === 'sendrecv' || direction === 'recvonly' ? 'recvonly' : 'inactive';
}

function directionOf(attributes: readonly SdpAttribute[]): Direction | undefined {
  for (const { name } of attributes) {
    const direction = DIRECTIONS.find((word) => word === name);
    if (direction !== undefined) return direction;
  }
  return undefined;
}
