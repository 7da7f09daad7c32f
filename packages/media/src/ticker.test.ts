import { describe, expect, it } from 'vitest';
import { MovableClock } from '../tests/_movable-clock.ts';
import { Ticker } from './ticker.ts';

function start(): {
  clock: MovableClock;
  ticker: Ticker;
  ticks: { at: number; skipped: number }[];
} {
  const clock = new MovableClock();
  const startedAt = clock.now();
  const ticks: { at: number; skipped: number }[] = [];
  const ticker = new Ticker(clock, (skipped) =>
    ticks.push({ at: clock.now() - startedAt, skipped }),
  );
  ticker.start();
  return { clock, ticker, ticks };
}

describe('Ticker', () => {
  it('ticks every 20 ms', () => {
    const { clock, ticks } = start();

    clock.advance(100);

    expect(ticks.map(({ at }) => at)).toEqual([20, 40, 60, 80, 100]);
  });

  it('does not let lateness add up', () => {
    const { clock, ticker, ticks } = start();

    clock.advance(10);
    clock.stall(15);
    clock.advance(35);

    expect(ticks.map(({ at }) => at)).toEqual([25, 40, 60]);
    expect(ticker.lateTicks).toBe(0);
  });

  it('makes up for a short stall tick by tick', () => {
    const { clock, ticker, ticks } = start();

    clock.stall(75);
    clock.advance(25);

    expect(ticks.map(({ at }) => at)).toEqual([75, 75, 75, 80, 100]);
    expect(ticks.every(({ skipped }) => skipped === 0)).toBe(true);
    expect(ticker.lateTicks).toBe(2);
  });

  it('skips most of a long stall, and says how much', () => {
    const { clock, ticker, ticks } = start();

    clock.stall(1000);
    clock.advance(20);

    const skipped = ticks.reduce((sum, tick) => sum + tick.skipped, 0);
    expect(ticks.length + skipped).toBe(51);
    expect(ticks.length).toBeLessThan(10);
    expect(ticker.ticks).toBe(ticks.length);
    expect(ticker.lateTicks).toBeGreaterThan(45);
  });

  it('stops, and starts again with a full tick to go', () => {
    const { clock, ticker, ticks } = start();

    clock.advance(30);
    ticker.stop();
    clock.advance(100);
    ticker.start();
    clock.advance(20);

    expect(ticks.map(({ at }) => at)).toEqual([20, 150]);
  });
});
