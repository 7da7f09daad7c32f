import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { TrunkGateway } from '../config/sip-trunk.ts';
import { Gateways } from './gateways.ts';

const gateway = (uri: string, priority = 1, weight = 10): TrunkGateway => ({
  uri,
  priority,
  weight,
  credentials: undefined,
});

function setting(all: readonly TrunkGateway[], draws: readonly number[] = []) {
  let nowMs = 0;
  const left = [...draws];
  const clock = { now: () => nowMs, elapsedMs: () => nowMs, after: () => () => undefined };
  const gateways = new Gateways(all, clock, pino({ level: 'silent' }), () => left.shift() ?? 0);
  return {
    gateways,
    pass: (ms: number) => (nowMs += ms),
    order: () => gateways.inOrder().map(({ uri }) => uri),
  };
}

test('the lowest priority comes first', () => {
  expect(setting([gateway('b', 2), gateway('a', 1), gateway('c', 3)]).order()).toEqual([
    'a',
    'b',
    'c',
  ]);
});

test('of one priority each comes first as often as its weight says', () => {
  const all = [gateway('light', 1, 10), gateway('heavy', 1, 30)];

  expect(setting(all, [0.24, 0]).order()).toEqual(['light', 'heavy']);
  expect(setting(all, [0.26, 0]).order()).toEqual(['heavy', 'light']);
});

test('one that failed comes last for half a minute, longer each time, until it answers', () => {
  const [a, b] = [gateway('a', 1), gateway('b', 2)];
  const { gateways, pass, order } = setting([a, b]);

  gateways.noteDown(a, '503');
  expect(order()).toEqual(['b', 'a']);
  pass(30_000);
  expect(order()).toEqual(['a', 'b']);
  gateways.noteDown(a, '503');
  pass(30_000);
  expect(order()).toEqual(['b', 'a']);
  gateways.noteUp(a);
  expect(order()).toEqual(['a', 'b']);
});

test('when all have failed all are tried all the same', () => {
  const [a, b] = [gateway('a', 1), gateway('b', 2)];
  const { gateways, order } = setting([a, b]);

  gateways.noteDown(a, '503');
  gateways.noteDown(b, '503');

  expect(order()).toEqual(['a', 'b']);
});
