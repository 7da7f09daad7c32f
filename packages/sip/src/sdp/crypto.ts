import type { SdpAttribute } from './session-description.ts';

const CRYPTO_SUITES = ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32'] as const;

/** Suites of SRTP that can be agreed on: RFC 4568 §6.2. */
export type CryptoSuite = (typeof CRYPTO_SUITES)[number];

/** The key by which one side protects what it sends. */
export interface CryptoKey {
  readonly suite: CryptoSuite;
  /** Master key of 16 bytes, then master salt of 14: RFC 4568 §6.1. */
  readonly keySalt: Uint8Array;
}

/** A key with the number by which an answer refers to it. */
export interface TaggedCrypto extends CryptoKey {
  readonly tag: number;
}

const KEY_SALT_BYTES = 30;

// tag suite inline:<base64>[|lifetime] — RFC 4568 §9.1. A second key, an MKI and session parameters
// ask for what is not carried; a line with one of them is passed over, as §5.1.2 has it.
const CRYPTO = /^(\d{1,9}) (\S+) inline:([A-Za-z0-9+/]{40})(?:\|(?:2\^)?\d+)?$/i;

/** The lines that can be used, in the order of the peer's preference. */
export function readCrypto(attributes: readonly SdpAttribute[]): readonly TaggedCrypto[] {
  return attributes.flatMap(({ name, value = '' }) => {
    const match = name === 'crypto' ? CRYPTO.exec(value.trim()) : null;
    const suite = CRYPTO_SUITES.find((known) => known === match?.[2]);
    const keySalt = Buffer.from(match?.[3] ?? '', 'base64');
    return suite === undefined || keySalt.length !== KEY_SALT_BYTES
      ? []
      : [{ tag: Number(match?.[1]), suite, keySalt }];
  });
}

export function cryptoAttribute({ tag, suite, keySalt }: TaggedCrypto): SdpAttribute {
  const inline = Buffer.from(keySalt).toString('base64');
  return { name: 'crypto', value: `${tag} ${suite} inline:${inline}` };
}
