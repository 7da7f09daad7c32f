import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it, onTestFinished, vi } from 'vitest';
import { Random } from '../kill/_random.ts';
import { countingClock } from './_counting-clock.ts';
import { type MadeCall, MixedCalls } from './_mixed-calls.ts';
import { type Json, World } from './_world.ts';

const CALLS = 1000;
/** Before the first count: what is made once, as connections to webhooks, is made by then. */
const FIRST_CALLS = 150;
const AT_ONCE = 30;
/**
 * What the heap may grow by for each call. Rows are in the database, outside of it. Over rounds of 500 calls it goes up by
 * 4 kB a call, while code is still being optimised, and then down by 1 kB; a forgotten call with its leg and dialog has 20.
 */
const KEPT_BYTES = 8000;

const NOTHING = {
  calls: 0,
  bridges: 0,
  legs: 0,
  dialogs: 0,
  transactions: 0,
  sipTimers: 0,
  recordings: 0,
  tasks: 0,
};

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What a process can forget to close. */
async function countOpen(clock: { readonly waiting: number }) {
  const resources = process.getActiveResourcesInfo();
  const count = (name: string): number => resources.filter((each) => each === name).length;
  return {
    udpSockets: count('UDPWrap'),
    children: count('ProcessWrap'),
    timers: clock.waiting,
    // Sockets, pipes and files alike; where there is no such directory, none.
    descriptors: (await readdir('/proc/self/fd').catch(() => [])).length,
  };
}

function heapBytes(): number {
  // What the first round frees is let go of by callbacks that the second sees.
  for (let round = 0; round < 4; round += 1) collect();
  return process.memoryUsage().heapUsed;
}

it('a thousand calls of every kind leave nothing open', async () => {
  const seed = process.env['TUTTI_CALLS_SEED'] ?? String(Date.now());
  const random = new Random(seed);
  const clock = countingClock();
  const world = await World.open({ clock, env: { TUTTI_SILENCE_SECONDS: '1' } });
  onTestFinished(() => world[Symbol.asyncDispose]());
  const { conductorSid } = await world.conversation();
  let mixed: MixedCalls | undefined;
  const web = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const from = new URLSearchParams(body).get('From') ?? '';
      response.writeHead(200, { 'content-type': 'text/xml' }).end(mixed?.document(from));
    });
  });
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  onTestFinished(() => {
    web.closeAllConnections();
    web.close();
  });
  const VoiceUrl = `http://127.0.0.1:${(web.address() as AddressInfo).port}/`;
  await world.number({ VoiceUrl });

  const round = async (name: string, count: number): Promise<MadeCall[]> => {
    mixed = await MixedCalls.open(world, conductorSid);
    const made = await mixed.run(random.fork(name), name, count, AT_ONCE);
    // Peers that crashed are waited for: 32 s for an ACK, then 32 s for the answer to BYE (RFC 3261 §13.3.1.4, §17.1.2.2).
    await vi.waitFor(
      () => {
        clock.forward(5000);
        expect(world.tutti.server.voiceCounts).toMatchObject(NOTHING);
      },
      { timeout: 20_000 },
    );
    await mixed[Symbol.asyncDispose]();
    mixed = undefined;
    await world.tutti.settled();
    return made;
  };

  try {
    await world.tutti.settled();
    const idle = await countOpen(clock);
    await round('first', FIRST_CALLS);
    const { descriptors } = await countOpen(clock);
    const heapBefore = heapBytes();
    const made = await round('second', CALLS);

    await vi.waitFor(async () => {
      const open = await countOpen(clock);
      expect(open.udpSockets).toBeLessThanOrEqual(idle.udpSockets);
      expect(open.children).toBeLessThanOrEqual(idle.children);
      expect(open.timers).toBeLessThanOrEqual(idle.timers);
      expect(open.descriptors).toBeLessThanOrEqual(descriptors);
    }, 10_000);
    expect((heapBytes() - heapBefore) / CALLS).toBeLessThan(KEPT_BYTES);
    expect(await outcomes(world, made)).toEqual(
      new Map(made.map(({ name, status }) => [name, status])),
    );
  } catch (cause) {
    throw new Error(`TUTTI_CALLS_SEED=${seed} makes the same calls`, { cause });
  }
}, 120_000);

/** The status of each by its name. */
async function outcomes(
  world: World,
  made: readonly MadeCall[],
): Promise<Map<string, string | undefined>> {
  const statuses = new Map<string, string>();
  let path: string | null = '/Calls.json?PageSize=1000';
  while (path !== null) {
    const page: Json = await world.get(path);
    for (const { sid, from, status, direction } of page.calls) {
      if (direction !== 'outbound-dial') statuses.set(direction === 'inbound' ? from : sid, status);
    }
    path = page.next_page_uri?.replace(/^.*\/Accounts\/[^/]*/, '') ?? null;
  }
  return new Map(made.map(({ name }) => [name, statuses.get(name)]));
}
