import { expect, it } from 'vitest';
import type { Clock } from '../base/clock.ts';
import { DigitLog } from './digit-log.ts';
import { EarlyKeys } from './early-keys.ts';

/** A clock that stands: no pause ever comes. */
const standing: Clock = { now: () => 0, elapsedMs: () => 0, after: () => () => undefined };

it('keys without a pause are told in runs of 64', () => {
  const told: string[] = [];
  const log = new DigitLog(standing, (digits) => told.push(digits));

  for (let key = 0; key < 130; key += 1) log.push('5');

  expect(told).toEqual(['5'.repeat(64), '5'.repeat(64)]);
  log.flush();
  expect(told.at(-1)).toBe('55');
});

it('of the keys that nobody has asked for yet the first 64 are kept', () => {
  const keys = new EarlyKeys();
  for (let key = 0; key < 100; key += 1) keys.push(String(key % 10));

  expect(keys.take()).toHaveLength(64);

  keys.push('1');
  expect(keys.take()).toBe('');
});
