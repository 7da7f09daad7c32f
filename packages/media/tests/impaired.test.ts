import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MediaEngine, ToneMeter } from '../src/index.ts';
import type { MediaLeg, SrtpKey } from '../src/index.ts';
import { G711, encodeG711 } from '../src/g711.ts';
import { writeRtpHeader } from '../src/rtp-packet.ts';
import { SrtpReceiver } from '../src/srtp-receiver.ts';
import { SrtpSender } from '../src/srtp-sender.ts';
import { MovableClock } from './_movable-clock.ts';
import { RtcpPeer } from './_rtcp-peer.ts';
import { until } from './_until.ts';

let clock: MovableClock;
let engine: MediaEngine;
let peer: RtcpPeer;
let leg: MediaLeg;

beforeEach(async () => {
  clock = new MovableClock();
  engine = new MediaEngine({ clock });
  peer = await RtcpPeer.open();
  leg = await engine.openLeg({ host: '127.0.0.1' });
});

afterEach(async () => {
  await engine.close();
  await peer.close();
});

const HERTZ = 400;

/** Packet number `index` of a steady tone. */
function tonePacket(index: number): Buffer {
  const frame = Int16Array.from({ length: 160 }, (_, i) =>
    Math.round(8000 * Math.sin((2 * Math.PI * HERTZ * (index * 160 + i)) / 8000)),
  );
  const bytes = Buffer.alloc(172);
  writeRtpHeader(bytes, {
    payloadType: 0,
    marker: false,
    sequenceNumber: index & 0xffff,
    rtpTimestamp: index * 160,
    ssrc: 7,
  });
  encodeG711(G711.PCMU, frame, 160, bytes, 12);
  return bytes;
}

async function arrive(packets: readonly Buffer[]): Promise<void> {
  const seen = (): number => leg.stats().packetsReceived + leg.stats().packetsDiscarded;
  const before = seen();
  for (const packet of packets) peer.rtp.send(packet, leg.localPort, '127.0.0.1');
  await until(() => seen() >= before + packets.length);
}

/** Lets the packets of each tick arrive, then the tick pass; what was heard, frame by frame. */
async function run(
  ticks: number,
  packetsAt: (tick: number) => readonly Buffer[],
): Promise<Int16Array[]> {
  const frames: Int16Array[] = [];
  const remove = leg.onAudio((frame) => frames.push(frame.slice()));
  for (let tick = 0; tick < ticks; tick += 1) {
    await arrive(packetsAt(tick));
    clock.advance(20);
  }
  remove();
  return frames;
}

/** How many of the frames carry the tone. */
function withTone(frames: readonly Int16Array[]): number {
  return frames.filter((frame) => {
    const meter = new ToneMeter();
    meter.push(frame);
    return Math.max(...frame) > 4000;
  }).length;
}

describe('what is heard of a peer', () => {
  beforeEach(() => leg.connect({ host: '127.0.0.1', port: peer.port, codec: 'PCMU' }));

  it('is whole when packets come reordered and twice', async () => {
    const frames = await run(200, (tick) => {
      const index = tick % 4 === 1 ? tick + 1 : tick % 4 === 2 ? tick - 1 : tick;
      const packet = tonePacket(index);
      return tick % 10 === 0 ? [packet, packet] : [packet];
    });

    expect(withTone(frames.slice(5))).toBe(frames.length - 5);
    expect(leg.stats()).toMatchObject({
      packetsReceived: 200,
      packetsLost: 0,
      packetsDiscarded: 20,
    });
  });

  it('goes on over lost packets without a gap', async () => {
    const frames = await run(500, (tick) => (tick % 10 === 5 ? [] : [tonePacket(tick)]));

    expect(withTone(frames.slice(5))).toBe(frames.length - 5);
    expect(leg.stats()).toMatchObject({ packetsReceived: 450, packetsLost: 50 });
  });

  it('falls silent within 60 ms when the peer does', async () => {
    await run(50, (tick) => [tonePacket(tick)]);

    const frames = await run(10, () => []);

    expect(frames.map((frame) => Math.max(...frame) > 100).lastIndexOf(true)).toBeLessThanOrEqual(
      4,
    );
  });

  it.each([
    ['fast', 1.002],
    ['slow', 0.998],
  ])('keeps its delay over a minute when the clock of the peer is %s', async (_, pace) => {
    const delays: number[] = [];
    let sent = 0;
    const frames = await run(3000, (tick) => {
      delays.push(leg.stats().bufferMs);
      const packets: Buffer[] = [];
      for (; sent <= tick * pace; sent += 1) packets.push(tonePacket(sent));
      return packets;
    });

    expect(Math.max(...delays)).toBeLessThan(70);
    expect(withTone(frames.slice(5))).toBe(frames.length - 5);
    expect(leg.stats()).toMatchObject({ packetsLost: 0, packetsDiscarded: 0 });
  });

  it('waits longer in a jittery network, and no longer than needed after it', async () => {
    let sent = 0;
    const jittery = (tick: number): Buffer[] => {
      const packets: Buffer[] = [];
      const due = tick % 4 === 0 ? tick : -1;
      for (; sent <= due; sent += 1) packets.push(tonePacket(sent));
      return packets;
    };
    await run(100, jittery);
    const heard = await run(100, (tick) => jittery(tick + 100));
    await arrive(jittery(200));
    const jitteryMs = leg.stats().bufferMs;
    clock.advance(20);
    await run(1000, (tick) => {
      const packets: Buffer[] = [];
      for (; sent <= tick + 201; sent += 1) packets.push(tonePacket(sent));
      return packets;
    });

    expect(withTone(heard)).toBe(heard.length);
    expect(leg.stats().maxJitterMs).toBeGreaterThan(10);
    expect(leg.stats().bufferMs).toBeLessThan(50);
    expect(jitteryMs).toBeGreaterThanOrEqual(80);
  });
});

describe('a protected leg', () => {
  const send: SrtpKey = { suite: 'AES_CM_128_HMAC_SHA1_80', keySalt: Buffer.alloc(30, 1) };
  const receive: SrtpKey = { suite: 'AES_CM_128_HMAC_SHA1_80', keySalt: Buffer.alloc(30, 2) };

  function connect(): void {
    leg.connect({
      host: '127.0.0.1',
      port: peer.port,
      codec: 'PCMU',
      srtp: { send, receive },
    });
  }

  it('hears what is protected with the key, and nothing else', async () => {
    connect();
    const protector = new SrtpSender(receive);

    const frames = await run(50, (tick) => [protector.protectRtp(tonePacket(tick))]);
    await arrive([tonePacket(50), protector.protectRtp(tonePacket(51)).fill(0, 40, 41)]);

    expect(withTone(frames.slice(5))).toBe(frames.length - 5);
    expect(leg.stats()).toMatchObject({ packetsReceived: 50, packetsDiscarded: 2 });
  });

  it('sends audio and reports that the key opens, also after a re-INVITE', async () => {
    const opener = new SrtpReceiver(send);
    const audio: (Buffer | undefined)[] = [];
    const reports: (Buffer | undefined)[] = [];
    peer.rtp.on('message', (bytes) => audio.push(opener.unprotectRtp(bytes)));
    peer.rtcp.on('message', (bytes) => reports.push(opener.unprotectRtcp(bytes)));

    for (let second = 1; second <= 12; second += 1) {
      if (second % 4 === 1) connect();
      clock.advance(1000);
      await until(() => audio.length === second * 50);
    }
    await until(() => reports.length === leg.stats().rtcpSent);

    expect(audio.filter((bytes) => bytes?.length === 172)).toHaveLength(600);
    expect(reports.length).toBeGreaterThan(1);
    expect(reports).not.toContain(undefined);
  });

  it('takes protected reports of the peer', async () => {
    connect();
    const protector = new SrtpSender(receive);

    peer.rtcp.send(peer.report({}), leg.localPort + 1, '127.0.0.1');
    peer.rtcp.send(protector.protectRtcp(peer.report({})), leg.localPort + 1, '127.0.0.1');
    await until(() => leg.stats().packetsDiscarded + leg.stats().rtcpReceived === 2);

    expect(leg.stats()).toMatchObject({ packetsDiscarded: 1, rtcpReceived: 1 });
  });
});
