import { describe, expect, it } from 'vitest';
import { movableClock } from './_movable-clock.ts';
import { BOB, World, answered, twiml } from './_world.ts';

const HOUR_MS = 3_600_000;

describe.concurrent.for([5, -5])('A clock that is set by %i hours', (hours) => {
  it('leaves phones registered, and a call as long as it was', async () => {
    const clock = movableClock();
    await using world = await World.open({ clock });
    const bob = await world.phone(BOB);
    clock.set(hours * HOUR_MS);
    const { sid } = await world.place({ Twiml: twiml('<Pause length="60"/>') });
    const call = await answered(bob);
    await world.becomes(sid, 'in-progress');

    clock.set(hours * HOUR_MS);
    await call.hangUp();

    const { duration } = await world.becomes(sid, 'completed');
    expect(Number(duration)).toBeGreaterThanOrEqual(0);
    expect(Number(duration)).toBeLessThan(60);
  });

  it('leaves the time limit of a call where it was', async () => {
    const clock = movableClock();
    await using world = await World.open({ clock });
    const bob = await world.phone(BOB);
    const { sid } = await world.place({ Twiml: twiml('<Pause length="60"/>') });
    const call = await answered(bob);
    await world.becomes(sid, 'in-progress');

    clock.set(hours * HOUR_MS);
    await world.update(sid, { TimeLimit: '1' });

    expect(await call.ended).toEqual({ by: 'peer' });
    expect(Number((await world.becomes(sid, 'completed')).duration)).toBeGreaterThan(0);
  });
});
