import { createCipheriv, createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { AesCounter } from './aes-counter.ts';

/** Protection by AES in counter mode with 128 bits, authenticated with so many bits. RFC 4568 §6.2 */
export type SrtpSuite = 'AES_CM_128_HMAC_SHA1_80' | 'AES_CM_128_HMAC_SHA1_32';

/** One direction's master key, as exchanged by signalling. */
export interface SrtpKey {
  readonly suite: SrtpSuite;
  /** 16 bytes of master key, then 14 of master salt. RFC 4568 §6.1 */
  readonly keySalt: Uint8Array;
}

/** Bytes of an {@link SrtpKey}'s `keySalt`. */
export const SRTP_KEY_SALT_BYTES = 30;

const KEY_BYTES = 16;
const SALT_BYTES = 14;
const AUTH_KEY_BYTES = 20;

/** Key derivation labels: three of SRTP, then three of SRTCP. RFC 3711 §4.3.1, §4.3.2 */
const RTP_LABELS = { encryption: 0, authentication: 1, salt: 2 };
const RTCP_LABELS = { encryption: 3, authentication: 4, salt: 5 };

/** What protects one kind of packet in one direction. */
export interface SessionKeys {
  readonly counter: AesCounter;
  readonly authentication: KeyObject;
  readonly tagBytes: number;
}

/** Whether two keys are the same. */
export function sameKey(a: SrtpKey, b: SrtpKey): boolean {
  return a.suite === b.suite && Buffer.compare(a.keySalt, b.keySalt) === 0;
}

/** Session keys of RTP. */
export function deriveRtpKeys(key: SrtpKey): SessionKeys {
  return derive(key, RTP_LABELS, key.suite === 'AES_CM_128_HMAC_SHA1_32' ? 4 : 10);
}

/** Session keys of RTCP, whose tag has 80 bits in both suites. RFC 4568 §6.2.1, §6.2.2 */
export function deriveRtcpKeys(key: SrtpKey): SessionKeys {
  return derive(key, RTCP_LABELS, 10);
}

/** As many bytes of key material as asked for, under a key derivation rate of 0. RFC 3711 §4.3.3 */
export function deriveKeyMaterial(keySalt: Uint8Array, label: number, length: number): Buffer {
  const iv = Buffer.alloc(16);
  iv.set(keySalt.subarray(KEY_BYTES, KEY_BYTES + SALT_BYTES));
  iv[7] = (iv[7] ?? 0) ^ label;
  const cipher = createCipheriv('aes-128-ctr', keySalt.subarray(0, KEY_BYTES), iv);
  return cipher.update(Buffer.alloc(length));
}

function derive({ keySalt }: SrtpKey, labels: typeof RTP_LABELS, tagBytes: number): SessionKeys {
  if (keySalt.length !== SRTP_KEY_SALT_BYTES) {
    throw new RangeError(`An SRTP key and salt are ${SRTP_KEY_SALT_BYTES} bytes together`);
  }
  return {
    counter: new AesCounter(
      deriveKeyMaterial(keySalt, labels.encryption, KEY_BYTES),
      deriveKeyMaterial(keySalt, labels.salt, SALT_BYTES),
    ),
    authentication: createSecretKey(
      deriveKeyMaterial(keySalt, labels.authentication, AUTH_KEY_BYTES),
    ),
    tagBytes,
  };
}
