import { describe, expect, it } from 'vitest';
import { SpeechServiceDouble } from '../../../media/tests/_speech-service.ts';
import type { CaughtWebhook } from '../../src/index.ts';
import { toneSamples, toneWav } from './_sounds.ts';
import { BOB, OURS, World, twiml } from './_world.ts';

/** A voice for a service that hears whatever it is told to. */
const VOICE = toneSamples(300, 600);

/** A world with a service that hears these texts one after another, then nothing. */
async function hearing(texts: readonly string[], ...verbs: string[]) {
  const left = [...texts];
  const service = await SpeechServiceDouble.open(() => ({
    body: JSON.stringify({ text: left.shift() ?? '', segments: [{ avg_logprob: Math.log(0.8) }] }),
  }));
  const world = await World.open({ env: { TUTTI_ASR_URL: service.url } });
  await world.answers(twiml(...verbs));
  return {
    world,
    service,
    [Symbol.asyncDispose]: async () => {
      await world[Symbol.asyncDispose]();
      await service[Symbol.asyncDispose]();
    },
  };
}

/** The call-backs of a transcription up to `last`. */
async function told(world: World, last: string): Promise<CaughtWebhook['parameters'][]> {
  const all: CaughtWebhook['parameters'][] = [];
  do all.push((await world.hooks.next('/heard', { timeoutMs: 20_000 })).parameters);
  while (all.at(-1)?.['TranscriptionEvent'] !== last);
  return all;
}

describe.concurrent('<Start><Transcription>', { timeout: 60_000 }, () => {
  it('tells what is said, in order, until <Stop>', async () => {
    await using held = await hearing(
      ['Guten Tag.'],
      '<Start><Transcription name="one" track="inbound_track" statusCallbackUrl="/heard" languageCode="de-DE" hints="Tag, Abend" inboundTrackLabel="caller"/></Start>',
      '<Gather numDigits="1" action="/next" timeout="20"/>',
    );
    const { world, service } = held;
    world.hooks.reply(
      '/next',
      twiml('<Stop><Transcription name="one"/></Stop>', '<Pause length="60"/>'),
    );
    const call = await (await world.phone(BOB)).dial(OURS);

    await call.play(VOICE).done;
    const begun = await told(world, 'transcription-content');
    await call.key('1');
    const ended = await told(world, 'transcription-stopped');

    const common = {
      AccountSid: world.tutti.accountSid,
      CallSid: (await world.onlyCall()).sid,
      TranscriptionSid: expect.stringMatching(/^GT[0-9a-f]{32}$/),
      Timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    };
    expect([...begun, ...ended]).toEqual([
      {
        ...common,
        TranscriptionEvent: 'transcription-started',
        SequenceId: '1',
        ProviderConfiguration: '{}',
        TranscriptionEngine: 'http',
        Name: 'one',
        Track: 'inbound_track',
        InboundTrackLabel: 'caller',
        PartialResults: 'false',
        LanguageCode: 'de-DE',
      },
      {
        ...common,
        TranscriptionEvent: 'transcription-content',
        SequenceId: '2',
        LanguageCode: 'de-DE',
        Track: 'inbound_track',
        TranscriptionData: '{"transcript":"Guten Tag.","confidence":0.8}',
        Final: 'true',
      },
      { ...common, TranscriptionEvent: 'transcription-stopped', SequenceId: '3' },
    ]);
    expect(service.requests[0]?.fields).toMatchObject({ language: 'de', prompt: 'Tag, Abend' });
    expect((await world.onlyCall()).status).toBe('in-progress');
    await call.hangUp();
    await world.quiet();
  });

  it('hears what the caller hears, tells partial results, and the last words of a call that ends', async () => {
    await using held = await hearing(
      Array<string>(20).fill('hello'),
      '<Start><Transcription track="outbound_track" statusCallbackUrl="/heard" partialResults="true"/></Start>',
      '<Play>/tone.wav</Play>',
    );
    const { world } = held;
    world.hooks.reply('/tone.wav', {
      headers: { 'Content-Type': 'audio/wav' },
      body: toneWav(700, 2600),
    });
    const call = await (await world.phone(BOB)).dial(OURS);
    await call.ended;

    const events = await told(world, 'transcription-stopped');

    const words = events.filter((each) => each['TranscriptionEvent'] === 'transcription-content');
    expect(words[0]).toMatchObject({ Final: 'false', Stability: '0.00' });
    expect(words.at(-1)).toMatchObject({ Final: 'true', Track: 'outbound_track' });
    expect(events.map((each) => each['SequenceId'])).toEqual(
      events.map((_, index) => String(index + 1)),
    );
  });

  it('tells that the engine is missing, and the document goes on', async () => {
    await using world = await World.open({ env: { TUTTI_ASR_COMMAND: 'no-such-program' } });
    await world.answers(
      twiml(
        '<Start><Transcription statusCallbackUrl="/heard"/></Start>',
        '<Play digits="7"/>',
        '<Pause length="60"/>',
      ),
    );
    const call = await (await world.phone(BOB)).dial(OURS);

    await call.hears({ digits: '7' });

    const [error] = await told(world, 'transcription-stopped');
    expect(error).toMatchObject({
      TranscriptionEvent: 'transcription-error',
      TranscriptionErrorCode: '32651',
      TranscriptionError: expect.stringContaining('no-such-program'),
    });
    expect(await world.alert(75011)).toContain('no-such-program');
    await call.hangUp();
  });
});

describe.concurrent('a transcription by the API', { timeout: 60_000 }, () => {
  it('is begun and stopped by name, and its name is its own meanwhile', async () => {
    await using held = await hearing(['yes'], '<Play digits="1"/>', '<Pause length="60"/>');
    const { world } = held;
    const call = await (await world.phone(BOB)).dial(OURS);
    const { sid } = await world.onlyCall();
    await world.becomes(sid, 'in-progress');
    const path = `/Calls/${sid}/Transcriptions`;
    const form = { Name: 'mine', StatusCallbackUrl: world.hooks.at('/heard') };

    const inNoLanguage = await world.request('POST', `${path}.json`, { LanguageCode: 'x_y' });
    const made = await world.post(`${path}.json`, { ...form, SpeechModel: 'telephony' });
    expect(await world.alert(75016)).toContain('SpeechModel');
    await told(world, 'transcription-started');
    await call.play(VOICE).done;
    const again = await world.request('POST', `${path}.json`, form);
    const stopped = await world.post(`${path}/mine.json`, { Status: 'stopped' });

    expect(made).toMatchObject({
      sid: expect.stringMatching(/^GT/),
      call_sid: sid,
      name: 'mine',
      status: 'in-progress',
    });
    expect(inNoLanguage).toMatchObject({ status: 400, body: { code: 20001 } });
    expect(again).toMatchObject({ status: 400, body: { code: 20001 } });
    expect(stopped).toMatchObject({ sid: made.sid, status: 'stopped' });
    const [content] = await told(world, 'transcription-stopped');
    expect(content).toMatchObject({ Track: 'inbound_track', Final: 'true' });
    await call.hangUp();
    await world.becomes(sid, 'completed');
    const late = await world.request('POST', `${path}.json`, form);
    expect(late).toMatchObject({ status: 400, body: { code: 21220 } });
  });
});
