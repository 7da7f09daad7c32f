import { setTimeout as pause } from 'node:timers/promises';
import { MediaEngine } from '@tutti/media';
import { createAudioOffer, readAudioAnswer, SipEndpoint } from '@tutti/sip';
import { median, percentile } from './statistics.mjs';

const CALLS_PER_SECOND = 20;
const SECONDS = 5;
const HOST = '127.0.0.1';
/** Legs are added in steps of this many until the server is late or its core is full. */
const STEP_LEGS = 50;
const MOST_LEGS = 500;
const STEP_SECONDS = 4;
const LATE_SHARE = 0.01;
const FULL_PERCENT = 90;

/** Places calls to `number` at a steady rate; how long each took from INVITE to 200. */
export async function answerTimes(server, number) {
  const caller = await SipEndpoint.listen({ host: HOST, port: 0, userAgent: 'bench' });
  const times = [];
  const calls = [];
  for (let index = 0; index < CALLS_PER_SECOND * SECONDS; index += 1) {
    calls.push(
      (async () => {
        const startedAt = performance.now();
        const { result } = caller.invite({
          uri: `sip:${number}@${server.sip.slice('sip:'.length)}`,
          from: `sip:+1555020${String(index).padStart(4, '0')}@${HOST}`,
          sdp: createAudioOffer({ host: HOST, port: 9, codecs: ['PCMU'], sessionId: index + 1 }),
        });
        const outcome = await result;
        if (outcome.kind !== 'answered') throw new Error(`a call was ${outcome.kind}`);
        times.push(performance.now() - startedAt);
        await pause(500);
        await outcome.dialog.bye();
      })(),
    );
    await pause(1000 / CALLS_PER_SECOND);
  }
  await Promise.all(calls);
  await caller.close();
  return { medianMs: median(times), p99Ms: percentile(times, 0.99), calls: times.length };
}

/** Adds two-party bridges, both legs sending, until a step is late or full; the last step that was neither. */
export async function bridgeCapacity(server, get, openConversation) {
  const caller = await SipEndpoint.listen({ host: HOST, port: 0, userAgent: 'bench' });
  const media = new MediaEngine();
  const openConductor = await openConversation();
  const dialogs = [];
  const steps = [];
  let legs = 0;
  while (legs < MOST_LEGS) {
    for (let pair = 0; pair < STEP_LEGS / 2; pair += 1) {
      const number = `+1555030${String(legs / 2).padStart(4, '0')}`;
      await openConductor(number);
      for (const side of [1, 2]) {
        dialogs.push(
          await call(
            caller,
            media,
            server,
            number,
            `+1555${side}40${String(legs).padStart(4, '0')}`,
          ),
        );
        legs += 1;
      }
    }
    const before = {
      ...(await get('/v1/Server')).media,
      cpuSec: await server.cpuSec(),
      at: performance.now(),
    };
    await pause(STEP_SECONDS * 1000);
    const after = {
      ...(await get('/v1/Server')).media,
      cpuSec: await server.cpuSec(),
      at: performance.now(),
    };
    const seconds = (after.at - before.at) / 1000;
    const ticks = after.ticks - before.ticks;
    const cpuSec = after.cpuSec - before.cpuSec;
    steps.push({
      legs,
      lateShare: (after.late_ticks - before.late_ticks) / ticks,
      cpuPercent: (cpuSec / seconds) * 100,
      microsecondsPerLegAndTick: (cpuSec * 1e6) / (ticks * legs),
    });
    const last = steps.at(-1);
    if (last.lateShare > LATE_SHARE || last.cpuPercent > FULL_PERCENT) break;
  }
  for (const dialog of dialogs) await dialog.bye();
  await media.close();
  await caller.close();
  const good = steps.filter(
    (step) => step.lateShare <= LATE_SHARE && step.cpuPercent <= FULL_PERCENT,
  );
  return { ...(good.at(-1) ?? steps[0]), steps };
}

async function call(caller, media, server, number, from) {
  const leg = await media.openLeg({ host: HOST });
  const { result } = caller.invite({
    uri: `sip:${number}@${server.sip.slice('sip:'.length)}`,
    from: `sip:${from}@${HOST}`,
    sdp: createAudioOffer({
      host: HOST,
      port: leg.localPort,
      codecs: ['PCMU'],
      sessionId: leg.localPort,
    }),
  });
  const outcome = await result;
  if (outcome.kind !== 'answered') throw new Error(`a call was ${outcome.kind}`);
  const answer = readAudioAnswer(outcome.sdp);
  if (!answer.ok) throw new Error(answer.error.message);
  leg.connect({
    host: answer.value.remoteHost,
    port: answer.value.remotePort,
    codec: answer.value.codec,
  });
  return outcome.dialog;
}
