import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Phone } from '../../src/index.ts';
import { answered, BOB, twiml, World } from '../voice/_world.ts';

/** A server that is there for all tests of a file; after each it must still serve. */
export function shareTarget(): () => World {
  let world: World | undefined;
  let bob: Phone | undefined;
  beforeAll(async () => {
    world = await World.open();
    bob = await world.phone(BOB);
  });
  afterAll(() => world?.[Symbol.asyncDispose]());
  afterEach(async () => {
    if (world !== undefined && bob !== undefined) await placesCalls(world, bob);
  });
  return () => {
    if (world === undefined) throw new Error('the server is started before the tests');
    return world;
  };
}

/** A call is placed, answered, runs its document and ends; nothing is left. */
async function placesCalls(world: World, bob: Phone): Promise<void> {
  await world.place({ Twiml: twiml('<Play digits="1"/>') });
  const call = await answered(bob);
  await call.hears({ digits: '1' });
  await call.ended;
  await world.quiet();
}
