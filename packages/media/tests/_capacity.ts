/* oxlint-disable no-console -- Run by hand: npx tsx --conditions=development packages/media/tests/_capacity.ts [bridges] [seconds] */
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { MediaEngine, toneSource, loopSource } from '../src/index.ts';
import type { MediaLeg } from '../src/index.ts';

// Two-party bridges in one process. Leg A of each talks over loopback to leg B of the next, so
// every packet sent is also received, ordered, decoded, mixed and encoded here, and no second
// process shares the figure.
const bridgeCount = Number(process.argv[2] ?? 250);
const seconds = Number(process.argv[3] ?? 20);

const engine = new MediaEngine();
const pairs: [MediaLeg, MediaLeg][] = [];
for (let i = 0; i < bridgeCount; i += 1) {
  const bridge = engine.createBridge();
  const pair: [MediaLeg, MediaLeg] = [
    await engine.openLeg({ host: '127.0.0.1' }),
    await engine.openLeg({ host: '127.0.0.1' }),
  ];
  pair.forEach((leg) => bridge.add(leg));
  pairs.push(pair);
}
const first = pairs[0];
pairs.forEach(([, b], i) => {
  const next = (pairs[i + 1] ?? first)?.[0];
  if (next !== undefined) {
    b.connect({ host: '127.0.0.1', port: next.localPort, codec: 'PCMU' });
    next.connect({ host: '127.0.0.1', port: b.localPort, codec: 'PCMU' });
  }
});
void first?.[0].play(
  loopSource(() => toneSource({ frequenciesHz: [440], durationMs: 1000, levelDbfs: -10 }), 0),
);

const legs = pairs.flat();
await measured(2); // Compile, and fill the jitter buffers.
const before = { ...totals(), stats: engine.stats, cpu: process.cpuUsage() };
const startedAt = performance.now();
await measured(seconds);
const elapsedMs = performance.now() - startedAt;
const cpu = process.cpuUsage(before.cpu);
const after = totals();
const ticks = engine.stats.ticks - before.stats.ticks;
const cpuUs = cpu.user + cpu.system;

console.log({
  legs: legs.length,
  ticks,
  ticksDue: Math.round(elapsedMs / 20),
  lateTicks: engine.stats.lateTicks - before.stats.lateTicks,
  usPerLegAndTick: Number((cpuUs / ticks / legs.length).toFixed(2)),
  userUsPerLegAndTick: Number((cpu.user / ticks / legs.length).toFixed(2)),
  coresUsed: Number((cpuUs / 1000 / elapsedMs).toFixed(2)),
  sent: after.sent - before.sent,
  received: after.received - before.received,
  lost: after.lost - before.lost,
  discarded: after.discarded - before.discarded,
});
await engine.close();

function totals(): { sent: number; received: number; lost: number; discarded: number } {
  const sum = { sent: 0, received: 0, lost: 0, discarded: 0 };
  for (const leg of legs) {
    const stats = leg.stats();
    sum.sent += stats.packetsSent;
    sum.received += stats.packetsReceived;
    sum.lost += stats.packetsLost;
    sum.discarded += stats.packetsDiscarded;
  }
  return sum;
}

async function measured(durationSec: number): Promise<void> {
  await once(AbortSignal.timeout(durationSec * 1000), 'abort');
}
