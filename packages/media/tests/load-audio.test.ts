import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encodeWav, loadAudio, ToneMeter } from '../src/index.ts';

const file = (name: string): Uint8Array =>
  readFileSync(new URL(`data/${name}.mp3`, import.meta.url));

describe('audio of a file', () => {
  it.each([
    ['tone-mono', 'audio/mpeg', 2000],
    ['tone-stereo', 'audio/mp3; x=y', 1000],
    ['tone-mono', 'application/octet-stream', 2000],
  ])('%s, sent as %s, is its tone at 8 kHz without a seam', async (name, type, durationMs) => {
    const audio = await loadAudio(file(name), type);
    if (!audio.ok) throw new Error(audio.error.message);

    const { samples } = audio.value;
    const inside = samples.subarray(1200, durationMs * 8 - 400);
    const meter = new ToneMeter();
    meter.push(inside.slice(0, 4000));
    const jumps = inside.map((sample, i) => Math.abs(sample - (inside[i - 1] ?? sample)));

    expect(Math.abs(audio.value.durationMs - durationMs)).toBeLessThan(120);
    expect(meter.has(440)).toBe(true);
    // A sine of 440 Hz and this level moves by 3456 at most between two samples.
    expect(jumps.reduce((most, jump) => Math.max(most, jump), 0)).toBeLessThan(3600);
  });

  it.each([
    ['garbage', Buffer.alloc(5000, 1)],
    ['nothing', Buffer.alloc(0)],
    ['half a header', Buffer.from([0xff, 0xfb])],
    ['a tag alone', Buffer.from('ID3\u0004\u0000\u0000\u0000\u0000\u0000\u0000')],
  ])('that is called MP3 and is %s is refused', async (_, bytes) => {
    expect(await loadAudio(bytes, 'audio/mpeg')).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('MP3') },
    });
  });

  it('of the other kinds is decoded as ever', async () => {
    const audio = await loadAudio(encodeWav(new Int16Array(80), 8000), 'audio/wav');

    expect(audio).toMatchObject({ ok: true, value: { durationMs: 10 } });
  });
});
