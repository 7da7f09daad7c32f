import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MediaEngine, toneSource } from '../src/index.ts';
import type { MediaLeg, MediaLegStats, MediaRemote } from '../src/index.ts';
import { heard, openPair } from './_legs.ts';
import { RtpPeer } from './_rtp-peer.ts';

/** What a phone that looks for ways through NAT sends: RFC 8489 §5. */
const STUN_BINDING = Buffer.from('000100002112a442000102030405060708090a0b', 'hex');

let engine: MediaEngine;
let peer: RtpPeer;
let leg: MediaLeg;

beforeEach(async () => {
  engine = new MediaEngine();
  peer = await RtpPeer.open();
  leg = await engine.openLeg({ host: '127.0.0.1' });
});

afterEach(async () => {
  await engine.close();
  await peer.close();
});

function connect(options: Partial<MediaRemote> = {}): void {
  leg.connect({ host: '127.0.0.1', port: peer.port, codec: 'PCMU', ...options });
}

/** Resolves when the leg's figures are these, looking at each of the next ticks. */
function counted(expected: Partial<MediaLegStats>): Promise<MediaLegStats> {
  return new Promise((resolve) => {
    const bridge = engine.createBridge();
    bridge.add(leg);
    const remove = bridge.onMix(() => {
      const stats = leg.stats();
      const keys = Object.keys(expected) as (keyof MediaLegStats)[];
      if (keys.every((key) => stats[key] === expected[key])) {
        remove();
        resolve(stats);
      }
    });
  });
}

describe('what a leg sends', () => {
  it('is a frame every 20 ms with rising numbers and one source', async () => {
    connect();

    const packets = await peer.collect(10);

    const [first] = packets;
    expect(first?.marker).toBe(true);
    packets.forEach((packet, i) => {
      expect(packet).toMatchObject({
        payloadType: 0,
        marker: i === 0,
        ssrc: first?.ssrc,
        sequenceNumber: ((first?.sequenceNumber ?? 0) + i) & 0xffff,
        rtpTimestamp: ((first?.rtpTimestamp ?? 0) + i * 160) >>> 0,
        sourcePort: leg.localPort,
      });
      expect([...new Set(packet.payload)]).toEqual([0xff]);
    });
  });

  it('uses the payload type that was negotiated', async () => {
    connect({ codec: 'PCMA', payloadType: 97 });

    const [packet] = await peer.collect(1);

    expect(packet).toMatchObject({ payloadType: 97 });
    expect([...new Set(packet?.payload)]).toEqual([0xd5]);
  });

  it('goes on with the same numbers after a re-INVITE to another port and codec', async () => {
    const other = await RtpPeer.open();
    connect();
    const [before] = await peer.collect(1);

    leg.connect({ host: '127.0.0.1', port: other.port, codec: 'PCMA' });
    const [after] = await other.collect(1);
    await other.close();

    expect(after?.ssrc).toBe(before?.ssrc);
    expect(after?.payloadType).toBe(8);
    // On a busy machine a second of packets may have gone to the old port; a new start would be anywhere.
    const packets = ((after?.sequenceNumber ?? 0) - (before?.sequenceNumber ?? 0)) & 0xffff;
    expect(packets).toBeLessThan(50);
  });

  it('goes where the peer really sends from', async () => {
    const signalled = await RtpPeer.open();
    leg.connect({ host: '127.0.0.1', port: signalled.port, codec: 'PCMU' });

    const arrived = peer.collect(2);
    peer.send(leg.localPort);

    expect(await arrived).toHaveLength(2);
    await signalled.close();
  });

  it('finds a peer given by name', async () => {
    connect({ host: 'localhost' });

    expect(await peer.collect(1)).toHaveLength(1);
  });

  it.each([
    { direction: 'recvonly' },
    { direction: 'inactive' },
    { host: '0.0.0.0' },
    { port: 0 },
    { port: 70_000 },
    { port: Number.NaN },
  ] as const)('is nothing when the peer is %o, though plays end in time', async (options) => {
    connect(options);

    const play = leg.play(toneSource({ frequenciesHz: [440], durationMs: 60, levelDbfs: -10 }));

    expect(await play).toBe('finished');
    expect(leg.stats().packetsSent).toBe(0);
  });

  it('harms nobody when it cannot be sent', async () => {
    connect({ host: '::1' });
    const [a, b] = await openPair(engine);

    await Promise.all([
      heard(b, (meter) => meter.has(440)),
      a.play(toneSource({ frequenciesHz: [440], durationMs: 300, levelDbfs: -10 })),
    ]);
  });

  it('goes where the last signalling says, though an earlier name is still being resolved', async () => {
    connect({ host: 'localhost', port: 9 });
    connect();

    expect(await peer.collect(20)).toHaveLength(20);
  });

  it('is marked again after a hold, with a timestamp that went on', async () => {
    connect();
    const [before] = await peer.collect(1);
    connect({ direction: 'inactive' });
    await leg.play(toneSource({ frequenciesHz: [440], durationMs: 100, levelDbfs: -10 }));

    // Packets from before the hold may still come first.
    const resumed = peer.next(({ marker }) => marker);
    connect();
    const after = await resumed;

    const frames = ((after.rtpTimestamp - (before?.rtpTimestamp ?? 0)) >>> 0) / 160;
    const packets = (after.sequenceNumber - (before?.sequenceNumber ?? 0)) & 0xffff;
    expect(frames - packets).toBeGreaterThanOrEqual(5);
  });
});

describe('what a leg receives', () => {
  it("is dropped and counted when it is not the peer's audio", async () => {
    connect({ payloadType: 0, telephoneEventPayloadType: 101 });
    peer.send(leg.localPort);
    await counted({ packetsReceived: 1 });
    const stranger = await RtpPeer.open();

    peer.sendBytes(leg.localPort, Buffer.from('garbage'));
    peer.sendBytes(leg.localPort, Buffer.alloc(0));
    peer.sendBytes(leg.localPort, Buffer.alloc(172, 0xff));
    peer.sendBytes(leg.localPort, STUN_BINDING);
    peer.send(leg.localPort, { payloadType: 8, sequenceNumber: 1 });
    peer.send(leg.localPort, { sequenceNumber: 0 });
    stranger.send(leg.localPort, { sequenceNumber: 1 });

    await counted({ packetsReceived: 1, packetsDiscarded: 7 });
    await stranger.close();
  });

  it('is counted as lost when numbers are missing, over the wrap', async () => {
    connect();

    [65534, 65535, 2, 3].forEach((sequenceNumber, i) =>
      peer.send(leg.localPort, { sequenceNumber, rtpTimestamp: i * 160 }),
    );

    const stats = await counted({ packetsReceived: 4, packetsLost: 2 });
    expect(stats.lastPacketAt).toBeGreaterThan(0);
  });

  it('goes on when the sender restarts with another source', async () => {
    connect();

    peer.send(leg.localPort, { ssrc: 1, sequenceNumber: 10 });
    peer.send(leg.localPort, { ssrc: 2, sequenceNumber: 40_000, rtpTimestamp: 5 });

    await counted({ packetsReceived: 2, packetsLost: 0, packetsDiscarded: 0 });
  });

  it('is not heard before connect, nor while only sending', async () => {
    peer.send(leg.localPort);
    await counted({ packetsDiscarded: 1 });
    connect({ direction: 'sendonly' });
    peer.send(leg.localPort);
    await counted({ packetsDiscarded: 2, packetsReceived: 0 });

    connect();
    const frames: Int16Array[] = [];
    const remove = leg.onAudio((frame) => frames.push(frame.slice()));
    peer.send(leg.localPort, { sequenceNumber: 5, payload: new Uint8Array(160).fill(0x80) });
    await heard(leg, (meter) => meter.energyDbfs > -20);
    remove();

    expect(frames.map((frame) => frame[0])).toEqual([0, 32124]);
  });

  it('is heard in the other codec of its answer too, which it may change to unannounced', async () => {
    connect({ alsoReceived: { codec: { codec: 'PCMA', payloadType: 8 } } });
    const frames: Int16Array[] = [];
    const remove = leg.onAudio((frame) => frames.push(frame.slice()));

    peer.send(leg.localPort, { payload: new Uint8Array(160).fill(0x80) });
    peer.send(leg.localPort, {
      payloadType: 8,
      sequenceNumber: 1,
      rtpTimestamp: 160,
      payload: new Uint8Array(160).fill(0xaa),
    });
    await counted({ packetsReceived: 2, packetsDiscarded: 0 });
    await expect
      .poll(() => frames.map((frame) => frame.at(-1)))
      .toEqual(expect.arrayContaining([32124, 32256]));
    remove();
  });

  it('is heard again by the same listeners after the codec changed', async () => {
    const [a, b] = await openPair(engine, { codec: 'PCMU' });
    const tone = (frequencyHz: number) =>
      toneSource({ frequenciesHz: [frequencyHz], durationMs: 300, levelDbfs: -10 });
    await Promise.all([heard(b, (meter) => meter.has(440)), a.play(tone(440))]);

    a.connect({ host: '127.0.0.1', port: b.localPort, codec: 'PCMA' });
    b.connect({ host: '127.0.0.1', port: a.localPort, codec: 'PCMA' });

    await Promise.all([heard(b, (meter) => meter.has(700)), a.play(tone(700))]);
  });
});
