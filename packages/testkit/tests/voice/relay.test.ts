import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { hearsWords, needsSpeech } from './_speech.ts';
import { SpeechServiceDouble } from '../../../media/tests/_speech-service.ts';
import { FailingIds } from './_failing-ids.ts';
import { toneWav } from './_sounds.ts';
import { StreamServer, type StreamConnection } from './_stream-server.ts';
import { BOB, OURS, World, eventually, twiml } from './_world.ts';

const NO_EARS = { TUTTI_ASR_COMMAND: '/nowhere/pocketsphinx' };

/** Hears the same in whatever it is sent, in the shape of OpenAI's transcriptions. */
async function openEars(text: string): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ text }));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function open(attributes: string, env: Record<string, string> = NO_EARS, inside = '') {
  const server = await StreamServer.open();
  const world = await World.open({ env });
  world.hooks.reply('/after', twiml('<Play digits="9"/>'));
  await world.answers(
    twiml(
      `<Connect action="/after"><ConversationRelay url="${server.url}/relay" ${attributes}>${inside}</ConversationRelay></Connect>`,
    ),
  );
  const bob = await world.phone(BOB);
  const call = await bob.dial(OURS);
  const relay = await server.next();
  const close = async (): Promise<void> => {
    await world.quiet();
    await world.tutti.close();
    await server[Symbol.asyncDispose]();
  };
  return { server, world, call, relay, close };
}

const say = (relay: StreamConnection, token: string, more: object = {}) =>
  relay.send({ type: 'text', token, last: true, ...more });

describe.concurrent('<ConversationRelay>', () => {
  it('introduces the call, greets, speaks what it is sent, and hands over what end says', async () => {
    const { world, call, relay, close } = await open(
      'welcomeGreeting="Welcome to the test of the relay." dtmfDetection="true" welcomeGreetingInterruptible="none"',
      NO_EARS,
      '<Parameter name="who" value="Ada"/><Language code="de-DE"/>',
    );
    const setup = await relay.next('setup');
    await hearsWords(call);
    await call.hears({ silence: true }, { timeoutMs: 15_000 });
    relay.send({ type: 'text', token: 'Here are ' });
    relay.send({ type: 'text', token: 'some words to hear. And ' });
    say(relay, 'a few more.', { lang: 'de-DE' });
    await hearsWords(call);
    await call.hears({ silence: true }, { timeoutMs: 15_000 });
    relay.send({ type: 'sendDigits', digits: '5' });
    await call.hears({ digits: '5' });
    await call.key('3');
    const dtmf = await relay.next('dtmf');
    relay.send({ type: 'end', handoffData: '{"reason":"done"}' });
    await call.hears({ digits: '9' });
    const { code } = await relay.closed;

    expect(relay.isSigned(world.tutti.authToken)).toBe(true);
    const { sid: callSid } = await world.onlyCall();
    expect(setup).toEqual({
      type: 'setup',
      sessionId: expect.stringMatching(/^VX[0-9a-f]{32}$/),
      accountSid: world.tutti.accountSid,
      parentCallSid: '',
      callSid,
      from: BOB,
      to: OURS,
      forwardedFrom: '',
      callType: 'PSTN',
      callerName: '',
      direction: 'inbound',
      callStatus: 'in-progress',
      customParameters: { who: 'Ada' },
    });
    expect(dtmf).toEqual({ type: 'dtmf', digit: '3' });
    expect(code).toBe(1000);
    const { parameters } = await world.hooks.next('/after');
    expect(parameters).toMatchObject({
      CallSid: callSid,
      SessionId: setup.sessionId,
      SessionStatus: 'ended',
      SessionDuration: expect.stringMatching(/^\d+$/),
      HandoffData: '{"reason":"done"}',
    });
    await close();
  });

  it('says on the socket and in an alert that it hears no words for want of an engine', async () => {
    const { world, call, relay, close } = await open('');

    const { description } = await relay.next('error');
    expect(description).toContain('does not hear words');
    expect(await world.alert(75011)).toContain('does not hear words');
    await call.hangUp();
    const { parameters } = await world.hooks.next('/after');

    expect(parameters).toMatchObject({ SessionStatus: 'completed', CallStatus: 'completed' });
    await close();
  });

  it('tells what the caller says, which interrupts what is being said', async () => {
    await using ears = await openEars('hold on');
    const { call, relay, close } = await open('', {
      TUTTI_ASR_URL: ears.url,
      TUTTI_ASR_MODEL: 'test',
    });
    await relay.next('setup');
    const words = 'one two three four five six seven eight nine ten';
    say(relay, `${words}, ${words}, ${words}.`);
    await hearsWords(call);
    const tone = call.playTone(500, { durationMs: 600 });
    const interrupt = await relay.next('interrupt');
    await tone.done;
    const prompt = await relay.next('prompt');

    expect(interrupt).toEqual({
      type: 'interrupt',
      utteranceUntilInterrupt: expect.any(String),
      durationUntilInterruptMs: expect.any(Number),
    });
    expect(`${words}, ${words}`.startsWith(interrupt.utteranceUntilInterrupt)).toBe(true);
    expect(interrupt.durationUntilInterruptMs).toBeGreaterThan(100);
    expect(prompt).toEqual({ type: 'prompt', voicePrompt: 'hold on', lang: 'en-US', last: true });
    await call.hears({ silence: true });
    await call.hangUp();
    await close();
  });

  it('tells who speaks, and what has been heard of what was to be said', async () => {
    await using ears = await openEars('go on');
    const { call, relay, close } = await open('events="speaker-events" debug="tokens-played"', {
      TUTTI_ASR_URL: ears.url,
      TUTTI_ASR_MODEL: 'test',
    });
    await relay.next('setup');
    const short = 'Good day.';
    const words = 'one two three four five six seven eight nine ten';
    say(relay, short);
    await relay.nextInfo('tokensPlayed', short);
    await relay.nextInfo('agentSpeaking', 'off');
    say(relay, `${words}, ${words}.`);
    await hearsWords(call);
    const tone = call.playTone(500, { durationMs: 600 });
    await relay.nextInfo('clientSpeaking', 'off');
    await tone.done;
    await relay.next('prompt');

    const told = relay.messages.filter(({ type }) => type === 'info');
    expect(told.map(({ name, value }) => (name === 'tokensPlayed' ? name : `${name} ${value}`)))
      // What is heard of the second text is told when it stops, as its interruption is.
      .toEqual(
        expect.arrayContaining([
          'agentSpeaking on',
          'tokensPlayed',
          'agentSpeaking off',
          'agentSpeaking on',
          'clientSpeaking on',
          'agentSpeaking off',
          'clientSpeaking off',
        ]),
      );
    expect(told.slice(0, 4).map(({ name, value }) => [name, value])).toEqual([
      ['agentSpeaking', 'on'],
      ['tokensPlayed', short],
      ['agentSpeaking', 'off'],
      ['agentSpeaking', 'on'],
    ]);
    expect(told[0].ts).toBeGreaterThan(Date.now() - 60_000);
    const part = told.slice(4).find(({ name }) => name === 'tokensPlayed');
    if (part !== undefined) expect(`${words}, ${words}`.startsWith(part.value)).toBe(true);
    await call.hangUp();
    await close();
  });

  it('tells words before they are all there with partialPrompts', async () => {
    await using ears = await openEars('one two');
    const { call, relay, close } = await open('partialPrompts="true" speechTimeout="300"', {
      TUTTI_ASR_URL: ears.url,
      TUTTI_ASR_MODEL: 'test',
    });
    await relay.next('setup');
    const tone = call.playTone(500, { durationMs: 1800 });
    const partial = await relay.next('prompt');
    await tone.done;
    // Half a second is more than speechTimeout, and less than what ends an utterance without it.
    const again = call.playTone(500, { durationMs: 400 });
    await eventually(() => {
      expect(relay.messages.filter(({ last }) => last === true)).toHaveLength(1);
    });
    await again.done;

    expect(partial).toEqual({
      type: 'prompt',
      voicePrompt: 'one two',
      lang: 'en-US',
      last: false,
    });
    await call.hangUp();
    await close();
  });

  it('speaks a language in the voice that its Language names', async () => {
    await using voices = await SpeechServiceDouble.open(() => ({
      type: 'audio/wav',
      body: toneWav(700),
    }));
    const { call, relay, close } = await open(
      'voice="alloy"',
      { ...NO_EARS, TUTTI_SPEECH_URL: voices.url },
      '<Language code="de-DE" voice="onyx"/>',
    );
    await relay.next('setup');
    say(relay, 'Hello.');
    say(relay, 'Guten Tag.', { lang: 'de-DE' });
    await eventually(() => expect(voices.requests).toHaveLength(2));

    expect(voices.requests.map(({ fields }) => [fields['input'], fields['voice']])).toEqual([
      ['Hello.', 'alloy'],
      ['Guten Tag.', 'onyx'],
    ]);
    await call.hangUp();
    await close();
  });

  it('goes on after an error of ours, and says so on the socket', async () => {
    const server = await StreamServer.open();
    const ids = new FailingIds();
    const env = { ...NO_EARS, TUTTI_SPEECH_COMMAND: '/nowhere/espeak-ng' };
    const world = await World.open({ env, ids });
    const relayed = `<ConversationRelay url="${server.url}" dtmfDetection="true"/>`;
    await world.answers(twiml(`<Connect>${relayed}</Connect>`));
    const call = await (await world.phone(BOB)).dial(OURS);
    const relay = await server.next();
    await relay.next('error');
    await world.alert(75011);
    // The alert of the missing engine cannot be written, which nobody expects.
    ids.fails = 'alerts';
    say(relay, 'Hello.');
    const { description } = await relay.next('error');
    ids.fails = undefined;
    await call.key('4');

    expect(description).toContain('an error in the server');
    expect(await relay.next('dtmf')).toEqual({ type: 'dtmf', digit: '4' });
    await call.hangUp();
    await world.quiet();
    await world.tutti.close();
    await server[Symbol.asyncDispose]();
  });

  it('has failed when the call reaches its time limit', async () => {
    const { world, call, relay, close } = await open('');
    await relay.next('setup');
    await world.update((await world.onlyCall()).sid, { TimeLimit: '1' });
    await call.ended;
    const { parameters } = await world.hooks.next('/after');

    expect(parameters).toMatchObject({ SessionStatus: 'failed', ErrorCode: '64104' });
    expect(await world.alert(64104)).toContain('time limit');
    await close();
  });

  it('says that the engine does not hear the language, and goes on', async () => {
    const { world, call, relay, close } = await open('transcriptionLanguage="sv-SE"');
    const { description } = await relay.next('error');

    expect(description).toContain('sv-SE');
    expect(await world.alert(64106)).toContain('sv-SE');
    await call.hangUp();
    await close();
  });

  it('is interrupted by keys where they may, and does not tell them where they may not', async () => {
    const { call, relay, close } = await open('dtmfDetection="true" interruptible="dtmf"');
    await relay.next('setup');
    const long = 'This is a sentence of many words that goes on and on for quite a while';
    say(relay, long, { interruptible: false });
    await hearsWords(call);
    await call.key('1');
    await call.hears({ silence: true }, { timeoutMs: 15_000 });
    say(relay, long);
    await hearsWords(call);
    await call.key('2');
    await relay.next('interrupt');
    expect(await relay.next('dtmf')).toEqual({ type: 'dtmf', digit: '2' });

    expect(relay.messages.filter(({ type }) => type === 'interrupt')).toHaveLength(1);
    expect(relay.messages.filter(({ type }) => type === 'dtmf')).toHaveLength(1);
    await call.hangUp();
    await close();
  });

  it('answers what it cannot read with an error, and closes with 1007 after ten of them', async () => {
    const { world, call, relay, close } = await open('');
    await relay.next('setup');
    relay.send('{"type"');
    for (let i = 0; i < 8; i += 1) relay.send({ type: 'text' });
    relay.send({ type: 'language', ttsLanguage: 'de-DE' });
    await eventually(() => {
      const errors = relay.messages.filter(({ description }) =>
        /Invalid message/.test(description),
      );
      expect(errors).toHaveLength(9);
    });
    expect(relay.socket.readyState).toBe(relay.socket.OPEN);
    for (let i = 0; i < 10; i += 1) relay.send({ type: 'play', source: 7 });
    const { code } = await relay.closed;
    await call.hears({ digits: '9' });

    expect(code).toBe(1007);
    expect(await world.alert(64105)).toContain('10 messages in a row');
    expect(await world.alert(64107)).toContain('its source is 7');
    const { parameters } = await world.hooks.next('/after');
    expect(parameters).toMatchObject({ SessionStatus: 'failed', ErrorCode: '64105' });
    await close();
  });

  it('has failed when its socket drops, or cannot be had', async () => {
    const { world, call, relay, close } = await open('');
    await relay.next('setup');
    relay.socket.terminate();
    await call.hears({ digits: '9' });
    const dropped = await world.hooks.next('/after');
    await call.ended;
    await world.answers(
      twiml('<Connect action="/after"><ConversationRelay url="ws://127.0.0.1:1"/></Connect>'),
    );
    const again = await (await world.phone(BOB)).dial(OURS);
    await again.hears({ digits: '9' });
    const refused = await world.hooks.next('/after');
    await world.answers(twiml('<Connect><ConversationRelay/></Connect>', '<Play digits="8"/>'));
    await (await (await world.phone(BOB)).dial(OURS)).hears({ digits: '8' });

    expect(dropped.parameters).toMatchObject({ SessionStatus: 'failed', ErrorCode: '64105' });
    expect(refused.parameters).toMatchObject({ SessionStatus: 'failed', ErrorCode: '64102' });
    expect(await world.alert(64101)).toContain('no url');
    await close();
  });

  it.skipIf(needsSpeech)('gives way to what is new where it is preemptible', async () => {
    const { world, call, relay, close } = await open('preemptible="true"');
    world.hooks.reply('/tone', {
      headers: { 'Content-Type': 'audio/basic' },
      body: (await import('./_sounds.ts')).toneMulaw(900, 400),
    });
    await relay.next('setup');
    say(relay, 'This is a sentence of many words that goes on and on for quite a while');
    await hearsWords(call);
    relay.send({ type: 'play', source: world.hooks.at('/tone'), loop: 2 });
    await call.hears({ tone: 900 });
    await call.hangUp();
    await close();
  });
});
