import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createTranscriptionService, decodeAudio } from '../src/index.ts';
import { SpeechServiceDouble } from './_speech-service.ts';

const samples = Int16Array.from({ length: 1600 }, (_, i) => (i % 40) * 100);

/** As in the documentation's example answers. */
const VERBOSE = {
  task: 'transcribe',
  language: 'english',
  duration: 0.2,
  text: ' The beach was a popular spot.',
  segments: [
    { id: 0, start: 0, end: 0.1, text: ' The beach', avg_logprob: -0.2, no_speech_prob: 0.01 },
    { id: 1, start: 0.1, end: 0.2, text: ' was a popular spot.', avg_logprob: -0.4 },
  ],
};

describe('a transcription service', () => {
  it('is sent a WAV file, the model, the language and the hints', async () => {
    await using service = await SpeechServiceDouble.open(() => ({ body: JSON.stringify(VERBOSE) }));
    const engine = createTranscriptionService({
      url: `${service.url}/`,
      key: 'k',
      model: 'whisper-1',
    });

    const heard = await engine.recognize({
      samples,
      language: 'de-DE',
      hints: ['Vertrieb', 'Kasse'],
    });

    expect(heard.transcript).toBe('The beach was a popular spot.');
    expect(heard.confidence).toBeCloseTo(Math.exp(-0.3));
    const [request] = service.requests;
    expect(request).toMatchObject({
      method: 'POST',
      path: '/v1/audio/transcriptions',
      authorization: 'Bearer k',
      fields: {
        model: 'whisper-1',
        language: 'de',
        prompt: 'Vertrieb, Kasse',
        response_format: 'verbose_json',
      },
      file: { name: 'speech.wav', type: 'audio/wav' },
    });
    expect(decodeAudio(request?.file?.bytes ?? Buffer.of(), 'audio/wav')).toMatchObject({
      value: { samples },
    });
  });

  it('is asked by the models without segments for the probabilities of its tokens', async () => {
    await using service = await SpeechServiceDouble.open(() => ({
      body: JSON.stringify({ text: 'Yes', logprobs: [{ token: 'Yes', logprob: -0.1, bytes: [] }] }),
    }));
    const engine = createTranscriptionService({ url: service.url, model: 'gpt-4o-transcribe' });

    const heard = await engine.recognize({ samples, language: 'en-US' });

    expect(heard).toEqual({ transcript: 'Yes', confidence: Math.exp(-0.1) });
    expect(service.requests[0]?.fields).toMatchObject({
      response_format: 'json',
      'include[]': 'logprobs',
    });
  });

  it('that gives no figure leaves the confidence open', async () => {
    await using service = await SpeechServiceDouble.open(() => ({ body: '{"text":"Yes"}' }));
    const engine = createTranscriptionService({ url: service.url, model: 'm' });

    await expect(engine.recognize({ samples, language: 'en' })).resolves.toEqual({
      transcript: 'Yes',
      confidence: undefined,
    });
  });

  it.each([
    [
      { status: 401, body: '{"error":{"message":"Incorrect API key"}}' },
      'answered 401: .*Incorrect',
    ],
    [{ body: '<html>' }, 'is no JSON: <html>'],
    [{ body: '{"words":[]}' }, 'has no text'],
    [{ body: 'x'.repeat(4_000_001) }, 'more than 4000000 bytes'],
  ])('that answers %j is an error that says so', async (answer, problem) => {
    await using service = await SpeechServiceDouble.open(() => answer);
    const engine = createTranscriptionService({ url: service.url, model: 'm' });

    await expect(engine.recognize({ samples, language: 'en' })).rejects.toMatchObject({
      name: 'SpeechError',
      code: 'FAILED',
      message: expect.stringMatching(problem),
    });
  });

  it('that does not answer is given up', async () => {
    await using service = await SpeechServiceDouble.open(() => new Promise(() => undefined));
    const engine = createTranscriptionService({ url: service.url, model: 'm', timeoutMs: 50 });
    const patient = createTranscriptionService({ url: service.url, model: 'm' });
    const abort = new AbortController();

    const given = patient.recognize({ samples, language: 'en', signal: abort.signal });
    abort.abort();

    await expect(given).rejects.toMatchObject({ message: 'Speech was aborted' });
    await expect(engine.recognize({ samples, language: 'en' })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
  });

  it('that goes away while it answers is an error that names it', async () => {
    const server = createServer((request, response) => {
      request.resume().on('end', () => response.socket?.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    const engine = createTranscriptionService({ url, model: 'm' });

    await expect(engine.recognize({ samples, language: 'en' })).rejects.toMatchObject({
      code: 'FAILED',
      message: expect.stringContaining(`${url}/audio/transcriptions could not be asked: `),
    });
    server.close();
  });

  it('that is not there is an error that names it', async () => {
    const engine = createTranscriptionService({ url: 'http://127.0.0.1:9/v1', model: 'm' });

    await expect(engine.recognize({ samples, language: 'en' })).rejects.toMatchObject({
      code: 'FAILED',
      message: expect.stringContaining('http://127.0.0.1:9/v1/audio/transcriptions'),
    });
  });
});
