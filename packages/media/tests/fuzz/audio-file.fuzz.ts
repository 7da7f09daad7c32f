import { fuzz } from '../../../../tests/_fuzz/fuzz.ts';
import { mutateBytes } from '../../../../tests/_fuzz/mutate.ts';
import type { Random } from '../../../../tests/_fuzz/random.ts';
import { decodeAudio, encodeWav, MediaError } from '../../src/index.ts';
import { parseDigits } from '../../src/dtmf.ts';
import { parseWav } from '../../src/wav.ts';

function makeWav(random: Random): Buffer {
  const samples = Int16Array.from(
    { length: random.below(60) },
    () => random.below(65_536) - 32_768,
  );
  const wav = Buffer.from(encodeWav(samples, random.pick([8000, 8000, 16_000, 22_050, 44_100])));
  if (random.oneIn(3)) wav.writeUInt16LE(random.pick([1, 3, 6, 7, 0xfffe, 2]), 20);
  if (random.oneIn(3)) wav.writeUInt16LE(random.pick([8, 16, 24, 32, 0]), 34);
  if (random.oneIn(4)) wav.writeUInt16LE(random.pick([0, 1, 2, 65_535]), 22);
  if (random.oneIn(6)) wav.writeUInt32LE(random.below(2 ** 32), random.pick([4, 16, 24, 40]));
  return wav;
}

/** A format of a rate that shares no divisor with 8000, for one sample. */
function wavOfRate(sampleRate: number): Buffer {
  return Buffer.from(encodeWav(Int16Array.of(1000), sampleRate));
}

fuzz<Buffer>('An audio file', {
  corpus: [
    Buffer.alloc(0),
    Buffer.from('RIFF'),
    Buffer.from('RIFF\0\0\0\0WAVE'),
    Buffer.from('RIFF\0\0\0\0WAVEdata\xff\xff\xff\xff', 'latin1'),
    Buffer.from(`RIFF\0\0\0\0WAVE${'fmt \0\0\0\0'.repeat(5000)}`),
    wavOfRate(0),
    wavOfRate(1000),
    wavOfRate(383_999),
    wavOfRate(384_000),
    wavOfRate(4_294_967_295),
  ],
  make: (random) =>
    mutateBytes(random, makeWav(random), { words: ['data', 'fmt ', 'RIFF', 'LIST'] }),
  check: (bytes, random) => {
    const wav = parseWav(bytes);
    if (wav.ok && wav.value.samples.length > bytes.length)
      throw new Error('Samples out of nothing');
    const type = random.pick([
      'audio/wav',
      'audio/basic; rate=8000',
      'AUDIO/X-WAV',
      'text/html',
      '',
    ]);
    const decoded = decodeAudio(bytes, type);
    if (!decoded.ok) return;
    const { samples, durationMs } = decoded.value;
    // The lowest rate taken is an eighth of ours.
    if (samples.length > 8 * bytes.length + 8) throw new Error('Samples out of nothing');
    if (durationMs !== samples.length / 8) throw new Error(`${durationMs} ms`);
  },
});

fuzz<Buffer>('Digits to dial', {
  corpus: ['', 'w'.repeat(10_000), '\u0661', '\ud800'].map((text) => Buffer.from(text)),
  make: (random) =>
    mutateBytes(random, Buffer.from(random.pick(['1w2W*#', 'ABCDabcd', '0123456789']))),
  check: (bytes) => {
    const text = bytes.toString();
    try {
      const steps = parseDigits(text);
      if (steps.length !== Array.from(text).length) throw new Error('A digit was left out');
      if (steps.some(({ frames }) => !(frames > 0 && frames < 1000))) throw new Error('Length');
    } catch (error) {
      if (!(error instanceof MediaError && error.code === 'INVALID_DIGITS')) throw error;
    }
  },
});
