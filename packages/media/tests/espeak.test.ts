import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEspeakEngine, type SpeechEngine, type SpeechStyle } from '../src/index.ts';

const isInstalled = await createEspeakEngine()
  .synthesize({ text: 'Installed', language: 'en' })
  .then(
    () => true,
    () => false,
  );
const isRequired = process.env['TUTTI_REQUIRE_ALL'] === '1';

describe.skipIf(!isInstalled && !isRequired)('espeak-ng (skipped when not installed)', () => {
  const engine = createEspeakEngine();

  it('speaks at 8 kHz', async () => {
    const { samples } = await engine.synthesize({ text: 'Hello, world.', language: 'en-US' });

    const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(samples.length / 8).toBeGreaterThan(500);
    expect(samples.length / 8).toBeLessThan(3000);
    expect(peak).toBeGreaterThan(3000);
  });

  it('gives the same speech again without running the program', async () => {
    const first = await engine.synthesize({ text: 'Once', language: 'en' });
    const second = await engine.synthesize({ text: 'Once', language: 'en' });

    expect(second.samples).toBe(first.samples);
  });

  it('reads text that looks like options, markup or phonemes as text', async () => {
    const options = await engine.synthesize({ text: '--help -v de', language: 'en' });
    const phonemes = await engine.synthesize({ text: '[[h@]]', language: 'en' });
    const markup = await engine.synthesize({ text: '<b>one</b>', language: 'en' });
    const plain = await engine.synthesize({ text: 'one', language: 'en' });

    expect(options.samples.length).toBeGreaterThan(4000);
    expect(phonemes.samples.length).toBeGreaterThan(4000);
    expect(markup.samples.length).toBeGreaterThan(plain.samples.length);
  });

  const lengthOf = async (style: SpeechStyle, text = 'Hello there my friend'): Promise<number> =>
    (await engine.synthesize({ text: [{ text, ...style }], language: 'en' })).samples.length;
  /** The mean amplitude. */
  const loudnessOf = async (style: SpeechStyle): Promise<number> => {
    const text = [{ text: 'Hello there my friend', ...style }];
    const { samples } = await engine.synthesize({ text, language: 'en' });
    return samples.reduce((sum, sample) => sum + Math.abs(sample), 0) / samples.length;
  };

  it('is slow and fast as ratePercent says', async () => {
    const usual = await lengthOf({});

    expect(await lengthOf({ ratePercent: 50 })).toBeGreaterThan(1.5 * usual);
    expect(await lengthOf({ ratePercent: 150 })).toBeLessThan(0.85 * usual);
  });

  it('is soft and silent as volumePercent says', async () => {
    const usual = await loudnessOf({});
    const half = await loudnessOf({ volumePercent: 50 });

    expect(half / usual).toBeGreaterThan(0.35);
    expect(half / usual).toBeLessThan(0.65);
    expect(await loudnessOf({ volumePercent: 0 })).toBe(0);
  });

  it('is high and low as pitchPercent says', async () => {
    const low = await pitchOf(engine, 80);
    const usual = await pitchOf(engine, 100);
    const high = await pitchOf(engine, 140);

    expect(low / usual).toBeLessThan(0.92);
    expect(high / usual).toBeGreaterThan(1.25);
  });

  it('emphasises', async () => {
    const louder = await loudnessOf({ emphasis: 'strong' });

    expect(louder).toBeGreaterThan(1.2 * (await loudnessOf({})));
  });

  it('spells characters, and digits one by one', async () => {
    const word = await lengthOf({}, 'hello');
    const number = await lengthOf({}, '12345');

    expect(await lengthOf({ spell: 'characters' }, 'hello')).toBeGreaterThan(1.3 * word);
    expect(await lengthOf({ spell: 'digits' }, '12345')).toBeLessThan(0.8 * number);
  });

  it('takes no markup from the words', async () => {
    const markup = '</prosody><audio src="/a"/><break time="9s"/>& [[h@]] hello';
    const plain = await lengthOf({ ratePercent: 100 }, 'hello');

    const length = await lengthOf({ ratePercent: 100 }, markup);

    // Read out it is longer than its last word, and has no break of nine seconds.
    expect(length).toBeGreaterThan(plain);
    expect(length).toBeLessThan(9 * 8000);
  });

  it('does not take speech in one style for that in another', async () => {
    const slow = await engine.synthesize({
      text: [{ text: 'Same', ratePercent: 50 }],
      language: 'en',
    });
    const plain = await engine.synthesize({ text: 'Same', language: 'en' });
    const again = await engine.synthesize({
      text: [{ text: 'Same', ratePercent: 50 }],
      language: 'en',
    });

    expect(slow.samples).not.toEqual(plain.samples);
    expect(again.samples).toBe(slow.samples);
  });

  it('speaks other languages and variants', async () => {
    const german = await engine.synthesize({ text: 'eins', language: 'de-DE' });
    const female = await engine.synthesize({ text: 'eins', language: 'de-DE', voice: 'f3' });

    expect(female.samples).not.toEqual(german.samples);
  });

  it('says which language it does not have', async () => {
    await expect(engine.synthesize({ text: 'hi', language: 'xx' })).rejects.toMatchObject({
      code: 'FAILED',
      message: expect.stringContaining('-v xx'),
    });
  });
});

describe('the espeak-ng engine', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'media-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  function program(name: string, script: string): string {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  it('names the package to install when the program is missing', async () => {
    const engine = createEspeakEngine({ command: join(folder, 'nowhere') });

    await expect(engine.synthesize({ text: 'hi', language: 'en' })).rejects.toMatchObject({
      code: 'ENGINE_MISSING',
      message: expect.stringContaining('install the package espeak-ng'),
    });
  });

  it('kills a program that takes too long', async () => {
    const command = program('hangs', 'exec sleep 600');
    const engine = createEspeakEngine({ command, timeoutMs: 50 });

    await expect(engine.synthesize({ text: 'hi', language: 'en' })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
  });

  it('kills the program when the caller gives up', async () => {
    const engine = createEspeakEngine({ command: program('hangs-too', 'exec sleep 600') });
    const abort = new AbortController();

    const speech = engine.synthesize({ text: 'hi', language: 'en', signal: abort.signal });
    abort.abort();

    await expect(speech).rejects.toMatchObject({ code: 'FAILED', message: 'Speech was aborted' });
  });

  it('bounds the output', async () => {
    const engine = createEspeakEngine({ command: program('floods', 'exec cat /dev/zero') });

    await expect(engine.synthesize({ text: 'hi', language: 'en' })).rejects.toMatchObject({
      code: 'FAILED',
      message: expect.stringContaining('longer than 15 minutes'),
    });
  });

  it('passes on what the program says when it fails', async () => {
    const command = program('fails', 'cat >/dev/null; echo no voice >&2; exit 3');
    const engine = createEspeakEngine({ command });

    await expect(engine.synthesize({ text: 'hi', language: 'en' })).rejects.toMatchObject({
      code: 'FAILED',
      message: expect.stringContaining('no voice'),
    });
  });

  it.each([
    ['is killed', 'kill -SEGV $$', /failed: it was killed by SIGSEGV/],
    ['writes what is no sound', 'cat >/dev/null; echo nonsense', /writes-what-is-no-sound: .*WAV/],
    ['writes half a header', 'cat >/dev/null; printf RIFF', /WAV/],
  ])('says so of a program that %s, and is asked again', async (what, script, problem) => {
    const engine = createEspeakEngine({ command: program(what.replaceAll(' ', '-'), script) });
    const failed = { code: 'FAILED', message: expect.stringMatching(problem) };

    await expect(engine.synthesize({ text: 'hi', language: 'en' })).rejects.toMatchObject(failed);
    await expect(engine.synthesize({ text: 'hi', language: 'en' })).rejects.toMatchObject(failed);
  });

  it('refuses a language or voice that could be taken for an option or a path', async () => {
    const engine = createEspeakEngine({ command: program('never', 'exit 0') });

    for (const request of [
      { text: 'hi', language: '--version' },
      { text: 'hi', language: '../../etc' },
      { text: 'hi', language: 'en', voice: '../f3' },
    ]) {
      await expect(engine.synthesize(request)).rejects.toMatchObject({ code: 'FAILED' });
    }
  });

  it('says nothing for empty text, without running anything', async () => {
    const engine = createEspeakEngine({ command: join(folder, 'nowhere') });

    expect((await engine.synthesize({ text: ' \n', language: 'en' })).samples).toHaveLength(0);
  });

  it('runs a bounded number of programs at once, and all in the end', async () => {
    const command = program('counts', `cat >/dev/null; mkdir "${folder}/$5-$$" && exit 0`);
    const engine = createEspeakEngine({ command, maxProcesses: 2 });

    const all = Array.from({ length: 8 }, (_, i) =>
      engine.synthesize({ text: `text ${i}`, language: 'en' }),
    );

    expect(await Promise.all(all)).toHaveLength(8);
  });
});

/** How high a voice hums, as the median of the strongest periods. */
async function pitchOf(engine: SpeechEngine, pitchPercent: number): Promise<number> {
  const text = [{ text: 'Hello there my friend', pitchPercent }];
  const { samples } = await engine.synthesize({ text, language: 'en' });
  const pitches: number[] = [];
  for (let start = 0; start + 800 <= samples.length; start += 400) {
    const window = Float64Array.from(samples.subarray(start, start + 800));
    if (window.reduce((sum, sample) => sum + sample * sample, 0) < 800 * 1e6) continue;
    pitches.push(8000 / strongestPeriod(window));
  }
  expect(pitches.length).toBeGreaterThan(5);
  return pitches.toSorted((one, other) => one - other)[pitches.length >> 1] ?? 0;
}

function strongestPeriod(window: Float64Array): number {
  let best = { period: 0, sum: -Infinity };
  for (let period = 30; period <= 130; period += 1) {
    let sum = 0;
    for (let at = 0; at < 600; at += 1) sum += (window[at] ?? 0) * (window[at + period] ?? 0);
    if (sum > best.sum) best = { period, sum };
  }
  return best.period;
}
