import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import type { DigestAuthorization } from './digest.ts';

export interface NonceBookOptions {
  /** Milliseconds on a steady scale. */
  readonly now: () => number;
  /** How long a nonce may be used; default 300,000. */
  readonly lifeMs?: number;
  /** Nonces whose counts are kept; older ones are stale from then on. Default 10,000. */
  readonly maxNonces?: number;
}

/**
 * Gives nonces out and takes each of their counts once: RFC 7616 §3.3, §3.4.
 * Nothing is kept of a nonce before it comes back, so that asking costs no memory.
 */
export class NonceBook {
  readonly #options: NonceBookOptions;
  readonly #key = randomBytes(32);
  /** The highest count seen, by nonce, in order of their first use. */
  readonly #counts = new Map<string, number>();
  /** Nonces made until then that are not in the book have been forgotten. */
  #forgottenUntil = Number.NEGATIVE_INFINITY;

  constructor(options: NonceBookOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#counts.size;
  }

  /** The time it was made, something that no other has, and a proof that we made it. */
  issue(): string {
    const stamp = `${Math.floor(this.#options.now()).toString(36)}.${randomBytes(6).toString('hex')}`;
    return `${stamp}.${this.#proof(stamp)}`;
  }

  /**
   * Takes one use of a nonce, after its password was found right; false when it is not ours, too
   * old, or was used with that count or a higher one before: then a new one is asked for, `stale`.
   */
  take({ nonce, qop, nc }: Pick<DigestAuthorization, 'nonce' | 'qop' | 'nc'>): boolean {
    const madeAt = this.#madeAt(nonce);
    const now = this.#options.now();
    if (madeAt === undefined || !(now - madeAt >= 0 && now - madeAt < this.#lifeMs)) return false;
    const last = this.#counts.get(nonce);
    if (last === undefined && madeAt <= this.#forgottenUntil) return false;
    // Without qop there is no count, and every use is the first: RFC 2069.
    const count = qop === undefined ? 1 : Number.parseInt(nc ?? '', 16);
    if (!(count > (last ?? 0))) return false;
    this.#counts.set(nonce, count);
    this.#forget(now);
    return true;
  }

  get #lifeMs(): number {
    return this.#options.lifeMs ?? 300_000;
  }

  #forget(now: number): void {
    const { maxNonces = 10_000 } = this.#options;
    for (const nonce of this.#counts.keys()) {
      const madeAt = this.#madeAt(nonce) ?? 0;
      const old = now - madeAt >= this.#lifeMs;
      if (!old && this.#counts.size <= maxNonces) return;
      this.#counts.delete(nonce);
      if (!old) this.#forgottenUntil = Math.max(this.#forgottenUntil, madeAt);
    }
  }

  #madeAt(nonce: string): number | undefined {
    const [time = '', salt = '', proof = ''] = nonce.split('.');
    const expected = Buffer.from(this.#proof(`${time}.${salt}`));
    const given = Buffer.from(proof);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    return Number.parseInt(time, 36);
  }

  #proof(stamp: string): string {
    return createHmac('sha256', this.#key).update(stamp).digest('hex').slice(0, 32);
  }
}
