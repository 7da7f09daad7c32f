import { createHmac, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { ReplayWindow } from './replay-window.ts';
import { RTP_HEADER_BYTES } from './rtp-packet.ts';
import { deriveRtcpKeys, deriveRtpKeys } from './srtp-key.ts';
import type { SessionKeys, SrtpKey } from './srtp-key.ts';
import { RTCP_CLEAR_BYTES, RTCP_INDEX_BYTES } from './srtp-sender.ts';

const SEQUENCE_MODULUS = 65_536;
const HALF_CYCLE = 32_768;
/** A peer has one source at a time, and a new one after a transfer; the oldest is forgotten. */
const MAX_SOURCES = 8;

/** Reads what a peer protects with one key. RFC 3711 */
export class SrtpReceiver {
  readonly key: SrtpKey;
  readonly #rtp: SessionKeys;
  readonly #rtcp: SessionKeys;
  /** By SSRC; only sources that have proved that they hold the key. RFC 3711 §3.2.3 */
  readonly #rtpWindows = new Map<number, ReplayWindow>();
  readonly #rtcpWindows = new Map<number, ReplayWindow>();

  constructor(key: SrtpKey) {
    this.key = key;
    this.#rtp = deriveRtpKeys(key);
    this.#rtcp = deriveRtcpKeys(key);
  }

  /** The RTP packet within, deciphered in place. Undefined: forged, damaged or repeated. */
  unprotectRtp(bytes: Buffer): Buffer | undefined {
    const { counter, authentication, tagBytes } = this.#rtp;
    const length = bytes.length - tagBytes;
    const payloadStart = headerBytes(bytes, length);
    if (payloadStart === undefined) {
      return undefined;
    }
    const ssrc = bytes.readUInt32BE(8);
    const window = this.#rtpWindows.get(ssrc);
    const index = packetIndex(bytes.readUInt16BE(2), window?.highest ?? -1);
    if (index < 0 || window?.has(index) === true) {
      return undefined;
    }
    const rollOvers = Buffer.alloc(4);
    rollOvers.writeUInt32BE(Math.floor(index / SEQUENCE_MODULUS));
    const tag = hmac(authentication, bytes.subarray(0, length), rollOvers);
    if (!timingSafeEqual(tag.subarray(0, tagBytes), bytes.subarray(length))) {
      return undefined;
    }
    remember(this.#rtpWindows, ssrc, index);
    counter.apply(bytes, payloadStart, length, ssrc, index);
    return bytes.subarray(0, length);
  }

  /** The compound packet within, deciphered in place. Undefined: forged, damaged or repeated. */
  unprotectRtcp(bytes: Buffer): Buffer | undefined {
    const { counter, authentication, tagBytes } = this.#rtcp;
    const authenticated = bytes.length - tagBytes;
    const length = authenticated - RTCP_INDEX_BYTES;
    if (length < RTCP_CLEAR_BYTES) {
      return undefined;
    }
    const ssrc = bytes.readUInt32BE(4);
    const indexWord = bytes.readUInt32BE(length);
    const index = indexWord & 0x7fff_ffff;
    if (this.#rtcpWindows.get(ssrc)?.has(index) === true) {
      return undefined;
    }
    const tag = hmac(authentication, bytes.subarray(0, authenticated));
    if (!timingSafeEqual(tag.subarray(0, tagBytes), bytes.subarray(authenticated))) {
      return undefined;
    }
    remember(this.#rtcpWindows, ssrc, index);
    if (indexWord !== index) {
      counter.apply(bytes, RTCP_CLEAR_BYTES, length, ssrc, index);
    }
    return bytes.subarray(0, length);
  }
}

/** Undefined: shorter than its header says, or not RTP. RFC 3550 §5.1, §5.3.1 */
function headerBytes(bytes: Buffer, length: number): number | undefined {
  if (length < RTP_HEADER_BYTES) {
    return undefined;
  }
  const first = bytes.readUInt8(0);
  let start = RTP_HEADER_BYTES + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    start += 4 + (start + 4 <= length ? bytes.readUInt16BE(start + 2) * 4 : length);
  }
  return first >> 6 === 2 && start <= length ? start : undefined;
}

/** The index nearest to the highest so far. RFC 3711 §3.3.1, appendix A */
function packetIndex(sequence: number, highest: number): number {
  if (highest < 0) {
    return sequence;
  }
  const cycle = highest - (highest % SEQUENCE_MODULUS);
  const index = cycle + sequence;
  if (index - highest > HALF_CYCLE) {
    return index - SEQUENCE_MODULUS;
  }
  return highest - index > HALF_CYCLE ? index + SEQUENCE_MODULUS : index;
}

function hmac(key: KeyObject, ...parts: readonly Buffer[]): Buffer {
  const mac = createHmac('sha1', key);
  for (const part of parts) {
    mac.update(part);
  }
  return mac.digest();
}

function remember(windows: Map<number, ReplayWindow>, ssrc: number, index: number): void {
  let window = windows.get(ssrc);
  if (window === undefined) {
    const oldest = windows.keys().next();
    if (windows.size >= MAX_SOURCES && oldest.done === false) {
      windows.delete(oldest.value);
    }
    window = new ReplayWindow();
    windows.set(ssrc, window);
  }
  window.add(index);
}
