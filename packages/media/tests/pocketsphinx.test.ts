import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEspeakEngine, createPocketsphinxEngine } from '../src/index.ts';

const isInstalled = await createPocketsphinxEngine()
  .check('en-US')
  .then(() => createEspeakEngine().synthesize({ text: 'Installed', language: 'en' }))
  .then(
    () => true,
    () => false,
  );
const isRequired = process.env['TUTTI_REQUIRE_ALL'] === '1';

describe.skipIf(!isInstalled && !isRequired)(
  'pocketsphinx (skipped when it or espeak-ng is not installed)',
  () => {
    const engine = createPocketsphinxEngine();
    const say = async (text: string) =>
      (await createEspeakEngine().synthesize({ text, language: 'en-US' })).samples;

    it('hears one of its hints over a telephone, and how sure it is', async () => {
      const heard = await engine.recognize({
        samples: await say('yes please'),
        language: 'en-US',
        hints: ['Yes, please.', 'call me back', 'billing'],
      });

      expect(heard.transcript).toBe('yes please');
      expect(heard.confidence).toBeGreaterThan(0);
      expect(heard.confidence).toBeLessThanOrEqual(1);
    });

    it('leaves out a hint whose words are not in its dictionary', async () => {
      const heard = await engine.recognize({
        samples: await say('call me back'),
        language: 'en-US',
        hints: ['xyzzyq frobnicate', 'call me back', 'yes please'],
      });

      expect(heard.transcript).toBe('call me back');
    });

    it('hears nothing in silence', async () => {
      const samples = new Int16Array(8000);

      await expect(engine.recognize({ samples, language: 'en-US' })).resolves.toEqual({
        transcript: '',
        confidence: undefined,
      });
    });
  },
);

describe('the pocketsphinx engine', () => {
  const samples = new Int16Array(1600);
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

  it('names the packages to install when the program is missing, before anybody speaks', async () => {
    const engine = createPocketsphinxEngine({ command: join(folder, 'nowhere') });
    const missing = {
      code: 'ENGINE_MISSING',
      message: expect.stringContaining('pocketsphinx-en-us'),
    };

    await expect(engine.check('en-US')).rejects.toMatchObject(missing);
    await expect(engine.recognize({ samples, language: 'en-US' })).rejects.toMatchObject(missing);
  });

  it('says that it has English alone', async () => {
    const engine = createPocketsphinxEngine({ command: program('never', 'exit 0') });
    const refused = { code: 'FAILED', message: expect.stringContaining('"de-DE"') };

    await expect(engine.check('de-DE')).rejects.toMatchObject(refused);
    await expect(engine.recognize({ samples, language: 'de-DE' })).rejects.toMatchObject(refused);
  });

  it('kills a program that takes too long, and one whose caller gives up', async () => {
    const slow = createPocketsphinxEngine({
      command: program('hangs', 'exec sleep 600'),
      timeoutMs: 50,
    });
    const hanging = createPocketsphinxEngine({ command: program('hangs-too', 'exec sleep 600') });
    const abort = new AbortController();

    const given = hanging.recognize({ samples, language: 'en', signal: abort.signal });
    abort.abort();

    await expect(given).rejects.toMatchObject({ message: 'Speech was aborted' });
    await expect(slow.recognize({ samples, language: 'en' })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
  });

  it('passes on what the program writes to its log when it fails', async () => {
    const command = program('fails', 'echo "ERROR: no model here" > "$6"; exit 1');

    await expect(
      createPocketsphinxEngine({ command }).recognize({ samples, language: 'en' }),
    ).rejects.toMatchObject({
      code: 'FAILED',
      message: expect.stringContaining('no model here'),
    });
  });

  it.each([
    ['is killed', 'kill -SEGV $$', /was killed by SIGSEGV/],
    ['writes without end', 'exec cat /dev/zero', /said more than \d+ bytes/],
    ['writes what are no words', 'printf "\\377\\376 <0.1> \\n\\001\\002"', /no words/],
  ])('says so of a program that %s', async (what, script, problem) => {
    const command = program(what.replaceAll(' ', '-'), script);

    await expect(
      createPocketsphinxEngine({ command }).recognize({ samples, language: 'en' }),
    ).rejects.toMatchObject({ code: 'FAILED', message: expect.stringMatching(problem) });
  });

  it('removes what it wrote for the program', async () => {
    const command = program('reports', `echo "$2" > "${folder}/seen"; exit 0`);
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('tutti-speech-'));

    await createPocketsphinxEngine({ command }).recognize({ samples, language: 'en' });

    const after = readdirSync(tmpdir()).filter((name) => name.startsWith('tutti-speech-'));
    expect(after.length).toBeLessThanOrEqual(before.length);
  });
});
