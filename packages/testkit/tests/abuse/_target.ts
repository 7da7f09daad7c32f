import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { Phone } from '../../src/index.ts';
import { answered, BOB, twiml, World } from '../voice/_world.ts';

/** A server for all tests of a file: it still answers after each, and still places calls after each `group`. */
export function shareTarget(group: 'test' | 'file'): () => World {
  let world: World | undefined;
  let bob: Phone | undefined;
  const get = (): World => {
    if (world === undefined) throw new Error('the server is started before the tests');
    return world;
  };
  beforeAll(async () => {
    world = await World.open();
    bob = await world.phone(BOB);
  });
  // Of several the last is run first.
  afterAll(() => world?.[Symbol.asyncDispose]());
  (group === 'test' ? afterEach : afterAll)(async () => {
    if (world !== undefined && bob !== undefined) await placesCalls(world, bob);
  });
  afterEach(async () => {
    expect((await get().request('GET', '.json')).status).toBe(200);
  });
  return get;
}

/** A call is placed, answered, runs its document and ends; nothing is left. */
async function placesCalls(world: World, bob: Phone): Promise<void> {
  await world.place({ Twiml: twiml('<Play digits="1"/>') });
  const call = await answered(bob);
  await call.hears({ digits: '1' });
  await call.ended;
  await world.quiet();
}
