import { randomBytes } from 'node:crypto';
import { SRTP_KEY_SALT_BYTES } from './srtp-key.ts';
import type { SrtpKey } from './srtp-key.ts';

/** New keys for what one leg sends, one of each suite, the stronger first. RFC 4568 §6.1 */
export function createSrtpKeys(): readonly SrtpKey[] {
  const suites = ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32'] as const;
  return suites.map((suite) => ({ suite, keySalt: randomBytes(SRTP_KEY_SALT_BYTES) }));
}
