import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { createAudioOffer, readAudioAnswer, SipEndpoint } from '@tutti/sip';
import { median, percentile } from './statistics.mjs';

const CALLS_PER_SECOND = 20;
const SECONDS = 5;
const HOST = '127.0.0.1';
/** Legs are added in steps of this many until the server is late or its cores are full. */
const STEP_LEGS = 100;
const MOST_LEGS = 2000;
/** For calls to be up and jitter buffers filled. */
const SETTLE_SECONDS = 1;
const STEP_SECONDS = 4;
const LATE_SHARE = 0.01;
const FULL_PERCENT = 90 * availableParallelism();
const LEGS_DURING_LOAD = 100;

/** Places calls to `number` at a steady rate; how long each took from INVITE to 200, and the very first by itself. */
export async function answerTimes(server, number) {
  const caller = await SipEndpoint.listen({ host: HOST, port: 0, userAgent: 'bench' });
  const place = async (index) => {
    const startedAt = performance.now();
    const { result } = caller.invite({
      uri: `sip:${number}@${server.sip.slice('sip:'.length)}`,
      from: `sip:+1555020${String(index).padStart(4, '0')}@${HOST}`,
      sdp: createAudioOffer({ host: HOST, port: 9, codecs: ['PCMU'], sessionId: index + 1 }),
    });
    const outcome = await result;
    if (outcome.kind !== 'answered') throw new Error(`a call was ${outcome.kind}`);
    const answeredMs = performance.now() - startedAt;
    await pause(500);
    await outcome.dialog.bye();
    return answeredMs;
  };
  const firstMs = await place(0);
  const calls = [];
  for (let index = 1; index <= CALLS_PER_SECOND * SECONDS; index += 1) {
    calls.push(place(index));
    await pause(1000 / CALLS_PER_SECOND);
  }
  const times = await Promise.all(calls);
  await caller.close();
  return {
    firstMs,
    medianMs: median(times),
    p99Ms: percentile(times, 0.99),
    calls: times.length,
  };
}

/** Adds two-party bridges until a step is late or the server's cores are full; the last step that was neither. */
export async function bridgeCapacity(server, api) {
  const bridges = await openBridges(server, api);
  const steps = [];
  for (let legs = STEP_LEGS; legs <= MOST_LEGS; legs += STEP_LEGS) {
    await bridges.add(STEP_LEGS / 2);
    const measure = () => bridges.measure(() => pause(STEP_SECONDS * 1000));
    let step = await measure();
    // Once more: whatever else the machine does only ever takes away.
    if (!isGood(step)) step = await measure();
    steps.push({ ...step, isGood: isGood(step) });
    if (!isGood(step)) break;
  }
  await bridges.close();
  return { ...(steps.findLast((step) => step.isGood) ?? steps[0]), steps };
}

/** How late bridged calls are while `load` keeps the server busy. */
export async function bridgesDuring(server, api, load) {
  const bridges = await openBridges(server, api);
  await bridges.add(LEGS_DURING_LOAD / 2);
  const found = await bridges.measure(load);
  await bridges.close();
  return found;
}

/** Bridges of two parties, both talking. The far ends are a process of their own. */
async function openBridges(server, { get, post }) {
  const caller = await SipEndpoint.listen({ host: HOST, port: 0, userAgent: 'bench' });
  const talkers = startTalkers();
  const { sid } = await post('/v1/Conversations');
  const dialogs = [];
  return {
    add: async (count) => {
      for (let pair = 0; pair < count; pair += 1) {
        const index = String(dialogs.length).padStart(4, '0');
        const number = `+1555030${index}`;
        await post(
          `/v1/Conversations/${sid}/Conductors`,
          `ProxyAddress=${encodeURIComponent(number)}`,
        );
        for (const side of [1, 2]) {
          dialogs.push(await call(caller, talkers, server, number, `+1555${side}40${index}`));
        }
      }
    },
    measure: async (during) => {
      await pause(SETTLE_SECONDS * 1000);
      await talkers.ask({ task: 'heard' });
      const before = await usage(server, get);
      await during();
      const after = await usage(server, get);
      const heard = await talkers.ask({ task: 'heard' });
      const legs = dialogs.length;
      const cpuSec = after.cpuSec - before.cpuSec;
      const ticks = after.ticks - before.ticks;
      return {
        legs,
        lateTickShare: (after.lateTicks - before.lateTicks) / ticks,
        lateFrameShare: (heard.late + heard.missing) / (heard.frames + heard.missing),
        cpuPercent: (cpuSec * 1e5) / (after.atMs - before.atMs),
        microsecondsPerLegAndTick: (cpuSec * 1e6) / (ticks * legs),
      };
    },
    close: async () => {
      for (const dialog of dialogs) await dialog.bye();
      talkers.stop();
      await caller.close();
      await post(`/v1/Conversations/${sid}`, 'State=closed');
    },
  };
}

function isGood({ lateTickShare, lateFrameShare, cpuPercent }) {
  return Math.max(lateTickShare, lateFrameShare) <= LATE_SHARE && cpuPercent <= FULL_PERCENT;
}

async function usage(server, get) {
  const { media } = await get('/v1/Server');
  return {
    ticks: media.ticks,
    lateTicks: media.late_ticks,
    cpuSec: await server.cpuSec(),
    atMs: performance.now(),
  };
}

/** The far ends of bridges, in a process of their own. */
export function startTalkers() {
  const child = fork(new URL('./talkers.mjs', import.meta.url));
  return {
    /** One question at a time. */
    ask: async (message) => {
      child.send(message);
      return (await once(child, 'message'))[0];
    },
    stop: () => child.disconnect(),
  };
}

async function call(caller, talkers, server, number, from) {
  const { party, port } = await talkers.ask({ task: 'add' });
  const { result } = caller.invite({
    uri: `sip:${number}@${server.sip.slice('sip:'.length)}`,
    from: `sip:${from}@${HOST}`,
    sdp: createAudioOffer({ host: HOST, port, codecs: ['PCMU'], sessionId: party + 1 }),
  });
  const outcome = await result;
  if (outcome.kind !== 'answered') throw new Error(`a call was ${outcome.kind}`);
  const answer = readAudioAnswer(outcome.sdp);
  if (!answer.ok) throw new Error(answer.error.message);
  await talkers.ask({ task: 'talk', party, port: answer.value.remotePort });
  return outcome.dialog;
}
