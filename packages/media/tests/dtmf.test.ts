import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dtmfSource, MediaEngine } from '../src/index.ts';
import { digits, openPair } from './_legs.ts';
import { RtpPeer } from './_rtp-peer.ts';

let engine: MediaEngine;

beforeEach(() => {
  engine = new MediaEngine();
});

afterEach(async () => {
  await engine.close();
});

describe('DTMF', () => {
  it('arrives as RFC 4733 events when negotiated', async () => {
    const [a, b] = await openPair(engine, { telephoneEventPayloadType: 101 });
    const atB = digits(b, 16);

    await a.sendDtmf('0123456789*#ABCD', { toneMs: 40, gapMs: 60 });

    expect(await atB).toBe('0123456789*#ABCD');
  });

  it.each(['PCMU', 'PCMA'] as const)('arrives as tones over %s otherwise', async (codec) => {
    const [a, b] = await openPair(engine, { codec });
    const atB = digits(b, 6);

    await a.sendDtmf('1199#D', { toneMs: 60, gapMs: 60 });

    expect(await atB).toBe('1199#D');
  });

  it('may be told by signalling, and is then not heard in the tone that goes with it', async () => {
    const [a, b] = await openPair(engine);
    const atB = digits(b, 3);

    b.takeDigit('5');
    await a.play(dtmfSource('5'));
    b.takeDigit('6');
    b.takeDigit('6');

    expect(await atB).toBe('566');
  });

  it('is taken once from a peer that tells each key by event and by signalling', async () => {
    const [a, b] = await openPair(engine, { telephoneEventPayloadType: 101 });
    const atB = digits(b, 2);

    await a.sendDtmf('1');
    b.takeDigit('1');
    await a.sendDtmf('2');

    expect(await atB).toBe('12');
  });

  it('is not taken from tones when events were negotiated', async () => {
    const [a, b] = await openPair(engine, { telephoneEventPayloadType: 101 });
    const atB = digits(b, 1);

    await a.play(dtmfSource('9'));
    await a.sendDtmf('5');

    expect(await atB).toBe('5');
  });

  it('is sent as one event per key: one timestamp, a marker, growing duration, three ends', async () => {
    const peer = await RtpPeer.open();
    const leg = await engine.openLeg({ host: '127.0.0.1' });
    leg.connect({
      host: '127.0.0.1',
      port: peer.port,
      codec: 'PCMU',
      telephoneEventPayloadType: 96,
    });

    const sent = leg.sendDtmf('7', { toneMs: 80 });
    const packets = await peer.collect(12);
    await sent;
    await peer.close();

    const events = packets.filter((packet) => packet.payloadType === 96);
    expect(new Set(events.map((packet) => packet.rtpTimestamp)).size).toBe(1);
    expect(events.map((packet) => packet.marker)).toEqual([true, ...Array(5).fill(false)]);
    expect(events.map((packet) => [...packet.payload])).toEqual([
      [7, 10, 0, 160],
      [7, 10, 1, 64],
      [7, 10, 1, 224],
      [7, 0x8a, 2, 128],
      [7, 0x8a, 2, 128],
      [7, 0x8a, 2, 128],
    ]);
    const audio = packets.find((packet) => packet.payloadType === 0);
    const [event] = events;
    expect(audio?.marker).toBe(true);
    expect((audio?.rtpTimestamp ?? 0) - (event?.rtpTimestamp ?? 0)).toBe(6 * 160);
  });

  it('is heard by either number where the peer answered with another than was offered', async () => {
    const peer = await RtpPeer.open();
    const leg = await engine.openLeg({ host: '127.0.0.1' });
    leg.connect({
      host: '127.0.0.1',
      port: peer.port,
      codec: 'PCMU',
      telephoneEventPayloadType: 96,
      alsoReceived: { telephoneEventPayloadType: 101 },
    });
    const heard = digits(leg, 2);

    [101, 96].forEach((payloadType, index) =>
      peer.send(leg.localPort, {
        payloadType,
        sequenceNumber: index,
        rtpTimestamp: index * 160,
        payload: Uint8Array.of(index + 1, 0x8a, 0, 160),
      }),
    );

    expect(await heard).toBe('12');
    await peer.close();
  });

  it('is heard once per press however its packets are lost, doubled or reordered', async () => {
    const peer = await RtpPeer.open();
    const leg = await engine.openLeg({ host: '127.0.0.1' });
    leg.connect({
      host: '127.0.0.1',
      port: peer.port,
      codec: 'PCMU',
      telephoneEventPayloadType: 101,
    });
    const heard = digits(leg, 3);
    const event = (sequenceNumber: number, rtpTimestamp: number, key: number, end: boolean): void =>
      peer.send(leg.localPort, {
        payloadType: 101,
        sequenceNumber,
        rtpTimestamp,
        payload: Uint8Array.of(key, end ? 0x8a : 10, 0, 160),
      });

    event(1, 1000, 1, false);
    event(3, 1000, 1, true);
    event(2, 1000, 1, false);
    event(3, 1000, 1, true);
    event(6, 3000, 1, false); // Ends lost; the same key again.
    event(9, 6000, 2, true); // Only the end arrives.
    event(7, 3000, 1, true);

    expect(await heard).toBe('112');
    await peer.close();
  });

  it('ends quietly when the leg is closed while dialling', async () => {
    const [a] = await openPair(engine);
    const sent = a.sendDtmf('WWWWWW');

    await a.close();

    await expect(sent).resolves.toBeUndefined();
    await expect(a.sendDtmf('1')).rejects.toMatchObject({ code: 'CLOSED' });
  });
});
