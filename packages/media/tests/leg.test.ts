import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loopSource, MediaEngine, silenceSource, ToneMeter, toneSource } from '../src/index.ts';
import { heard, openPair } from './_legs.ts';

let engine: MediaEngine;

beforeEach(() => {
  engine = new MediaEngine();
});

afterEach(async () => {
  await engine.close();
});

function tone(frequencyHz: number, durationMs = 400): ReturnType<typeof toneSource> {
  return toneSource({ frequenciesHz: [frequencyHz], durationMs, levelDbfs: -10 });
}

describe('a connected leg', () => {
  it.each(['PCMU', 'PCMA'] as const)('is heard by its peer over %s', async (codec) => {
    const [a, b] = await openPair(engine, { codec });

    const atB = heard(b, (meter) => meter.has(440) && Math.abs(meter.energyDbfs + 10) < 0.5);
    const atA = heard(a, (meter) => meter.has(600));
    const plays = [a.play(tone(440)), b.play(tone(600))];

    await Promise.all([atA, atB]);
    expect(await Promise.all(plays)).toEqual(['finished', 'finished']);
    expect(b.stats()).toMatchObject({ packetsLost: 0, packetsDiscarded: 0 });
  });

  it('sends silence when it has nothing to say', async () => {
    const [, b] = await openPair(engine);

    await heard(b, (meter) => meter.energyDbfs === -Infinity);

    expect(b.stats().packetsReceived).toBeGreaterThan(0);
  });

  it('tells every tick what its peer says and hears', async () => {
    const [a, b] = await openPair(engine);
    const seen = new Promise<void>((resolve) => {
      const meters = { said: new ToneMeter(), heard: new ToneMeter() };
      a.onFrames(({ said, heard: played }) => {
        if (said !== undefined) meters.said.push(said);
        if (played !== undefined) meters.heard.push(played);
        if (meters.said.has(600) && meters.heard.has(440)) resolve();
      });
    });

    await Promise.all([a.play(tone(440)), b.play(tone(600)), seen]);
  });

  it('plays sources in order and resolves each at its end', async () => {
    const [a, b] = await openPair(engine);
    const order: string[] = [];
    const second = heard(b, (meter) => meter.has(900)).then(() => order.push('900 Hz'));

    const first = heard(b, (meter) => meter.has(500)).then(() => order.push('500 Hz'));
    await Promise.all([a.play(tone(500, 200)), a.play(tone(900, 400)), first, second]);

    expect(order).toEqual(['500 Hz', '900 Hz']);
  });

  it('stops a play when its signal aborts, and goes on to the next', async () => {
    const [a] = await openPair(engine);
    const abort = new AbortController();

    const endless = a.play(
      loopSource(() => silenceSource(100), 0),
      { signal: abort.signal },
    );
    const next = a.play(silenceSource(40));
    abort.abort();

    expect(await endless).toBe('stopped');
    expect(await next).toBe('finished');
  });
});
