import { describe, expect, test } from 'vitest';

import { FakeClock } from '../fake-clock.ts';
import { NonceBook } from './nonces.ts';

function book(maxNonces = 10) {
  const clock = new FakeClock();
  const nonces = new NonceBook({ now: () => clock.now(), lifeMs: 1000, maxNonces });
  const take = (nonce: string, nc: string | undefined = '00000001') =>
    nonces.take({ nonce, ...(nc === '' ? {} : { nc, qop: 'auth' }) });
  return { clock, nonces, take };
}

describe('a nonce', () => {
  test('may be used with counts that rise, each once', () => {
    const { nonces, take } = book();
    const nonce = nonces.issue();

    expect(
      ['00000001', '00000002', '0000000a', '00000009', '0000000a'].map((nc) => take(nonce, nc)),
    ).toEqual([true, true, true, false, false]);
    expect([take(nonce, '0000000b'), take(nonce, 'no')]).toEqual([true, false]);
  });

  test('may be used once by a peer that does not count', () => {
    const { nonces, take } = book();
    const nonce = nonces.issue();

    expect([take(nonce, ''), take(nonce, '')]).toEqual([true, false]);
  });

  test('is stale when its time is over, and when somebody else made it', () => {
    const { clock, nonces, take } = book();
    const nonce = nonces.issue();
    const other = book().nonces.issue();

    clock.advance(999);
    expect([take(nonce), take(other), take(''), take('a.b.c')]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    clock.advance(1);
    expect(take(nonce, '00000002')).toBe(false);
  });

  test('differs from every other', () => {
    const { nonces } = book();

    expect(new Set(Array.from({ length: 100 }, () => nonces.issue())).size).toBe(100);
  });
});

describe('the book', () => {
  test('is bounded, and what it forgot cannot be used again', () => {
    const { clock, nonces, take } = book(3);
    const used = Array.from({ length: 5 }, () => {
      clock.advance(1);
      return nonces.issue();
    });

    expect(used.map((nonce) => take(nonce))).toEqual([true, true, true, true, true]);

    expect(nonces.size).toBe(3);
    expect(used.map((nonce) => take(nonce))).toEqual([false, false, false, false, false]);
    expect(take(used[4] ?? '', '00000002')).toBe(true);
  });

  test('keeps nothing of nonces that never come back', () => {
    const { nonces } = book();

    for (let i = 0; i < 1000; i += 1) nonces.issue();

    expect(nonces.size).toBe(0);
  });

  test('lets go of what is too old', () => {
    const { clock, nonces, take } = book();
    take(nonces.issue());
    clock.advance(1000);

    take(nonces.issue());

    expect(nonces.size).toBe(1);
  });
});
