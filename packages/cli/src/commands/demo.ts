import { readArguments } from '../arguments.ts';
import { playFlow } from '../demo/flow.ts';
import { Stage } from '../demo/stage.ts';
import { playWrongTurns } from '../demo/wrong-turns.ts';
import { openWorld } from '../demo/world.ts';

/** Plays the whole flow live; 0 only if every step did what it says. */
export async function demo(args: string[]): Promise<number> {
  readArguments(args, {}, 'demo');
  const stage = new Stage((line) => console.log(line));
  stage.say('Tutti demo: a phone call and a chat in one conversation.');
  stage.say(
    'A real server, the official client over HTTP, real phones over SIP and RTP, on this machine.',
  );
  const world = await stage.step(
    'start a server, a web server for its webhooks, two phones',
    openWorld,
  );
  if (world === undefined) return stage.close();
  try {
    const cast = await playFlow(stage, world.value);
    if (cast !== undefined) await playWrongTurns(stage, world.value, cast);
  } finally {
    await stage.step('hang up and stop', () => world.value.close());
  }
  return stage.close();
}
