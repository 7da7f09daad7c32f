import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAudio } from './decode-audio.ts';
import { encodeWav } from './wav.ts';

describe('decodeAudio', () => {
  it('brings a WAV file of any rate to 8 kHz', () => {
    const result = decodeAudio(encodeWav(new Int16Array(44_100), 44_100), 'audio/x-wav');

    expect(result).toMatchObject({ ok: true, value: { durationMs: 1000 } });
  });

  it('knows a WAV file whatever it is called', () => {
    const bytes = encodeWav(new Int16Array(80), 8000);

    expect(decodeAudio(bytes, 'application/octet-stream')).toMatchObject({
      value: { durationMs: 10 },
    });
  });

  it.each(['audio/basic', 'audio/x-mulaw', 'Audio/Basic; rate=8000'])(
    'reads %s as raw µ-law',
    (contentType) => {
      expect(decodeAudio(Uint8Array.of(0x80, 0xff), contentType)).toEqual({
        ok: true,
        value: { samples: Int16Array.of(32124, 0), durationMs: 0.25 },
      });
    },
  );

  it('names what is supported when it refuses', () => {
    const result = decodeAudio(Uint8Array.of(1, 2, 3), 'audio/ogg');

    expect(result).toMatchObject({ ok: false });
    expect(JSON.stringify(result)).toMatch(/audio\/ogg.*audio\/mpeg.*audio\/wav.*audio\/basic/);
  });

  it('never throws', () => {
    const contentType = fc.oneof(fc.constantFrom('audio/wav', 'audio/basic', ''), fc.string());
    fc.assert(
      fc.property(fc.uint8Array(), contentType, (bytes, type) => {
        expect(typeof decodeAudio(bytes, type).ok).toBe('boolean');
      }),
    );
  });
});
