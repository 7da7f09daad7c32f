import { describe, expect, it } from 'vitest';
import { toneWav } from './_sounds.ts';
import { BOB, OURS, World, answered, twiml } from './_world.ts';

/** A world where our number gathers; `/key` is the action and hangs up. */
async function gathering(attributes: string, inside = '', after = ''): Promise<World> {
  const world = await World.open();
  await world.answers(twiml(`<Gather action="/key" ${attributes}>${inside}</Gather>`, after));
  world.hooks.reply('/key', twiml('<Hangup/>'));
  world.hooks.reply('/tone.wav', {
    headers: { 'Content-Type': 'audio/wav' },
    body: toneWav(700, 4000),
  });
  return world;
}

describe.concurrent('<Gather>', () => {
  it('ends with the last of numDigits', async () => {
    await using world = await gathering('numDigits="3"');
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    await call.key('42*');

    const { parameters } = await world.hooks.next('/key');
    expect(parameters).toMatchObject({ Digits: '42*', From: BOB, CallStatus: 'in-progress' });
    expect(parameters).not.toHaveProperty('FinishedOnKey');
    await call.ended;
  });

  it('ends with finishOnKey, which is not among the digits', async () => {
    await using world = await gathering('finishOnKey="*"');
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    await call.key('4#2*');

    expect(await world.hooks.next('/key')).toMatchObject({
      parameters: { Digits: '4#2', FinishedOnKey: '*' },
    });
  });

  it('ends timeout seconds after the last key', async () => {
    await using world = await gathering('timeout="1"');
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    await call.key('7');

    expect(await world.hooks.next('/key')).toMatchObject({ parameters: { Digits: '7' } });
  });

  it('stops its prompts at the first key', async () => {
    await using world = await gathering('numDigits="2"', '<Play>/tone.wav</Play>');
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    await call.hears({ tone: 700 });
    await call.key('1');
    await call.hears({ silence: true });
    await call.key('2');

    expect(await world.hooks.next('/key')).toMatchObject({ parameters: { Digits: '12' } });
  });

  it('lets its prompts play on without bargeIn, and keeps the keys', async () => {
    await using world = await gathering(
      'numDigits="2" bargeIn="false"',
      '<Pause length="1"/><Play digits="9"/>',
    );
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    await call.key('12');

    await call.hears({ digits: '9' });
    expect(await world.hooks.next('/key')).toMatchObject({ parameters: { Digits: '12' } });
  });

  it('that gets no key leaves the call to the next verb', async () => {
    await using world = await gathering('timeout="1"', '', '<Play digits="3"/>');
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);

    await call.hears({ digits: '3' });
    await call.ended;
    expect(world.hooks.caught.map(({ path }) => path)).toEqual(['/voice']);
  });

  it('that gets no key asks its action all the same with actionOnEmptyResult', async () => {
    await using world = await gathering('timeout="1" actionOnEmptyResult="true"');
    const bob = await world.phone(BOB);

    await bob.dial(OURS);

    expect(await world.hooks.next('/key')).toMatchObject({ parameters: { Digits: '' } });
  });

  it('asks the URL of its own document when it has no action', async () => {
    await using world = await World.open();
    world.hooks.reply('/voice', ({ parameters }) =>
      'Digits' in parameters ? twiml('<Hangup/>') : twiml('<Gather numDigits="1" method="GET"/>'),
    );
    await world.number({ VoiceUrl: world.hooks.at('/voice') });
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    await call.key('6');
    await call.ended;

    await world.hooks.next('/voice');
    expect(await world.hooks.next('/voice')).toMatchObject({
      method: 'GET',
      parameters: { Digits: '6' },
    });
  });

  it('with a relative action in a Twiml parameter ends the call with alert 15004', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    await world.place({ Twiml: twiml('<Gather numDigits="1" action="/key"/>') });

    const call = await answered(bob);
    await call.key('1');

    await call.ended;
    expect(await world.alert(15004)).toContain('/key');
  });

  it('takes tones from a phone without telephone-events', async () => {
    await using world = await gathering('numDigits="1"');
    const bob = await world.tutti.phone(BOB, { telephoneEvent: false });

    const call = await bob.dial(OURS);
    await call.key('8');

    expect(await world.hooks.next('/key')).toMatchObject({ parameters: { Digits: '8' } });
  });

  it('asks nobody when the caller hangs up', async () => {
    await using world = await gathering('numDigits="2"');
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    await call.key('8');
    await call.hangUp();

    await world.quiet();
    expect(world.hooks.caught.map(({ path }) => path)).toEqual(['/voice']);
  });
});
