import { describe, expect, test } from 'vitest';

import type { SipProblem } from '../errors.ts';
import { FakeClock } from '../fake-clock.ts';
import { SourceGuard, type SourceLimits } from './source-guard.ts';

function guarded(limits: SourceLimits) {
  const clock = new FakeClock();
  const problems: SipProblem[] = [];
  const guard = new SourceGuard(clock, limits, (problem) => problems.push(problem));
  return { clock, problems, guard };
}

const from = (host: string, port = 5060) => ({ transport: 'udp', host, port }) as const;
const peer = from('192.0.2.1');

function count(times: number, admit: () => boolean): number {
  let admitted = 0;
  for (let i = 0; i < times; i += 1) if (admit()) admitted += 1;
  return admitted;
}

describe('messages of one address', () => {
  test('are taken at the rate it may have, with a burst of two seconds', () => {
    const { clock, guard } = guarded({ messagesPerSec: 10 });

    expect(count(100, () => guard.admit(peer))).toBe(20);
    clock.advance(500);
    expect(count(100, () => guard.admit(peer))).toBe(5);
    clock.advance(60_000);
    expect(count(100, () => guard.admit(peer))).toBe(20);
    expect(guard.dropped).toEqual({ rate: 255, malformed: 0, transactions: 0 });
  });

  test('from whatever port count together, and another address is not disturbed', () => {
    const { guard } = guarded({ messagesPerSec: 10 });

    let port = 0;
    const ports = count(100, () => guard.admit(from('192.0.2.1', (port += 1))));

    expect(ports).toBe(20);
    expect(guard.admit(from('192.0.2.2'))).toBe(true);
  });

  test('beyond are told of once in ten seconds', () => {
    const { clock, guard, problems } = guarded({ messagesPerSec: 10 });

    count(100, () => guard.admit(peer));
    expect(problems).toEqual([
      {
        kind: 'limit',
        message: 'More than 10 messages a second from 192.0.2.1: what is beyond is dropped',
        remote: 'udp:192.0.2.1:5060',
      },
    ]);
    clock.advance(9_999);
    count(1000, () => guard.admit(peer));
    expect(problems).toHaveLength(1);
    clock.advance(1);
    count(1000, () => guard.admit(peer));
    expect(problems).toHaveLength(2);
  });
});

test('malformed messages are answered up to a number in each ten seconds', () => {
  const { clock, guard, problems } = guarded({ malformedPerWindow: 3 });

  expect(count(10, () => guard.admitMalformed(peer))).toBe(3);
  clock.advance(10_000);
  expect(count(10, () => guard.admitMalformed(peer))).toBe(3);
  expect(problems.map(({ message }) => message)).toEqual([
    'More than 3 malformed messages in 10 s from 192.0.2.1: what is beyond is dropped',
    'More than 3 malformed messages in 10 s from 192.0.2.1: what is beyond is dropped',
  ]);
});

test('requests under way are bounded, and each that ends makes room for one', () => {
  const { guard } = guarded({ transactions: 2 });
  const first = guard.begin(peer);
  guard.begin(peer);

  expect(guard.begin(peer)).toBeUndefined();
  expect(guard.begin(from('192.0.2.2'))).toBeDefined();
  first?.();
  expect(guard.begin(peer)).toBeDefined();
  expect(guard.dropped.transactions).toBe(1);
});

test('a flood from forged addresses is remembered in bounded space', () => {
  const { guard } = guarded({});

  for (let i = 0; i < 30_000; i += 1) guard.admit(from(`10.0.${i >> 8}.${i & 255}`));

  expect(guard.sources).toBe(10_000);
});
