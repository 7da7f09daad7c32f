// A media engine alone, its bridges in a chain: a leg of each talks over loopback to one of the next, so that every packet
// that is sent is also received, ordered, decoded, mixed and encoded here, and no other program shares the figure.
import { MediaEngine } from '@tutti/media';

const HOST = '127.0.0.1';

const engine = new MediaEngine();
let legs = 0;
let first;
let last;

function link(from, to) {
  from.connect({ host: HOST, port: to.localPort, codec: 'PCMU' });
  to.connect({ host: HOST, port: from.localPort, codec: 'PCMU' });
}

async function bridgeOfTwo() {
  const bridge = engine.createBridge();
  const pair = [await engine.openLeg({ host: HOST }), await engine.openLeg({ host: HOST })];
  for (const leg of pair) bridge.add(leg);
  legs += 2;
  return pair;
}

const tasks = {
  /** Lengthens the chain by so many bridges. */
  add: async ({ bridges }) => {
    for (let count = 0; count < bridges; count += 1) {
      const [near, far] = await bridgeOfTwo();
      if (last !== undefined) link(last, near);
      first ??= near;
      last = far;
    }
    if (first !== undefined) link(last, first);
  },
  /** A bridge of two parties elsewhere; answers the ports that these talk to. */
  join: async ({ ports }) => {
    const pair = await bridgeOfTwo();
    for (const [side, leg] of pair.entries())
      leg.connect({ host: HOST, port: ports[side], codec: 'PCMU' });
    return pair.map((leg) => leg.localPort);
  },
  usage: () => {
    const { ticks, lateTicks } = engine.stats;
    const { user, system } = process.cpuUsage();
    return { legs, ticks, lateTicks, cpuSec: (user + system) / 1e6, atMs: performance.now() };
  },
};
process.on('message', (message) => void answer(message));
process.on('disconnect', () => process.exit());

async function answer(message) {
  process.send((await tasks[message.task](message)) ?? null);
}
