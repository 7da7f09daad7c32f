import { describe, expect, it } from 'vitest';
import { encodeWav } from '@tutti/media';
import type { Phone } from '../../src/index.ts';
import { toneSamples } from './_sounds.ts';
import { BOB, CAROL, OURS, World, answered, hearEachOther, twiml, type Json } from './_world.ts';

/**
 * A world where calls to our number dial an application, whose `/app` is `document`; `/after` is the action and keys 9.
 */
async function dialling(
  dial: (applicationSid: string) => string,
  document: readonly string[],
): Promise<{ world: World; bob: Phone; applicationSid: string }> {
  const world = await World.open();
  const { hooks } = world;
  hooks.reply('/app', twiml(...document));
  hooks.reply('/after', twiml('<Play digits="9"/>'));
  const { sid: applicationSid } = await world.post('/Applications.json', {
    VoiceUrl: hooks.at('/app'),
  });
  await world.answers(twiml(dial(applicationSid)));
  return { world, bob: await world.phone(BOB), applicationSid };
}

async function childOf(world: World): Promise<Json> {
  const { calls } = await world.get('/Calls.json');
  return calls.find(({ parent_call_sid: sid }: Json) => sid);
}

/** Of it all but 10 or 20 ms were cut, when what waits in a jitter buffer was. */
const LAST_MS = 60;
const PART_SAMPLES = 80;

/** For how long that tone is heard before keys are, in parts of 10 ms. */
function lengthMs(samples: Int16Array, frequencyHz: number): number {
  let parts = 0;
  for (let at = 0; at + PART_SAMPLES <= samples.length; at += PART_SAMPLES) {
    const part = samples.subarray(at, at + PART_SAMPLES);
    let [cosine, sine, energy] = [0, 0, 0];
    for (const [index, sample] of part.entries()) {
      const angle = (2 * Math.PI * frequencyHz * index) / 8000;
      cosine += sample * Math.cos(angle);
      sine += sample * Math.sin(angle);
      energy += sample * sample;
    }
    const power = (2 * (cosine * cosine + sine * sine)) / PART_SAMPLES;
    if (energy > 1_000_000 && power > 0.8 * energy) parts += 1;
  }
  return parts * 10;
}

// By itself: it counts milliseconds.
it('<Dial><Application> is heard to its last sound', async () => {
  const { world, bob } = await dialling(
    (sid) => `<Dial action="/after"><Application>${sid}</Application></Dial>`,
    ['<Play>/sound.wav</Play>'],
  );
  await using _ = world;
  const sound = Int16Array.of(...toneSamples(440, 500), ...toneSamples(1200, LAST_MS));
  world.hooks.reply('/sound.wav', {
    headers: { 'Content-Type': 'audio/wav' },
    body: encodeWav(sound, 8000),
  });

  const caller = await bob.dial(OURS);
  const recording = caller.record();
  await caller.hears({ digits: '9' });

  expect(lengthMs(recording.stop(), 1200)).toBeGreaterThanOrEqual(LAST_MS - 20);
  await world.quiet();
});

describe.concurrent('<Dial><Application>', () => {
  it('runs the application for the caller in a call of its own, and tells the action', async () => {
    const { world, bob, applicationSid } = await dialling(
      (sid) =>
        `<Dial action="/after"><Application customerId="c1" statusCallback="/progress" statusCallbackEvent="initiated ringing answered completed"><ApplicationSid>${sid}</ApplicationSid><Parameter name="Colour" value="red &amp; blue"/><Parameter name="CallSid" value="mine"/></Application></Dial>`,
      ['<Play digits="12"/>'],
    );
    await using _ = world;

    const caller = await bob.dial(OURS);
    await caller.hears({ digits: '129' });
    await caller.ended;

    const child = await childOf(world);
    expect(child).toMatchObject({
      direction: 'outbound-dial',
      status: 'completed',
      to: applicationSid,
      from: BOB,
    });
    expect(await world.hooks.next('/app')).toMatchObject({
      signatureValid: true,
      parameters: {
        CallSid: child.sid,
        ParentCallSid: child.parent_call_sid,
        ApplicationSid: applicationSid,
        To: applicationSid,
        From: BOB,
        CallStatus: 'in-progress',
        Colour: 'red & blue',
        CustomerId: 'c1',
      },
    });
    expect(await world.hooks.next('/after')).toMatchObject({
      parameters: {
        CallSid: child.parent_call_sid,
        DialCallStatus: 'completed',
        DialCallSid: child.sid,
        DialBridged: 'true',
      },
    });
    const told = await world.statuses('/progress');
    expect(told.map(({ parameters }) => parameters['CallStatus'])).toEqual([
      'initiated',
      'ringing',
      'in-progress',
      'completed',
    ]);
    await world.quiet();
  });

  it('hears the keys of the caller, and goes from document to document', async () => {
    const { world, bob } = await dialling(
      (sid) => `<Dial><Application copyParentTo="true">${sid}</Application></Dial>`,
      ['<Gather numDigits="2" action="/next"><Play digits="1"/><Pause length="20"/></Gather>'],
    );
    await using _ = world;
    world.hooks.reply('/next', twiml('<Play digits="5"/>'));

    const caller = await bob.dial(OURS);
    await caller.hears({ digits: '1' });
    await caller.key('42');
    await caller.hears({ digits: '5' });
    await caller.ended;

    expect(await world.hooks.next('/next')).toMatchObject({
      parameters: { Digits: '42', To: OURS },
    });
    expect(await world.hooks.next('/app')).toMatchObject({
      parameters: { To: OURS, CustomerId: world.tutti.accountSid },
    });
    await world.quiet();
  });

  it('may dial somebody, who is joined with the caller; all end when the caller goes', async () => {
    const { world, bob } = await dialling(
      (sid) => `<Dial><Application>${sid}</Application></Dial>`,
      [`<Dial>${CAROL}</Dial>`],
    );
    await using _ = world;
    const carol = await world.phone(CAROL);

    const caller = await bob.dial(OURS);
    const callee = await answered(carol);
    await hearEachOther(caller, callee);
    await caller.hangUp();

    expect(await callee.ended).toEqual({ by: 'peer' });
    await world.quiet();
  });

  it('is sent elsewhere by the API while the caller stays', async () => {
    const { world, bob } = await dialling(
      (sid) => `<Dial><Application>${sid}</Application></Dial>`,
      ['<Play digits="1"/>', '<Pause length="20"/>'],
    );
    await using _ = world;

    const caller = await bob.dial(OURS);
    await caller.hears({ digits: '1' });
    const { sid } = await childOf(world);
    await world.update(sid, { Twiml: twiml('<Play digits="7"/>') });

    await caller.hears({ digits: '7' });
    await caller.ended;
    await world.quiet();
  });

  it('is warned of a url, which nobody would hear', async () => {
    const { world, bob } = await dialling(
      (sid) => `<Dial><Application url="/whisper">${sid}</Application></Dial>`,
      ['<Play digits="1"/>'],
    );
    await using _ = world;

    const caller = await bob.dial(OURS);
    await caller.hears({ digits: '1' });
    await caller.ended;

    expect(await world.alert(75016)).toContain('url of <Application>');
    expect(world.hooks.caught.map(({ path }) => path)).not.toContain('/whisper');
  });

  it('that dials itself is stopped', async () => {
    const world = await World.open();
    await using _ = world;
    const { sid } = await world.post('/Applications.json', { VoiceUrl: world.hooks.at('/voice') });
    await world.answers(twiml(`<Dial><Application>${sid}</Application></Dial>`));
    const bob = await world.phone(BOB);

    const caller = await bob.dial(OURS);
    await caller.ended;

    expect(await world.alert(13201)).toContain(sid);
    const { calls } = await world.get('/Calls.json');
    expect(calls).toHaveLength(11);
    await world.quiet();
  });

  it.for([
    ['a Conductor', (_: string, conductor: string) => conductor, 75002, 'Application SID (AP…)'],
    ['no SID', () => 'x', 75007, 'ApplicationSid of <Application>'],
    [
      'nobody knows',
      (sid: string) => sid.replace(/.$/, (c) => (c === '0' ? '1' : '0')),
      21218,
      'no such Application',
    ],
    ['has no voice URL', (sid: string) => sid, 21218, 'VoiceUrl is empty'],
  ] as const)('that is %s fails with the reason', async ([, given, code, reason]) => {
    const world = await World.open();
    await using _ = world;
    world.hooks.reply('/after', twiml('<Play digits="9"/>'));
    const { sid } = await world.post('/Applications.json', { FriendlyName: 'empty' });
    const { conductorSid } = await world.conversation();
    const text = given(sid, conductorSid);
    await world.answers(twiml(`<Dial action="/after"><Application>${text}</Application></Dial>`));
    const bob = await world.phone(BOB);

    const caller = await bob.dial(OURS);
    await caller.hears({ digits: '9' });
    await caller.ended;

    const alert = await world.alert(code);
    expect(alert).toContain(text);
    expect(alert).toContain(reason);
    const { parameters } = await world.hooks.next('/after');
    expect(parameters).toMatchObject({ DialCallStatus: 'failed', DialBridged: 'false' });
    expect(parameters).not.toHaveProperty('DialCallSid');
    expect((await world.onlyCall()).status).toBe('completed');
  });
});
