import type { SipIds } from '../ids.ts';
import type { SipResponse } from '../message/message.ts';
import { answerChallenge, type DigestChallenge, parseChallenge } from './digest.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

interface Held {
  readonly challenge: DigestChallenge;
  readonly header: 'Authorization' | 'Proxy-Authorization';
  count: number;
}

/** Answers the challenges of one call or registration, and keeps answering unasked after the first. */
export class Authenticator {
  readonly #credentials: Credentials | undefined;
  readonly #ids: SipIds;
  readonly #held = new Map<string, Held>();

  constructor(credentials: Credentials | undefined, ids: SipIds) {
    this.#credentials = credentials;
    this.#ids = ids;
  }

  /**
   * Takes in a 401 or 407; false when it cannot be answered.
   * `answered` belongs to one request and its repetitions, and keeps it from going round for ever.
   */
  learn(response: SipResponse, answered: Set<string>): boolean {
    if (this.#credentials === undefined) return false;
    if (response.status !== 401 && response.status !== 407) return false;
    const proxy = response.status === 407;
    const lines = response.headers.getAll(proxy ? 'proxy-authenticate' : 'www-authenticate');
    let learnt = false;
    for (const challenge of strongest(lines)) {
      const { realm, stale } = challenge;
      const key = `${response.status}|${realm}`;
      // Asked again without a stale nonce, the password is wrong: RFC 3261 §22.2.
      const round = stale ? `${key}|stale` : key;
      if (answered.has(round)) continue;
      answered.add(key).add(round);
      this.#held.set(key, {
        challenge,
        header: proxy ? 'Proxy-Authorization' : 'Authorization',
        count: 0,
      });
      learnt = true;
    }
    return learnt;
  }

  /** The headers for the next request. */
  headers(method: string, uri: string, body?: Uint8Array): readonly (readonly [string, string])[] {
    const credentials = this.#credentials;
    if (credentials === undefined) return [];
    return [...this.#held.values()].map((held) => {
      held.count += 1;
      const value = answerChallenge({
        challenge: held.challenge,
        ...credentials,
        method,
        uri,
        cnonce: this.#ids.tag(),
        count: held.count,
        ...(body === undefined ? {} : { body }),
      });
      return [held.header, value] as const;
    });
  }
}

/**
 * The best challenge of each realm: a proxy that forked may bring those of several (RFC 3261 §22.3),
 * and each may offer several algorithms (RFC 8760 §2.4), of which the peer's order is not followed.
 */
function strongest(lines: readonly string[]): readonly DigestChallenge[] {
  const byRealm = new Map<string, DigestChallenge>();
  for (const line of lines) {
    const challenge = parseChallenge(line);
    if (!challenge.ok) continue;
    const { realm, algorithm } = challenge.value;
    const held = byRealm.get(realm);
    const stronger = algorithm.startsWith('SHA') && held?.algorithm.startsWith('MD5') === true;
    if (held === undefined || stronger) byRealm.set(realm, challenge.value);
  }
  return [...byRealm.values()];
}
