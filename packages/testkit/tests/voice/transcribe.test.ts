import { describe, expect, it } from 'vitest';
import { SpeechServiceDouble, type ServiceAnswer } from '../../../media/tests/_speech-service.ts';
import { toneSamples } from './_sounds.ts';
import { needsHearing, spoken } from './_speech.ts';
import { BOB, OURS, World, eventually, twiml, type Json } from './_world.ts';

const VOICE = toneSamples(300, 2400);

/** A world whose callers are recorded until a key, with a service that answers so. */
async function recording(answer: () => ServiceAnswer | Promise<ServiceAnswer>) {
  const service = await SpeechServiceDouble.open(answer);
  const world = await World.open({ env: { TUTTI_ASR_URL: service.url } });
  await world.answers(
    twiml(
      '<Record action="/after" playBeep="false" transcribe="true" transcribeCallback="/text"/>',
    ),
  );
  world.hooks.reply('/after', twiml('<Hangup/>'));
  return {
    world,
    service,
    [Symbol.asyncDispose]: async () => {
      await world[Symbol.asyncDispose]();
      await service[Symbol.asyncDispose]();
    },
  };
}

/** Bob calls, is heard, and presses a key. */
async function say(world: World, samples: Int16Array): Promise<void> {
  const call = await (await world.phone(BOB)).dial(OURS);
  await call.play(samples).done;
  await call.key('1');
  await call.ended;
}

function text(world: World, path: string): Promise<Response> {
  const { accountSid, authToken, url } = world.tutti;
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  return fetch(`${url}/2010-04-01/Accounts/${accountSid}${path}`, { headers: { authorization } });
}

const heard = (said: string) => (): ServiceAnswer => ({ body: JSON.stringify({ text: said }) });

describe.concurrent('<Record transcribe>', { timeout: 60_000 }, () => {
  it('tells transcribeCallback the words, which are listed, fetched as text and deleted', async () => {
    await using held = await recording(heard('Please call me back.'));
    const { world } = held;

    await say(world, VOICE);

    const { parameters, signatureValid } = await world.hooks.next('/text');
    const { TranscriptionSid: sid, RecordingSid: recordingSid, RecordingUrl } = parameters;
    expect(signatureValid).toBe(true);
    expect(parameters).toMatchObject({
      TranscriptionSid: expect.stringMatching(/^TR[0-9a-f]{32}$/),
      TranscriptionStatus: 'completed',
      TranscriptionText: 'Please call me back.',
      TranscriptionUrl: `${RecordingUrl}/Transcriptions/${sid}`,
      RecordingSid: expect.stringMatching(/^RE/),
      From: BOB,
      AccountSid: world.tutti.accountSid,
    });
    const made = await world.get(`/Transcriptions/${sid}.json`);
    expect(made).toMatchObject({
      sid,
      recording_sid: recordingSid,
      status: 'completed',
      transcription_text: 'Please call me back.',
      duration: '2',
      type: 'fast',
      error_code: null,
    });
    const ofRecording = `/Recordings/${recordingSid}/Transcriptions`;
    expect((await world.get('/Transcriptions.json')).transcriptions).toEqual([made]);
    expect((await world.get(`${ofRecording}.json`)).transcriptions).toEqual([made]);
    expect(await world.get(`${ofRecording}/${sid}.json`)).toEqual(made);
    const plain = await text(world, `/Transcriptions/${sid}.txt`);
    expect(plain.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(await plain.text()).toBe('Please call me back.');

    expect((await world.request('DELETE', `/Transcriptions/${sid}.json`)).status).toBe(204);
    expect((await world.request('GET', `/Transcriptions/${sid}.json`)).status).toBe(404);
    expect((await world.get(`${ofRecording}.json`)).transcriptions).toEqual([]);
  });

  it('tells why there are no words when the engine fails', async () => {
    await using held = await recording(() => ({ status: 500, body: 'out of memory' }));
    const { world } = held;

    await say(world, VOICE);

    const { parameters } = await world.hooks.next('/text', { timeoutMs: 30_000 });
    expect(parameters).toMatchObject({
      TranscriptionStatus: 'failed',
      TranscriptionText: '',
      ErrorCode: '75011',
      ErrorMessage: expect.stringContaining('500'),
    });
    const { TranscriptionSid: sid } = parameters;
    expect(await world.get(`/Transcriptions/${sid}.json`)).toMatchObject({
      status: 'failed',
      transcription_text: null,
      error_code: 75011,
    });
    const [alert] = await world.alerts(75011);
    expect(alert).toMatchObject({ resource_sid: sid });
  });

  it('leaves what is too short as it is: 13617', async () => {
    await using held = await recording(heard('never'));
    const { world } = held;

    await say(world, toneSamples(300, 400));

    expect(await world.hooks.next('/text')).toMatchObject({
      parameters: { TranscriptionStatus: 'failed', ErrorCode: '13617' },
    });
    expect(await world.alert(13617)).toContain('2 to 120 s');
    expect(held.service.requests).toEqual([]);
  });

  it('is in progress while the engine works, and nobody is told when it is deleted meanwhile', async () => {
    const answer: ((given: ServiceAnswer) => void)[] = [];
    await using held = await recording(
      () => new Promise<ServiceAnswer>((resolve) => answer.push(resolve)),
    );
    const { world } = held;

    await say(world, VOICE);
    await eventually(async () => expect(answer).toHaveLength(1));
    const [pending] = (await world.get('/Transcriptions.json')).transcriptions;
    expect(pending).toMatchObject({ status: 'in-progress', transcription_text: null });
    await world.request('DELETE', `/Transcriptions/${pending.sid}.json`);
    answer[0]?.(heard('late')());

    await eventually(async () => {
      expect((await world.get('/Transcriptions.json')).transcriptions).toEqual([]);
    });
    await world.tutti.settled();
    expect(world.hooks.caught.map(({ path }) => path)).not.toContain('/text');
  });

  it('says at the document that there is no engine, records all the same, and fails', async () => {
    await using world = await World.open({ env: { TUTTI_ASR_COMMAND: 'no-such-program' } });
    await world.answers(
      twiml('<Record action="/after" playBeep="false" transcribeCallback="/text"/>'),
    );
    world.hooks.reply('/after', twiml('<Hangup/>'));

    await say(world, VOICE);

    expect(await world.hooks.next('/after')).toMatchObject({ parameters: { Digits: '1' } });
    const { parameters } = await world.hooks.next('/text');
    expect(parameters).toMatchObject({ TranscriptionStatus: 'failed', ErrorCode: '75011' });
    const alerts = await world.alerts(75011);
    const { sid } = await world.onlyCall();
    expect(new Set(alerts.map((alert: Json) => alert.resource_sid))).toEqual(
      new Set([sid, parameters['TranscriptionSid']]),
    );
    expect(alerts.map((alert: Json) => alert.alert_text).join()).toContain('<Record transcribe>');
  });

  it.skipIf(needsHearing)('has words of a call (needs espeak-ng and pocketsphinx)', async () => {
    await using world = await World.open();
    await world.answers(
      twiml('<Record action="/after" playBeep="false" transcribeCallback="/text"/>'),
    );
    world.hooks.reply('/after', twiml('<Hangup/>'));

    await say(world, await spoken('yes, please call me back tomorrow'));

    const { parameters } = await world.hooks.next('/text', { timeoutMs: 40_000 });
    expect(parameters).toMatchObject({ TranscriptionStatus: 'completed' });
    expect(parameters['TranscriptionText']).toMatch(/\w/);
  });
});
