import { afterAll, beforeAll, expect } from 'vitest';
import { fuzzSockets } from '../../../../tests/_fuzz/fuzz.ts';
import { mutateBytes } from '../../../../tests/_fuzz/mutate.ts';
import { MediaEngine, type MediaLeg } from '../../src/index.ts';
import { MovableClock } from '../_movable-clock.ts';
import { RtpPeer } from '../_rtp-peer.ts';
import { corpus, EVENT, makePacket } from './_packets.ts';

let clock: MovableClock;
let engine: MediaEngine;
let leg: MediaLeg;
let peer: RtpPeer;

beforeAll(async () => {
  clock = new MovableClock();
  engine = new MediaEngine({ clock });
  peer = await RtpPeer.open();
  leg = await engine.openLeg({ host: '127.0.0.1' });
  const codec = 'PCMU';
  leg.connect({ host: '127.0.0.1', port: peer.port, codec, telephoneEventPayloadType: EVENT });
  engine.createBridge().add(leg);
});
afterAll(async () => {
  await engine.close();
  await peer.close();
});

function dealtWith(): number {
  const { packetsReceived, packetsDiscarded } = leg.stats();
  return packetsReceived + packetsDiscarded;
}

let sequenceNumber = 0;
let rtpTimestamp = 0;

/** Twenty milliseconds of a loud voice; resolves when the leg has it. */
async function speak(): Promise<void> {
  const before = dealtWith();
  sequenceNumber = (sequenceNumber + 1) & 0xffff;
  rtpTimestamp = (rtpTimestamp + 160) >>> 0;
  const payload = new Uint8Array(160).fill(0x10);
  peer.send(leg.localPort, { sequenceNumber, rtpTimestamp, payload });
  while (dealtWith() === before) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  clock.advance(20);
}

fuzzSockets<Buffer>('The port of a leg', {
  corpus,
  make: (random) => {
    sequenceNumber = (sequenceNumber + 1) & 0xffff;
    rtpTimestamp = (rtpTimestamp + 160) >>> 0;
    return mutateBytes(random, makePacket(random, sequenceNumber, rtpTimestamp));
  },
  send: async (inputs, random) => {
    for (const bytes of inputs) peer.sendBytes(leg.localPort, bytes);
    clock.advance(random.below(100));
    await speak();
  },
  check: async () => {
    const { packetsLost, jitterMs } = leg.stats();
    expect(packetsLost).toBeGreaterThanOrEqual(0);
    expect(jitterMs).toBeGreaterThanOrEqual(0);
    expect(jitterMs).toBeLessThan(Infinity);
    // It hears again: at worst 100 packets are taken for duplicates, then a second for late ones.
    const heard: boolean[] = [];
    leg.onAudio((frame) => {
      if (frame.every((sample) => sample !== 0 && sample === frame[0])) heard.push(true);
    });
    for (let sent = 0; sent < 400 && heard.length === 0; sent += 1) await speak();
    expect(heard).not.toEqual([]);

    await leg.close();
    expect(engine.stats).toMatchObject({ legs: 0, sockets: 0 });
    expect(clock.pendingTimers).toBe(0);
  },
});
