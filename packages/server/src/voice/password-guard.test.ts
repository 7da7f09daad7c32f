import { expect, it } from 'vitest';
import { SettableClock } from '../../tests/_settable-clock.ts';
import { createLog } from '../base/log.ts';
import { PasswordGuard, WRONG_MAX } from './password-guard.ts';

const HOST = '192.0.2.7';
const right = (): Promise<boolean> => Promise.resolve(true);
const wrong = (): Promise<boolean> => Promise.resolve(false);

function open() {
  const clock = new SettableClock();
  const guard = new PasswordGuard(clock, createLog('silent'));
  const fill = async (host = HOST, username = 'ada'): Promise<void> => {
    for (let guess = 0; guess < WRONG_MAX; guess += 1) await guard.check(host, username, wrong);
  };
  return { clock, guard, fill };
}

it('who has sent many wrong passwords is not looked at, but for one each second', async () => {
  const { clock, guard, fill } = open();
  await fill();
  let looked = 0;
  const look = (): Promise<boolean> => {
    looked += 1;
    return wrong();
  };

  expect(await guard.check(HOST, 'ada', look)).toBe('throttled');
  expect(await guard.check(HOST, 'bob', look)).toBe('throttled');
  expect(looked).toBe(0);

  clock.advance(1000);
  expect(await guard.check(HOST, 'ada', look)).toBe('wrong');
  expect(await guard.check(HOST, 'ada', look)).toBe('throttled');
  expect(looked).toBe(1);
  expect(await guard.check('192.0.2.8', 'ada', right)).toBe('right');
});

it('many guesses at once are no more than those one by one', async () => {
  const { guard } = open();

  const checks = Array.from({ length: 2 * WRONG_MAX }, () => guard.check(HOST, 'ada', wrong));

  expect((await Promise.all(checks)).filter((kind) => kind === 'wrong')).toHaveLength(WRONG_MAX);
});

it('a username that was right from there before is counted by itself', async () => {
  const { guard, fill } = open();
  await guard.check(HOST, 'bob', right);
  await fill();

  expect(await guard.check(HOST, 'bob', right)).toBe('right');

  await fill(HOST, 'bob');
  expect(await guard.check(HOST, 'bob', right)).toBe('throttled');
});

it('a phone whose check fails of itself is not counted', async () => {
  const { guard } = open();
  const broken = (): Promise<boolean> => Promise.reject(new Error('no database'));

  for (let guess = 0; guess < 2 * WRONG_MAX; guess += 1) {
    await expect(guard.check(HOST, 'ada', broken)).rejects.toThrow('no database');
  }

  expect(await guard.check(HOST, 'ada', right)).toBe('right');
});
