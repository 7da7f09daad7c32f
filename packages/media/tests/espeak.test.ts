import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEspeakEngine } from '../src/index.ts';

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
