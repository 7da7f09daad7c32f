import { describe, expect, it } from 'vitest';
import { recorded, tonesIn } from './_recorded.ts';
import { BOB, World, answered, eventually, twiml, type Json } from './_world.ts';

/** Lets Bob answer a call with `form`, play 600 Hz and hear key 5. */
async function spoken(world: World, form: Record<string, string>): Promise<Json> {
  const bob = await world.phone(BOB);
  const placed = await world.place({
    Twiml: twiml('<Pause length="1"/><Play digits="5"/><Pause length="5"/>'),
    StatusCallback: world.hooks.at('/status'),
    ...form,
  });
  const call = await answered(bob);
  await Promise.all([call.playTone(600, { durationMs: 300 }).done, call.hears({ digits: '5' })]);
  return { placed, call };
}

describe.concurrent('a call placed with Record', () => {
  it('is recorded from its answer, and its last status callback tells of the recording', async () => {
    await using world = await World.open();

    const { placed, call } = await spoken(world, {
      Record: 'true',
      RecordingStatusCallback: world.hooks.at('/recording'),
      RecordingStatusCallbackEvent: 'in-progress completed',
    });
    await call.hangUp();

    const { parameters } = await world.hooks.next('/status');
    expect(parameters).toMatchObject({
      CallStatus: 'completed',
      RecordingUrl: expect.stringMatching(/^http.*\/Recordings\/RE\w{32}$/),
      RecordingSid: expect.stringMatching(/^RE/),
      RecordingDuration: '1',
    });
    const [samples, ...others] = await recorded(parameters['RecordingUrl'] ?? '');
    expect(others).toEqual([]);
    expect(tonesIn(samples, 600, 1800)).toEqual([600]);
    const [begun, done] = [
      await world.hooks.next('/recording'),
      await world.hooks.next('/recording'),
    ];
    expect(begun.parameters).toMatchObject({
      RecordingStatus: 'in-progress',
      RecordingSource: 'OutboundAPI',
      RecordingTrack: 'both',
    });
    expect(done.parameters).toMatchObject({ RecordingStatus: 'completed', CallSid: placed.sid });
    expect(await world.get(`/Calls/${placed.sid}/Recordings.json`)).toMatchObject({
      recordings: [{ sid: parameters['RecordingSid'], source: 'OutboundAPI', channels: 1 }],
    });
    await world.quiet();
  });

  it('tells of a recording in two channels when the API ends the call', async () => {
    await using world = await World.open();

    const { placed } = await spoken(world, { Record: 'true', RecordingChannels: 'dual' });
    await world.update(placed.sid, { Status: 'completed' });

    const { parameters } = await world.hooks.next('/status');
    const [said, heard] = await recorded(parameters['RecordingUrl'] ?? '');
    expect(tonesIn(said, 600)).toEqual([600]);
    expect(tonesIn(heard, 600)).toEqual([]);
    await world.quiet();
    expect(world.hooks.caught.filter(({ path }) => path === '/status')).toHaveLength(1);
  });

  it('tells of its end without a recording when there was nothing to hear', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);

    await world.place({
      Twiml: twiml('<Pause length="1"/>'),
      Record: 'true',
      StatusCallback: world.hooks.at('/status'),
    });
    await (
      await answered(bob)
    ).ended;

    const { parameters } = await world.hooks.next('/status');
    expect(parameters['CallStatus']).toBe('completed');
    expect(parameters).not.toHaveProperty('RecordingUrl');
    await world.quiet();
  });

  it('tells of its end at once when nobody answers', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);

    await world.place({
      Twiml: twiml('<Pause/>'),
      Record: 'true',
      StatusCallback: world.hooks.at('/status'),
    });
    (await bob.nextCall()).reject(486);

    const { parameters } = await world.hooks.next('/status');
    expect(parameters['CallStatus']).toBe('busy');
    expect((await world.get('/Recordings.json')).recordings).toEqual([]);
  });
});

describe.concurrent('a placed call', () => {
  it('lets the callee see its CallReason as the Subject', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);

    await world.place({ Twiml: twiml('<Hangup/>'), CallReason: 'Your delivery' });
    const ringing = await bob.nextCall();

    expect(ringing.headers['subject']).toBe('Your delivery');
    ringing.reject();
    await world.quiet();
  });

  it('of both a new Url and a new Twiml runs the Url, with a warning', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    world.hooks.reply('/next', twiml('<Hangup/>'));
    const { sid } = await world.place({ Twiml: twiml('<Pause length="9"/>') });
    const call = await answered(bob);
    await world.becomes(sid, 'in-progress');

    await world.update(sid, { Url: world.hooks.at('/next'), Twiml: twiml('<Pause/>') });

    expect(await world.alert(32_019)).toContain('/next');
    await eventually(() => expect(world.hooks.caught.map(({ path }) => path)).toContain('/next'));
    await call.ended;
  });
});
