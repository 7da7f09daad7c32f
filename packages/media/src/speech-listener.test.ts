import { describe, expect, it } from 'vitest';
import type { RecognitionEngine, RecognitionRequest, Recognized } from './recognition-engine.ts';
import { SpeechError } from './speech-engine.ts';
import { SpeechListener, type ListenOptions } from './speech-listener.ts';

const LOUD = new Int16Array(160).fill(8000);
const QUIET = new Int16Array(160);

/** Answers when the test says so. */
class HandEngine implements RecognitionEngine {
  readonly name = 'by hand';
  readonly asked: (RecognitionRequest & {
    readonly answer: (heard: Recognized | Error) => void;
  })[] = [];

  async check(): Promise<void> {}

  recognize(request: RecognitionRequest): Promise<Recognized> {
    return new Promise((resolve, reject) => {
      const answer = (heard: Recognized | Error): void =>
        heard instanceof Error ? reject(heard) : resolve(heard);
      this.asked.push({ ...request, answer });
    });
  }
}

function listen(options: Partial<ListenOptions> = {}) {
  const engine = new HandEngine();
  const told: unknown[] = [];
  const listener = new SpeechListener(engine, {
    language: 'en-US',
    onSpeech: () => told.push('speech'),
    onSilence: () => told.push('silence'),
    onResult: (result) => told.push(result),
    onError: (error) => told.push(error.message),
    ...options,
  });
  const push = (frame: Int16Array, ms: number): void => {
    for (let passed = 0; passed < ms; passed += 20) listener.push(frame);
  };
  return { engine, told, listener, push };
}

const heard = (transcript: string): Recognized => ({ transcript, confidence: 0.5 });
const settled = (): Promise<void> => new Promise((resolve) => queueMicrotask(() => resolve()));

describe('a speech listener', () => {
  it('gives the engine each utterance, with a moment before it', async () => {
    const { engine, told, listener, push } = listen({ silenceMs: 500, hints: ['yes'] });

    push(QUIET, 1000);
    push(LOUD, 600);
    push(QUIET, 500);
    await settled();

    expect(told).toEqual(['speech', 'silence']);
    expect(engine.asked).toMatchObject([{ language: 'en-US', hints: ['yes'] }]);
    // 300 ms before the speech, and the silence that ended it but its last frame.
    expect((engine.asked[0]?.samples.length ?? 0) / 8).toBe(300 + 600 + 480);

    engine.asked[0]?.answer(heard('yes'));
    await listener.finish();
    expect(told.at(-1)).toEqual({ isFinal: true, utterance: 0, ...heard('yes') });
  });

  it('tells results in the order of what was said', async () => {
    const { engine, told, listener, push } = listen();

    push(LOUD, 400);
    push(QUIET, 1000);
    push(LOUD, 400);
    const finished = listener.finish();
    await settled();
    engine.asked[0]?.answer(heard('one'));
    while (engine.asked.length < 2) await settled();
    engine.asked[1]?.answer(heard('two'));
    await finished;

    expect(told.filter((each) => typeof each === 'object')).toMatchObject([
      { utterance: 0, transcript: 'one' },
      { utterance: 1, transcript: 'two' },
    ]);
  });

  it('asks for what was said so far, one at a time, and drops what comes too late', async () => {
    const { engine, told, push } = listen({ partialResults: true });

    push(LOUD, 2500);
    expect(engine.asked).toHaveLength(1);
    engine.asked[0]?.answer(heard('I would'));
    await settled();
    await settled();
    expect(told.at(-1)).toEqual({ isFinal: false, utterance: 0, ...heard('I would') });

    push(LOUD, 20);
    expect(engine.asked).toHaveLength(2);
    push(QUIET, 1000);
    engine.asked[1]?.answer(heard('I would like'));
    await settled();
    await settled();
    expect(told.at(-1)).toBe('silence');
  });

  it('cuts an utterance that is too long, and listens on', async () => {
    const { engine, told, push } = listen({ maxUtteranceMs: 1000 });

    push(LOUD, 1500);
    await settled();

    expect(told).toEqual(['speech', 'silence']);
    expect((engine.asked[0]?.samples.length ?? 0) / 8).toBe(1000);
  });

  it('goes on after an error', async () => {
    const { engine, told, listener, push } = listen();

    push(LOUD, 400);
    push(QUIET, 1000);
    await settled();
    engine.asked[0]?.answer(new SpeechError('FAILED', 'no'));
    push(LOUD, 400);
    const finished = listener.finish();
    while (engine.asked.length < 2) await settled();
    engine.asked[1]?.answer(heard('two'));
    await finished;

    expect(told).toContain('no');
    expect(told.at(-1)).toMatchObject({ transcript: 'two' });
  });

  it('leaves out what an engine is too slow for, and says so', async () => {
    const { engine, told, push } = listen({ silenceMs: 100 });

    for (let i = 0; i < 9; i += 1) {
      push(LOUD, 200);
      push(QUIET, 200);
    }
    await settled();

    expect(engine.asked).toHaveLength(1);
    expect(told.at(-1)).toContain('8 utterances wait');
  });

  it('tells nothing once it is closed, and has the engine give up', async () => {
    const { engine, told, listener, push } = listen();

    push(LOUD, 400);
    push(QUIET, 1000);
    await settled();
    listener.close();
    engine.asked[0]?.answer(heard('late'));
    push(LOUD, 400);
    await listener.finish();

    expect(engine.asked[0]?.signal?.aborted).toBe(true);
    expect(told).toEqual(['speech', 'silence']);
  });
});
