import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { createAudioOffer, readAudioAnswer, SipEndpoint } from '@tutti/sip';
import { median, percentile } from './statistics.mjs';

const HOST = '127.0.0.1';
const SETUP_SECONDS = 5;
/** Calls that are being set up at any moment. */
const SETUP_WORKERS = 16;
const DELAY_CALLS = 10;
/** In each call. */
const BURSTS = 4;
const FRAME_MS = 20;
/** Frames of a burst of sound, and from one to the next. */
const BURST_FRAMES = 5;
const PERIOD_FRAMES = 15;
/** G.711 µ-law: nothing, and nearly full scale. */
const SILENCE = 0xff;
const LOUD = 0x80;

/** Sets up and ends calls as fast as a few callers can; how many in a second, and what each cost the server. */
export async function setupRate(server, number) {
  const caller = await SipEndpoint.listen({ host: HOST, port: 0, userAgent: 'bench' });
  const until = performance.now() + SETUP_SECONDS * 1000;
  const cpuBefore = await server.cpuSec();
  let calls = 0;
  await Promise.all(
    Array.from({ length: SETUP_WORKERS }, async (_, worker) => {
      while (performance.now() < until) {
        const { result } = caller.invite({
          uri: `sip:${number}@${server.sip.slice('sip:'.length)}`,
          from: `sip:+1555060${String(worker).padStart(4, '0')}@${HOST}`,
          sdp: createAudioOffer({ host: HOST, port: 9, codecs: ['PCMU'], sessionId: worker + 1 }),
        });
        const outcome = await result;
        if (outcome.kind !== 'answered') throw new Error(`a call was ${outcome.kind}`);
        await outcome.dialog.bye();
        calls += 1;
      }
    }),
  );
  const cpuMsPerCall = (((await server.cpuSec()) - cpuBefore) * 1000) / calls;
  await caller.close();
  return { perSecond: calls / SETUP_SECONDS, cpuMsPerCall };
}

/**
 * Bursts of sound from one leg of a bridge to the other: from the edge that goes in to the edge that comes out. In several
 * calls, as it depends on when within its 20 ms the server is reached, which each call decides anew.
 */
export async function addedDelay(server, number) {
  const caller = await SipEndpoint.listen({ host: HOST, port: 0, userAgent: 'bench' });
  const delays = [];
  for (let call = 0; call < DELAY_CALLS; call += 1) {
    const [mouth, ear] = [
      await party(caller, server, number, 1),
      await party(caller, server, number, 2),
    ];
    delays.push(...(await sayBursts(mouth, ear)));
    for (const { dialog, socket } of [mouth, ear]) {
      await dialog.bye();
      socket.close();
    }
  }
  await caller.close();
  return { medianMs: median(delays), p99Ms: percentile(delays, 0.99), bursts: delays.length };
}

/** The first period is silence, so that the jitter buffers are filled. */
async function sayBursts(mouth, ear) {
  let sentAt;
  const delays = [];
  ear.socket.on('message', (bytes) => {
    if (sentAt !== undefined && bytes[12 + 80] < LOUD + 0x10) {
      delays.push(performance.now() - sentAt);
      sentAt = undefined;
    }
  });
  const packet = Buffer.alloc(172);
  packet.writeUInt8(0x80, 0);
  const startedAt = performance.now();
  for (let frame = 0; frame < (BURSTS + 1) * PERIOD_FRAMES; frame += 1) {
    const position = frame % PERIOD_FRAMES;
    packet.writeUInt16BE(frame & 0xffff, 2);
    packet.writeUInt32BE(frame * 160, 4);
    packet.writeUInt32BE(1, 8);
    packet.fill(position < BURST_FRAMES && frame >= PERIOD_FRAMES ? LOUD : SILENCE, 12);
    mouth.socket.send(Buffer.from(packet), mouth.port, HOST);
    packet.fill(SILENCE, 12);
    ear.socket.send(Buffer.from(packet), ear.port, HOST);
    if (position === 0 && frame >= PERIOD_FRAMES) sentAt = performance.now();
    await pause(Math.max(0, startedAt + (frame + 1) * FRAME_MS - performance.now()));
  }
  return delays;
}

async function party(caller, server, number, side) {
  const socket = createSocket('udp4').bind(0, HOST);
  await once(socket, 'listening');
  const outcome = await caller.invite({
    uri: `sip:${number}@${server.sip.slice('sip:'.length)}`,
    from: `sip:+15550700${String(side).padStart(3, '0')}@${HOST}`,
    sdp: createAudioOffer({
      host: HOST,
      port: socket.address().port,
      codecs: ['PCMU'],
      sessionId: side,
    }),
  }).result;
  if (outcome.kind !== 'answered') throw new Error(`a call was ${outcome.kind}`);
  const answer = readAudioAnswer(outcome.sdp);
  if (!answer.ok) throw new Error(answer.error.message);
  return { socket, port: answer.value.remotePort, dialog: outcome.dialog };
}
