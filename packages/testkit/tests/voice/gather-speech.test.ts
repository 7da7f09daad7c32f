import { describe, expect, it, vi } from 'vitest';
import { SpeechServiceDouble } from '../../../media/tests/_speech-service.ts';
import { toneSamples, toneWav } from './_sounds.ts';
import { needsHearing, spoken } from './_speech.ts';
import { BOB, OURS, World, twiml, type Json } from './_world.ts';

/** A voice for a service that hears whatever it is told to. */
const VOICE = toneSamples(300, 600);
const LONG_VOICE = toneSamples(300, 2600);

/** A world with a service that hears these texts one after another, then nothing. */
async function hearing(
  texts: readonly string[],
  attributes: string,
  { inside = '', after = '' } = {},
) {
  const left = [...texts];
  const service = await SpeechServiceDouble.open(() => ({
    body: JSON.stringify({ text: left.shift() ?? '', segments: [{ avg_logprob: Math.log(0.8) }] }),
  }));
  const world = await World.open({ env: { TUTTI_ASR_URL: service.url } });
  await world.answers(twiml(`<Gather action="/said" ${attributes}>${inside}</Gather>`, after));
  world.hooks.reply('/said', twiml('<Hangup/>'));
  return {
    world,
    service,
    [Symbol.asyncDispose]: async () => {
      await world[Symbol.asyncDispose]();
      await service[Symbol.asyncDispose]();
    },
  };
}

describe.concurrent('<Gather input="speech">', { timeout: 60_000 }, () => {
  it.skipIf(needsHearing)(
    'hears words in a call (needs espeak-ng and pocketsphinx)',
    async () => {
      await using world = await World.open();
      await world.answers(
        twiml(
          '<Gather input="speech" action="/said" speechTimeout="1" hints="yes please, call me back, billing"/>',
        ),
      );
      world.hooks.reply('/said', twiml('<Hangup/>'));
      const bob = await world.phone(BOB);

      const call = await bob.dial(OURS);
      call.play(await spoken('yes please'));

      const { parameters } = await world.hooks.next('/said', { timeoutMs: 30_000 });
      expect(parameters).toMatchObject({ SpeechResult: 'yes please', CallStatus: 'in-progress' });
      expect(Number(parameters['Confidence'])).toBeGreaterThan(0);
      expect(parameters).not.toHaveProperty('Digits');
      await call.ended;
    },
    60_000,
  );

  it('tells its action what was said, in the language and with the hints that it named', async () => {
    await using heard = await hearing(
      ['Vertrieb bitte.'],
      'input="speech" speechTimeout="1" language="de-DE" hints="Vertrieb, Kasse"',
    );
    const bob = await heard.world.phone(BOB);

    const call = await bob.dial(OURS);
    call.play(VOICE);

    expect(await heard.world.hooks.next('/said')).toMatchObject({
      parameters: { SpeechResult: 'Vertrieb bitte.', Confidence: '0.8', From: BOB },
    });
    expect(heard.service.requests[0]?.fields).toMatchObject({
      language: 'de',
      prompt: 'Vertrieb, Kasse',
    });
  });

  it('stops its prompts when somebody speaks', async () => {
    await using heard = await hearing(['stop'], 'input="dtmf speech" speechTimeout="1"', {
      inside: '<Play>/tone.wav</Play>',
    });
    heard.world.hooks.reply('/tone.wav', {
      headers: { 'Content-Type': 'audio/wav' },
      body: toneWav(700, 8000),
    });
    const bob = await heard.world.phone(BOB);

    const call = await bob.dial(OURS);
    await call.hears({ tone: 700 });
    call.play(VOICE);
    await call.hears({ silence: true });

    expect(await heard.world.hooks.next('/said')).toMatchObject({
      parameters: { SpeechResult: 'stop' },
    });
  });

  it('takes keys in place of words when somebody keys, and words alone when it asks for them', async () => {
    await using both = await hearing(['never'], 'input="dtmf speech" numDigits="1"');
    await using words = await hearing(['only'], 'input="speech" numDigits="1" speechTimeout="1"');
    const keying = await (await both.world.phone(BOB)).dial(OURS);
    const speaking = await (await words.world.phone(BOB)).dial(OURS);

    keying.play(VOICE);
    await keying.key('7');
    await speaking.key('7');
    speaking.play(VOICE);

    expect(await both.world.hooks.next('/said')).toMatchObject({ parameters: { Digits: '7' } });
    const { parameters } = await words.world.hooks.next('/said');
    expect(parameters).toMatchObject({ SpeechResult: 'only' });
    expect(parameters).not.toHaveProperty('Digits');
  });

  it('tells partialResultCallback what has been understood so far', async () => {
    await using heard = await hearing(
      ['I would', 'I would like', ...Array<string>(4).fill('I would like to know')],
      'input="speech" speechTimeout="1" partialResultCallback="/partial"',
    );
    const bob = await heard.world.phone(BOB);

    const call = await bob.dial(OURS);
    call.play(LONG_VOICE);

    expect(await heard.world.hooks.next('/partial')).toMatchObject({
      parameters: {
        SequenceNumber: '0',
        UnstableSpeechResult: 'I would',
        StableSpeechResult: '',
        Stability: '0.00',
        CallStatus: 'in-progress',
      },
    });
    expect(await heard.world.hooks.next('/partial')).toMatchObject({
      parameters: {
        SequenceNumber: '1',
        UnstableSpeechResult: 'like',
        StableSpeechResult: 'I would',
        Stability: '0.67',
      },
    });
    expect(await heard.world.hooks.next('/said')).toMatchObject({
      parameters: { SpeechResult: 'I would like to know' },
    });
  });

  it('cuts what goes on longer than maxSpeechTime', async () => {
    await using heard = await hearing(['and so on'], 'input="speech" maxSpeechTime="1"');
    const bob = await heard.world.phone(BOB);

    const call = await bob.dial(OURS);
    call.play(LONG_VOICE);

    expect(await heard.world.hooks.next('/said')).toMatchObject({
      parameters: { SpeechResult: 'and so on' },
    });
  });

  it('leaves the call to the next verb when nothing was understood, or to its action with actionOnEmptyResult', async () => {
    const attributes = 'input="speech" timeout="1" speechTimeout="1"';
    await using next = await hearing([], attributes, { after: '<Redirect>/next</Redirect>' });
    await using empty = await hearing([], `${attributes} actionOnEmptyResult="true"`);
    next.world.hooks.reply('/next', twiml('<Hangup/>'));
    const first = await (await next.world.phone(BOB)).dial(OURS);
    const second = await (await empty.world.phone(BOB)).dial(OURS);

    first.play(VOICE);
    second.play(VOICE);

    await next.world.hooks.next('/next');
    const { parameters } = await empty.world.hooks.next('/said');
    expect(parameters).not.toHaveProperty('SpeechResult');
    expect(next.world.hooks.caught.map(({ path }) => path)).not.toContain('/said');
  });

  it('raises 75011 when its engine fails', async () => {
    await using service = await SpeechServiceDouble.open(() => ({
      status: 503,
      body: 'overloaded',
    }));
    await using world = await World.open({ env: { TUTTI_ASR_URL: service.url } });
    await world.answers(twiml('<Gather input="speech" timeout="1" speechTimeout="1"/>'));
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    call.play(VOICE);

    expect(await world.alert(75011)).toContain('answered 503: overloaded');
    await call.ended;
  });

  it('says that there is no engine, and takes keys all the same', async () => {
    await using world = await World.open({ env: { TUTTI_ASR_COMMAND: '/nonexistent' } });
    await world.answers(twiml('<Gather action="/said" input="speech" numDigits="1"/>'));
    world.hooks.reply('/said', twiml('<Hangup/>'));
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    await call.key('1');

    expect(await world.hooks.next('/said')).toMatchObject({ parameters: { Digits: '1' } });
    expect(await world.alert(75011)).toContain('install the package pocketsphinx');
  });

  it('asks nobody when the caller hangs up while speaking', async () => {
    await using heard = await hearing(['late'], 'input="speech"');
    const bob = await heard.world.phone(BOB);

    const call = await bob.dial(OURS);
    call.play(LONG_VOICE);
    await call.hangUp();

    await heard.world.quiet();
    expect(heard.world.hooks.caught.map(({ path }) => path)).toEqual(['/voice']);
  });
});

describe.concurrent('<Say> by a service', { timeout: 60_000 }, () => {
  it('is heard, in the voice of the language', async () => {
    await using service = await SpeechServiceDouble.open(() => ({
      type: 'audio/wav',
      body: toneWav(700, 1500),
    }));
    await using world = await World.open({
      env: { TUTTI_SPEECH_URL: service.url, TUTTI_SPEECH_VOICES: 'alloy,de=onyx' },
    });
    await world.answers(twiml('<Say language="de-DE" voice="Polly.Vicki">Guten Tag</Say>'));
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);

    await call.hears({ tone: 700 });
    await call.ended;
    expect(service.requests.map(({ fields }) => fields)).toEqual([
      { model: 'tts-1', input: 'Guten Tag', voice: 'onyx', response_format: 'wav' },
    ]);
  });
});

describe.concurrent('a Conductor with Transcribe=speech', { timeout: 60_000 }, () => {
  it('turns what its callers say into messages of theirs', async () => {
    const texts = ['Where is my order?', ''];
    await using service = await SpeechServiceDouble.open(() => ({
      body: JSON.stringify({ text: texts.shift(), segments: [{ avg_logprob: Math.log(0.5) }] }),
    }));
    await using world = await World.open({ env: { TUTTI_ASR_URL: service.url } });
    const { conversationSid } = await world.conversation({ Transcribe: 'speech' });
    await world.post(`/v1/Conversations/${conversationSid}/Participants`, {
      Identity: 'bob',
      'VoiceBinding.Address': BOB,
      'VoiceBinding.ProxyAddress': OURS,
    });
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    await call.playTone(300, { durationMs: 600 }).done;
    await vi.waitFor(() => expect(service.requests).toHaveLength(1), { timeout: 10_000 });
    // What nobody understood is no message, and what was being said when the caller hung up is one.
    await call.playTone(300, { durationMs: 600 }).done;
    await call.key('1#');
    await call.hangUp();

    await world.quiet();
    const { sid } = await world.onlyCall();
    const { messages } = await world.get(`/v1/Conversations/${conversationSid}/Messages`);
    const written = messages.map(({ author, body, attributes }: Json) => ({
      author,
      body,
      tutti: JSON.parse(attributes).tutti,
    }));
    expect(written).toContainEqual({
      author: 'bob',
      body: 'Where is my order?',
      tutti: { channel: 'voice', call_sid: sid, kind: 'speech', confidence: expect.closeTo(0.5) },
    });
    expect(written).toContainEqual({
      author: 'bob',
      body: '1#',
      tutti: { channel: 'voice', call_sid: sid, kind: 'dtmf', confidence: 1 },
    });
    expect(written).toHaveLength(2);
    expect(service.requests).toHaveLength(2);
  });

  it('is refused without an engine', async () => {
    await using world = await World.open({ env: { TUTTI_ASR_COMMAND: '/nonexistent' } });

    await expect(world.conversation({ Transcribe: 'speech' })).rejects.toThrow(
      /75011.*nonexistent.* was not found: install the package pocketsphinx/,
    );
    const { conversationSid, conductorSid } = await world.conversation({ Transcribe: 'dtmf' });
    await expect(
      world.post(`/v1/Conversations/${conversationSid}/Conductors/${conductorSid}`, {
        Transcribe: 'speech',
      }),
    ).rejects.toThrow(/75011/);
  });
});
