import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { hearsWords, needsSpeech } from './_speech.ts';
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
