import { createSocket } from 'node:dgram';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MediaEngine } from '../src/index.ts';
import type { MediaLeg, MediaRemote } from '../src/index.ts';
import { writeRtpHeader } from '../src/rtp-packet.ts';
import { MovableClock } from './_movable-clock.ts';
import { receptionOf, RtcpPeer } from './_rtcp-peer.ts';
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

function connect(options: Partial<MediaRemote> = {}): void {
  leg.connect({ host: '127.0.0.1', port: peer.port, codec: 'PCMU', ...options });
}

async function sendRtp(sequenceNumber: number): Promise<void> {
  const before = leg.stats().packetsReceived;
  const bytes = Buffer.alloc(172, 0xff);
  const rtpTimestamp = sequenceNumber * 160;
  writeRtpHeader(bytes, { payloadType: 0, marker: false, sequenceNumber, rtpTimestamp, ssrc: 7 });
  peer.rtp.send(bytes, leg.localPort, '127.0.0.1');
  await until(() => leg.stats().packetsReceived > before);
}

async function sendRtcp(bytes: Buffer): Promise<void> {
  const before = leg.stats().rtcpReceived;
  peer.rtcp.send(bytes, leg.localPort + 1, '127.0.0.1');
  await until(() => leg.stats().rtcpReceived > before);
}

describe('reports of a leg', () => {
  it('tell what was sent, to the port after the one of audio', async () => {
    connect();

    const report = peer.next();
    clock.advance(3500);

    expect(await report).toMatchObject({ receptions: [], bye: [] });
    expect((await report).senderReport).toBeGreaterThan(0);
  });

  it('come about every five seconds, at random', async () => {
    connect({ direction: 'inactive' });

    clock.advance(500_000);

    const sent = leg.stats().rtcpSent;
    expect(sent).toBeGreaterThan(80);
    expect(sent).toBeLessThan(170);
  });

  it('tell of lost packets since the last report and since the beginning', async () => {
    connect();
    for (const sequence of [65_530, 65_532, 65_534, 0, 2]) await sendRtp(sequence);

    const first = peer.next();
    clock.advance(3500);
    await first;
    for (const sequence of [3, 4, 5, 6]) await sendRtp(sequence);
    const second = peer.next(({ receptions }) => receptions[0]?.fractionLost === 0);
    clock.advance(8000);

    expect((await first).receptions).toMatchObject([
      { ssrc: 7, packetsLost: 4, fractionLost: Math.floor((4 / 9) * 256), highestSequence: 65_538 },
    ]);
    expect((await second).receptions).toMatchObject([
      { packetsLost: 4, fractionLost: 0, highestSequence: 65_542 },
    ]);
  });

  it("echo the peer's last sender report and how long ago it came", async () => {
    connect();
    await sendRtp(1);
    await sendRtcp(
      peer.report({
        ssrc: 7,
        sender: {
          ntpSeconds: 0x1234_5678,
          ntpFraction: 0x9abc_def0,
          rtpTimestamp: 0,
          packets: 1,
          octets: 160,
        },
      }),
    );
    const sentAt = clock.now();

    const report = peer.next();
    clock.advance(3500);

    const [reception] = (await report).receptions;
    expect(reception?.lastSenderReport).toBe(0x5678_9abc);
    const delayMs = ((reception?.delaySinceLastSenderReport ?? 0) * 1000) / 65_536;
    expect(delayMs).toBeGreaterThan(500);
    expect(delayMs).toBeLessThanOrEqual(clock.now() - sentAt);
  });

  it('go on during a hold, but not to 0.0.0.0', async () => {
    connect({ direction: 'inactive' });
    clock.advance(20_000);
    const onHold = leg.stats().rtcpSent;
    connect({ host: '0.0.0.0' });
    clock.advance(20_000);

    expect(onHold).toBeGreaterThan(1);
    expect(leg.stats().rtcpSent).toBe(onHold);
  });

  it('go where the reports of the peer come from, on one port or on two', async () => {
    connect();
    peer.rtp.send(peer.report({}), leg.localPort, '127.0.0.1');
    await until(() => leg.stats().rtcpReceived === 1);

    const muxed = peer.next(() => true, peer.rtp);
    clock.advance(10_000);
    await muxed;
    await sendRtcp(peer.report({}));
    const apart = peer.next(() => true, peer.rtcp);
    clock.advance(10_000);

    expect((await apart).ssrc).toBe((await muxed).ssrc);
  });

  it('end with BYE when the leg closes', async () => {
    connect();
    clock.advance(100);

    const report = peer.next(({ bye }) => bye.length > 0);
    await leg.close();

    expect((await report).bye).toEqual([(await report).ssrc]);
  });
});

describe('reports of the peer', () => {
  it('give the round trip, and how it receives us', async () => {
    connect();
    const ours = peer.next();
    clock.advance(3500);
    const { ssrc, senderReport = 0 } = await ours;

    // Echoed after half a second; all in all 40 ms on the way. When ours was sent is in its number.
    const sentAtMs = (senderReport * 1000) / 65_536;
    clock.advance(sentAtMs + 540 - clock.now());
    clock.stall(0);
    await sendRtcp(
      peer.report({
        reception: receptionOf(ssrc, {
          packetsLost: 12,
          fractionLost: 64,
          jitterTicks: 80,
          lastSenderReport: senderReport,
          delaySinceLastSenderReport: Math.round(((clock.now() - sentAtMs - 40) * 65_536) / 1000),
        }),
      }),
    );

    const { roundTripMs, remote } = leg.stats();
    expect(roundTripMs).toBeCloseTo(40, 0);
    expect(remote).toEqual({ packetsLost: 12, fractionLost: 0.25, jitterMs: 10 });
  });

  it('do not count from a stranger, of another stream, or when damaged', async () => {
    connect();
    const stranger = createSocket('udp4');
    await new Promise<void>((resolve) => {
      stranger.bind(0, '127.0.0.2', () => resolve());
    });

    stranger.send(peer.report({}), leg.localPort + 1, '127.0.0.1');
    peer.rtcp.send(Buffer.from('80c8000100000001', 'hex'), leg.localPort + 1, '127.0.0.1');
    peer.rtcp.send(peer.report({}).subarray(0, 11), leg.localPort + 1, '127.0.0.1');
    await until(() => leg.stats().packetsDiscarded === 3);
    await sendRtcp(peer.report({ reception: receptionOf(99, { packetsLost: 5 }) }));
    stranger.close();

    expect(leg.stats()).toMatchObject({ rtcpReceived: 1, remote: undefined });
    expect(leg.stats().roundTripMs).toBeUndefined();
  });
});

describe('a peer that vanished', () => {
  it('is told of once, until it is heard again', async () => {
    connect();
    const silences: number[] = [];
    leg.onSilence(10_000, () => silences.push(clock.now()));
    const startedAt = clock.now();

    clock.advance(30_000);
    await sendRtp(1);
    clock.advance(5000);
    await sendRtcp(peer.report({}));
    clock.advance(9000);
    const told = silences.length;
    clock.advance(9000);

    expect(silences[0]).toBe(startedAt + 10_020);
    expect([told, silences.length]).toEqual([1, 2]);
  });

  it.each([{ direction: 'inactive' }, { direction: 'recvonly' }, { host: '0.0.0.0' }] as const)(
    'is not missed on hold: %o',
    async (hold) => {
      const silences: number[] = [];
      leg.onSilence(10_000, () => silences.push(clock.now()));
      connect(hold);

      clock.advance(60_000);
      const onHold = silences.length;
      connect();
      clock.advance(9000);
      const resumed = silences.length;
      clock.advance(2000);

      expect([onHold, resumed, silences.length]).toEqual([0, 0, 1]);
    },
  );

  it('is not told of when nobody watches any more', async () => {
    connect();
    const silences: number[] = [];
    const stop = leg.onSilence(10_000, () => silences.push(1));
    stop();

    clock.advance(30_000);

    expect(silences).toEqual([]);
  });
});
