import { expect, it } from 'vitest';
import { SettableClock } from '../../tests/_settable-clock.ts';
import { AlertBudget, ALERTS_MAX } from './alert-budget.ts';

it('ten of a kind are told at once, then one a minute; of another kind, ten of its own', () => {
  const clock = new SettableClock();
  const budget = new AlertBudget(clock);
  const told = (kind: string): number =>
    Array.from({ length: 100 }, () => budget.take(kind)).filter(Boolean).length;

  expect(told('one')).toBe(ALERTS_MAX);
  clock.advance(59_000);
  expect(told('one')).toBe(0);
  clock.advance(1000);
  expect(told('one')).toBe(1);
  expect(told('other')).toBe(ALERTS_MAX);
});
