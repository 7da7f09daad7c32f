import { FakeClock } from '@tutti/sip';
import { describe, expect, it } from 'vitest';
import { Turns, type Turn } from '../../src/jobs/turns.ts';

const HOST = 'hooks.example.com';
const NEVER = Infinity;

/** Takes turns and keeps which of them came, or were given up. */
function startLine(fraction = () => 1): {
  readonly clock: FakeClock;
  readonly turns: Turns;
  readonly came: (Turn | undefined)[];
  readonly take: (count: number, until?: number) => Promise<void>;
  readonly fail: (count: number) => Promise<void>;
  readonly advance: (ms: number) => Promise<void>;
} {
  const clock = new FakeClock();
  const turns = new Turns(64, clock, fraction);
  const came: (Turn | undefined)[] = [];
  const flush = (): Promise<void> => new Promise((resolve) => queueMicrotask(resolve));
  const take = async (count: number, until = NEVER): Promise<void> => {
    for (let n = 0; n < count; n += 1) {
      void turns.take(HOST, until).then((turn) => came.push(turn));
    }
    await flush();
  };
  return {
    clock,
    turns,
    came,
    take,
    fail: async (count) => {
      for (let n = 0; n < count; n += 1) {
        await take(1);
        const turn = came.pop();
        turn?.answered(false);
        turn?.end();
      }
    },
    advance: async (ms) => {
      clock.advance(ms);
      await flush();
    },
  };
}

describe('a receiver', () => {
  it('has 64 sent to it at once, and the others in the order they came', async () => {
    const { came, take } = startLine();

    await take(70);

    expect(came).toHaveLength(64);
    for (const turn of came.slice(0, 5)) turn?.end();
    await Promise.resolve();
    expect(came).toHaveLength(69);
  });

  it('is forgotten once nothing is under way and nothing failed', async () => {
    const { came, take, turns } = startLine();
    await take(1);

    came[0]?.answered(true);
    came[0]?.end();

    expect(turns.down).toEqual([]);
  });
});

describe('the circuit', () => {
  it('opens at the tenth failure in a row, and not before', async () => {
    const { fail, came, take, turns } = startLine();
    await fail(9);
    await take(1);
    const before = turns.down;

    const change = came[0]?.answered(false);

    expect(before).toEqual([]);
    expect(change).toBe('opened');
    expect(turns.down).toEqual([{ receiver: HOST, since: 0, nextProbe: 5000, waiting: 0 }]);
  });

  it('stays closed when one of ten came through', async () => {
    const { fail, came, take, turns } = startLine();
    await fail(9);
    await take(1);
    came.pop()?.answered(true);

    await fail(9);

    expect(turns.down).toEqual([]);
  });

  it('that is open lets one through after a pause, then after twice the pause, at most a minute', async () => {
    const { fail, came, take, advance, turns } = startLine();
    await fail(10);
    await take(3);
    const pauses: number[] = [];

    for (let probe = 0; probe < 6; probe += 1) {
      const [down] = turns.down;
      const pauseMs = (down?.nextProbe ?? 0) - pauses.reduce((sum, ms) => sum + ms, 0);
      pauses.push(pauseMs);
      await advance(pauseMs - 1);
      expect(came).toHaveLength(0);
      await advance(1);
      expect(came).toHaveLength(1);
      const turn = came.pop();
      expect(turn?.isProbe).toBe(true);
      expect(turn?.answered(false)).toBeUndefined();
      turn?.end();
      await take(1);
    }

    expect(pauses).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  });

  it('closes when the probe comes through, and lets everybody go', async () => {
    const { fail, came, take, advance, turns } = startLine();
    await fail(10);
    await take(5);
    await advance(5000);

    const change = came[0]?.answered(true);
    came[0]?.end();
    await Promise.resolve();

    expect(change).toBe('closed');
    expect(turns.down).toEqual([]);
    expect(came).toHaveLength(5);
    expect(came.slice(1).every((turn) => turn?.isProbe === false)).toBe(true);
  });

  it('is not held open longer by what was under way when it opened', async () => {
    const { came, take, turns } = startLine();
    await take(20);

    const changes = came.map((turn) => turn?.answered(false));

    expect(changes.filter((change) => change === 'opened')).toHaveLength(1);
    expect(turns.down).toMatchObject([{ nextProbe: 5000 }]);
  });

  it('pauses between half and all of the time, as chance has it', async () => {
    const { fail, turns } = startLine(() => 0);

    await fail(10);

    expect(turns.down).toMatchObject([{ nextProbe: 2500 }]);
  });

  it('gives up whoever has waited for too long', async () => {
    const { fail, came, take, advance } = startLine();
    await fail(10);
    await take(2, 4000);
    await take(1);

    await advance(5000);

    expect(came).toEqual([undefined, undefined, expect.objectContaining({ isProbe: true })]);
  });

  it('of one receiver is no concern of another', async () => {
    const { fail, turns } = startLine();
    await fail(10);

    const turn = await turns.take('other.example.com', NEVER);

    expect(turn?.isProbe).toBe(false);
  });

  it('keeps nobody waiting when all is closed, and leaves no timer', async () => {
    const { fail, came, take, turns, clock } = startLine();
    await fail(10);
    await take(100);

    turns.close();
    await Promise.resolve();

    expect(came).toHaveLength(100);
    expect(clock.pending).toBe(0);
  });

  it('is remembered of a thousand receivers, not of more', async () => {
    const { turns, clock } = startLine();
    for (let host = 0; host < 1100; host += 1) {
      for (let failure = 0; failure < 10; failure += 1) {
        const turn = await turns.take(`host-${host}`, NEVER);
        turn?.answered(false);
        turn?.end();
        if (turn?.isProbe === true) break;
      }
    }

    expect(turns.down).toHaveLength(1000);
    expect(turns.down[0]?.receiver).toBe('host-100');
    expect(clock.pending).toBe(1000);
  });
});
