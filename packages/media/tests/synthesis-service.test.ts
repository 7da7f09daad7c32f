import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createSynthesisService, encodeWav } from '../src/index.ts';
import { SpeechServiceDouble } from './_speech-service.ts';

const samples = Int16Array.from({ length: 800 }, (_, i) => (i % 40) * 100);

describe('a service that speaks', () => {
  it('is sent the text, the model and the voice, once for the same words', async () => {
    await using service = await SpeechServiceDouble.open(() => ({
      type: 'audio/wav',
      body: encodeWav(samples, 8000),
    }));
    const engine = createSynthesisService({
      url: service.url,
      key: 'k',
      model: 'm',
      voice: 'alloy',
    });

    const first = await engine.synthesize({ text: ' Guten Tag. ', language: 'de-DE' });
    const again = await engine.synthesize({ text: 'Guten Tag.', language: 'de-DE' });
    await engine.synthesize({ text: 'Guten Tag.', language: 'de-DE', voice: 'nova' });

    expect(first.samples).toEqual(samples);
    expect(again.samples).toBe(first.samples);
    const fields = { model: 'm', input: 'Guten Tag.', response_format: 'wav' };
    expect(service.requests).toMatchObject([
      {
        path: '/v1/audio/speech',
        authorization: 'Bearer k',
        fields: { ...fields, voice: 'alloy' },
      },
      { fields: { ...fields, voice: 'nova' } },
    ]);
  });

  it.each([
    ['audio/pcm', 24_000],
    ['audio/pcm;rate=16000', 16_000],
  ])('may answer with %s', async (type, rate) => {
    await using service = await SpeechServiceDouble.open(() => ({
      type,
      body: Buffer.alloc(2 * rate),
    }));
    const engine = createSynthesisService({ url: service.url, model: 'm', voice: 'v' });

    const speech = await engine.synthesize({ text: 'hi', language: 'en' });

    expect(speech.samples).toHaveLength(8000);
  });

  it('is sent the words alone, with digits and characters to be spelled apart', async () => {
    await using service = await SpeechServiceDouble.open(() => ({
      type: 'audio/wav',
      body: encodeWav(samples, 8000),
    }));
    const engine = createSynthesisService({ url: service.url, model: 'm', voice: 'v' });

    await engine.synthesize({
      text: [
        { text: 'Call ', ratePercent: 50 },
        { text: '555-01', spell: 'digits' },
        { text: ' or <' },
        { text: 'a b', spell: 'characters' },
      ],
      language: 'en',
    });

    expect(service.requests).toMatchObject([{ fields: { input: 'Call 5 5 5-0 1 or <a b' } }]);
    expect([...engine.carries]).toEqual(['spell']);
  });

  it('says nothing for empty text, without asking', async () => {
    const engine = createSynthesisService({ url: 'http://127.0.0.1:9/v1', model: 'm', voice: 'v' });

    expect((await engine.synthesize({ text: ' \n', language: 'en' })).samples).toHaveLength(0);
  });

  it.each([
    ['a refusal', { status: 429, body: '{"error":{"message":"quota"}}' }, /answered 429: .*quota/],
    ['a page', { type: 'text/html', body: '<html>' }, /"text\/html" is not supported/],
    ['what is no WAV', { type: 'audio/wav', body: 'nonsense' }, /The speech that came back: .*WAV/],
    ['what is no MP3', { type: 'audio/mpeg', body: 'nonsense' }, /The speech that came back: /],
    [
      'without end',
      { type: 'audio/wav', body: 'x'.repeat(40_000_001) },
      /more than 40000000 bytes/,
    ],
  ])('that answers %s is an error that says so, and is asked again', async (_, answer, problem) => {
    await using service = await SpeechServiceDouble.open(() => answer);
    const engine = createSynthesisService({ url: service.url, model: 'm', voice: 'v' });
    const failed = { name: 'SpeechError', message: expect.stringMatching(problem) };

    await expect(engine.synthesize({ text: 'hi', language: 'en' })).rejects.toMatchObject(failed);
    await expect(engine.synthesize({ text: 'hi', language: 'en' })).rejects.toMatchObject(failed);

    expect(service.requests).toHaveLength(2);
  });

  it('that does not answer is given up', async () => {
    await using service = await SpeechServiceDouble.open(() => new Promise(() => undefined));
    const options = { url: service.url, model: 'm', voice: 'v' };
    const engine = createSynthesisService({ ...options, timeoutMs: 50 });
    const abort = new AbortController();

    const given = createSynthesisService(options).synthesize({
      text: 'hi',
      language: 'en',
      signal: abort.signal,
    });
    abort.abort();

    await expect(given).rejects.toMatchObject({ message: 'Speech was aborted' });
    await expect(engine.synthesize({ text: 'hi', language: 'en' })).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('did not answer within 50 ms'),
    });
  });

  it('that is not there, or goes away while it answers, is an error that names it', async () => {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'audio/wav', 'content-length': '1000' });
      response.write('RIFF', () => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const failed = (at: number) => ({
      code: 'FAILED',
      message: expect.stringMatching(
        `http://127.0.0.1:${at}/v1/audio/speech could not be asked: .`,
      ),
    });

    for (const each of [port, 9]) {
      const url = `http://127.0.0.1:${each}/v1`;
      const engine = createSynthesisService({ url, model: 'm', voice: 'v' });
      await expect(engine.synthesize({ text: 'hi', language: 'en' })).rejects.toMatchObject(
        failed(each),
      );
    }
    server.close();
  });
});
