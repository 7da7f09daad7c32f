import { MediaEngine, ToneMeter, toneSource } from '@tutti/media';
import { createAudioOffer, readAudioAnswer, SipEndpoint } from '@tutti/sip';
import { expect, it, onTestFinished } from 'vitest';
import { Random } from '../kill/_random.ts';
import { LossyRelay } from './_lossy-relay.ts';
import { answered, BOB, OURS, twiml, World } from './_world.ts';

const CALLER = '+15557654333';
const SAID_MS = 3000;
const PACKET_MS = 20;
/** What is on its way when the call ends is counted by one side only. */
const ON_THE_WAY = 5;

/** A call from behind a bad network, put through to Bob; it says 600 Hz, Bob 1100 Hz. */
async function callThrough(impairment: { loss: number; reorder: number }) {
  const world = await World.open();
  onTestFinished(() => world[Symbol.asyncDispose]());
  const bob = await world.phone(BOB);
  await world.answers(twiml(`<Dial>${BOB}</Dial>`));
  const relay = await LossyRelay.open({ random: new Random('network'), ...impairment });
  onTestFinished(() => relay[Symbol.asyncDispose]());
  const engine = new MediaEngine();
  onTestFinished(() => engine.close());
  const leg = await engine.openLeg({ host: '127.0.0.1' });
  const endpoint = await SipEndpoint.listen({
    host: '127.0.0.1',
    port: 0,
    userAgent: 'far away',
    closeTimeoutMs: 100,
  });
  onTestFinished(() => endpoint.close());

  const bobs = answered(bob);
  const outcome = await endpoint.invite({
    uri: world.tutti.sip.replace('sip:', `sip:${OURS}@`),
    from: `sip:${CALLER}@127.0.0.1`,
    sdp: createAudioOffer({
      host: '127.0.0.1',
      port: relay.farPort,
      codecs: ['PCMU'],
      sessionId: 1,
    }),
  }).result;
  if (outcome.kind !== 'answered') throw new Error(outcome.kind);
  const answer = readAudioAnswer(outcome.sdp);
  if (!answer.ok) throw new Error(answer.error.message);
  relay.connect({ near: leg.localPort, far: answer.value.remotePort });
  leg.connect({ host: '127.0.0.1', port: relay.nearPort, codec: 'PCMU' });
  return { world, relay, leg, dialog: outcome.dialog, bobs: await bobs };
}

/** The share of the samples' stretches of 100 ms, from the first to the last loud one, that a tone fills. */
function shareWith(frequencyHz: number, samples: Int16Array): number {
  const stretches: boolean[] = [];
  for (let at = 0; at + 800 <= samples.length; at += 800) {
    const meter = new ToneMeter();
    meter.push(samples.subarray(at, at + 800));
    stretches.push(meter.has(frequencyHz));
  }
  const heard = stretches.slice(stretches.indexOf(true), stretches.lastIndexOf(true) + 1);
  return heard.filter(Boolean).length / Math.max(1, heard.length);
}

it.each([
  ['has packets overtake each other', { loss: 0, reorder: 0.2 }],
  ['loses a tenth of them besides', { loss: 0.1, reorder: 0.1 }],
])('a network that %s is heard through, and what it lost is told', async (_, impairment) => {
  const { world, relay, leg, dialog, bobs } = await callThrough(impairment);
  const recording = bobs.record();
  const said = toneSource({ frequenciesHz: [600], durationMs: SAID_MS, levelDbfs: -12 });
  const heard: number[] = [];
  leg.onAudio((frame) => heard.push(...frame));
  const bobsTone = bobs.playTone(1100);

  await leg.play(said);
  bobsTone.stop();
  const atBob = recording.stop();
  await dialog.bye();
  await world.quiet();

  expect(relay.late).toBeGreaterThan(0);
  expect(shareWith(600, atBob)).toBeGreaterThan(0.95);
  expect(shareWith(1100, Int16Array.from(heard))).toBeGreaterThan(0.95);
  const { calls } = await world.get(`/Calls.json?From=${encodeURIComponent(CALLER)}`);
  const inbound = calls.find((call: { direction: string }) => call.direction === 'inbound');
  const { metrics } = await world.get(`/v1/Voice/${inbound.sid}/Metrics`);
  const { packets_lost: lost, packets_received: received } = metrics[0].sip_edge.cumulative;
  expect(received).toBeGreaterThan((SAID_MS / PACKET_MS) * (1 - impairment.loss) * 0.8);
  // Late is not lost.
  expect(lost).toBeGreaterThanOrEqual(relay.lost - ON_THE_WAY);
  expect(lost).toBeLessThanOrEqual(relay.lost + ON_THE_WAY);
});
