import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loopSource, MediaEngine, silenceSource, ToneMeter, toneSource } from '../src/index.ts';
import type { AudioBridge, AudioSource, MediaLeg } from '../src/index.ts';
import { heard } from './_legs.ts';

/** The server has the bridge; the phones are an engine of their own, as they would be. */
let server: MediaEngine;
let phones: MediaEngine;
let bridge: AudioBridge;

beforeEach(() => {
  server = new MediaEngine();
  phones = new MediaEngine();
  bridge = server.createBridge();
});

afterEach(async () => {
  await server.close();
  await phones.close();
});

/** A leg in the bridge, and the phone at its other end. */
async function join(): Promise<{ leg: MediaLeg; phone: MediaLeg }> {
  const leg = await server.openLeg({ host: '127.0.0.1' });
  const phone = await phones.openLeg({ host: '127.0.0.1' });
  leg.connect({ host: '127.0.0.1', port: phone.localPort, codec: 'PCMU' });
  phone.connect({ host: '127.0.0.1', port: leg.localPort, codec: 'PCMU' });
  bridge.add(leg);
  return { leg, phone };
}

function endless(frequencyHz: number): AudioSource {
  return loopSource(
    () => toneSource({ frequenciesHz: [frequencyHz], durationMs: 1000, levelDbfs: -20 }),
    0,
  );
}

/** Resolves when the leg hears exactly these of the three voices. */
function hears(leg: MediaLeg, expected: readonly number[]): Promise<void> {
  return heard(leg, (meter) =>
    [300, 500, 700, 900].every((hz) => meter.has(hz) === expected.includes(hz)),
  );
}

describe('a bridge', () => {
  it('lets two parties hear each other and not themselves', async () => {
    const [a, b] = [await join(), await join()];
    void a.phone.play(endless(300));
    void b.phone.play(endless(500));

    await Promise.all([hears(a.phone, [500]), hears(b.phone, [300])]);
  });

  it('lets each of three hear the two others', async () => {
    const [a, b, c] = [await join(), await join(), await join()];
    void a.phone.play(endless(300));
    void b.phone.play(endless(500));
    void c.phone.play(endless(700));

    await Promise.all([
      hears(a.phone, [500, 700]),
      hears(b.phone, [300, 700]),
      hears(c.phone, [300, 500]),
    ]);
    expect(bridge.size).toBe(3);
  });

  it('no longer carries one who was removed or closed', async () => {
    const [a, b, c] = [await join(), await join(), await join()];
    void a.phone.play(endless(300));
    void b.phone.play(endless(500));
    await hears(c.phone, [300, 500]);

    bridge.remove(b.leg);
    await Promise.all([hears(c.phone, [300]), hears(b.phone, [])]);
    await a.leg.close();
    await hears(c.phone, []);

    expect(bridge.size).toBe(1);
  });

  it('does not carry one who is muted, who still hears', async () => {
    const [a, b, c] = [await join(), await join(), await join()];
    void a.phone.play(endless(300));
    void b.phone.play(endless(500));

    bridge.add(b.leg, { muted: true });
    await Promise.all([hears(c.phone, [300]), hears(b.phone, [300])]);
    bridge.add(b.leg);
    await hears(c.phone, [300, 500]);

    expect(bridge.size).toBe(3);
  });

  it('is left by a leg that is added to another', async () => {
    const a = await join();
    const other = server.createBridge();

    other.add(a.leg);
    other.add(a.leg);

    expect([bridge.size, other.size]).toEqual([0, 1]);
  });

  it('plays to everyone, in order, together with their voices', async () => {
    const [a, b] = [await join(), await join()];
    void a.phone.play(endless(300));
    const tone = (frequencyHz: number): AudioSource =>
      toneSource({ frequenciesHz: [frequencyHz], durationMs: 400, levelDbfs: -20 });

    const first = Promise.all([hears(a.phone, [700]), hears(b.phone, [300, 700])]);
    const plays = [bridge.play(tone(700)), bridge.play(tone(900))];
    await first;
    await Promise.all([hears(a.phone, [900]), hears(b.phone, [300, 900])]);

    expect(await Promise.all(plays)).toEqual(['finished', 'finished']);
    await hears(b.phone, [300]);
  });

  it('is not heard by a leg while that leg has a play of its own, which nobody else hears', async () => {
    const [a, b] = [await join(), await join()];
    void a.phone.play(endless(300));
    const abort = new AbortController();

    const play = b.leg.play(endless(900), { signal: abort.signal });
    await hears(b.phone, [900]);
    await hears(a.phone, []);
    abort.abort();

    expect(await play).toBe('stopped');
    await hears(b.phone, [300]);
  });

  it('gives the whole mix to a recorder', async () => {
    const [a, b] = [await join(), await join()];
    void a.phone.play(endless(300));
    void b.phone.play(endless(500));
    const meter = new ToneMeter();

    await new Promise<void>((resolve) => {
      bridge.onMix((frame) => {
        meter.push(frame);
        if (meter.has(300) && meter.has(500)) {
          resolve();
        }
      });
    });
  });

  it('stops its plays and frees its legs when closed, and may be closed twice', async () => {
    const a = await join();
    const play = bridge.play(silenceSource(100_000));

    bridge.close();
    bridge.close();

    expect(await play).toBe('stopped');
    expect(bridge.size).toBe(0);
    expect(server.stats).toMatchObject({ legs: 1, bridges: 0 });
    bridge.add(a.leg);
    expect(bridge.size).toBe(0);
    expect(await bridge.play(silenceSource(20))).toBe('stopped');
  });
});
