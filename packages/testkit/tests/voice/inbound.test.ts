import { describe, expect, it } from 'vitest';
import { BOB, OURS, World, eventually, twiml, NO_PLACES } from './_world.ts';

describe.concurrent('a call to a number of ours', () => {
  it('asks VoiceUrl, with all that Twilio sends', async () => {
    await using world = await World.open();
    await world.answers(twiml('<Hangup/>'));
    const bob = await world.phone(BOB);

    await (
      await bob.dial(OURS)
    ).ended;

    const call = await world.onlyCall();
    const asked = await world.hooks.next('/voice');
    expect(asked).toMatchObject({ method: 'POST', signatureValid: true });
    expect(asked.parameters).toEqual({
      CallSid: call.sid,
      AccountSid: world.tutti.accountSid,
      From: BOB,
      To: OURS,
      Caller: BOB,
      Called: OURS,
      CallStatus: 'ringing',
      ApiVersion: '2010-04-01',
      Direction: 'inbound',
      ...NO_PLACES,
    });
    expect(call).toMatchObject({
      status: 'completed',
      direction: 'inbound',
      phone_number_sid: expect.stringMatching(/^PN/),
    });
    await world.quiet();
  });

  it('asks the VoiceUrl of its Application, which is told of in every request', async () => {
    await using world = await World.open();
    const { hooks } = world;
    hooks.reply('/app', twiml('<Redirect>/next</Redirect>'));
    hooks.reply('/next', twiml('<Hangup/>'));
    const { sid } = await world.post('/Applications.json', { VoiceUrl: hooks.at('/app') });
    await world.number({ VoiceUrl: hooks.at('/own'), VoiceApplicationSid: sid });
    const bob = await world.phone(BOB);

    await (
      await bob.dial(OURS)
    ).ended;

    expect(await hooks.next('/app')).toMatchObject({ parameters: { ApplicationSid: sid } });
    expect(await hooks.next('/next')).toMatchObject({ parameters: { ApplicationSid: sid } });
    expect(hooks.caught).toHaveLength(2);
  });

  it('asks the fallback URL when VoiceUrl fails, and says what failed', async () => {
    await using world = await World.open();
    const { hooks } = world;
    hooks.reply('/voice', { status: 500 });
    hooks.reply('/fallback', twiml('<Hangup/>'));
    await world.number({
      VoiceUrl: hooks.at('/voice'),
      VoiceFallbackUrl: hooks.at('/fallback'),
      VoiceFallbackMethod: 'GET',
    });
    const bob = await world.phone(BOB);

    await (
      await bob.dial(OURS)
    ).ended;

    expect(await hooks.next('/fallback')).toMatchObject({
      method: 'GET',
      signatureValid: true,
      parameters: { ErrorCode: '11200', ErrorUrl: hooks.at('/voice'), From: BOB },
    });
    expect(await world.alert(11200)).toContain('/voice');
  });

  it('is refused with 404 while the number has no URL, and an alert says which', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);

    await expect(bob.dial(OURS)).rejects.toMatchObject({ code: 'refused', status: 404 });

    expect(await world.alert(75018)).toMatch(/PN[0-9a-f]{32}.*VoiceUrl/);
    expect((await world.get('/Calls.json')).calls).toEqual([]);
    await world.quiet();
  });

  it('is canceled when the caller gives up while it rings', async () => {
    await using world = await World.open();
    await world.answers(twiml('<Pause length="60"/>', '<Say>Too late.</Say>'));
    await world.number({ StatusCallback: world.hooks.at('/status') });
    const bob = await world.phone(BOB);

    const dialing = bob.dialing(OURS);
    await dialing.ringing;
    await world.hooks.next('/voice');
    dialing.cancel();

    await expect(dialing.call).rejects.toMatchObject({ status: 487 });
    expect(await world.hooks.next('/status')).toMatchObject({
      parameters: { CallStatus: 'canceled' },
    });
    expect(await world.onlyCall()).toMatchObject({ status: 'canceled', duration: null });
    await world.quiet();
  });

  it('is completed when the caller hangs up', async () => {
    await using world = await World.open();
    await world.answers(twiml('<Gather><Pause length="60"/></Gather>'));
    const bob = await world.phone(BOB);

    await (await bob.dial(OURS)).hangUp();

    await eventually(async () => {
      expect(await world.onlyCall()).toMatchObject({ status: 'completed' });
    });
    await world.quiet();
  });
});

describe.concurrent('a call to a number of nobody', () => {
  it('is refused with 404, and an alert says how to bind it', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);

    await expect(bob.dial('+15559999999')).rejects.toMatchObject({ status: 404 });

    expect(await world.alert(75017)).toContain('+15559999999');
    await world.quiet();
  });
});

describe.concurrent('an inbound call that is bound', () => {
  it('says so in every request of its Application', async () => {
    await using world = await World.open();
    const { hooks } = world;
    hooks.reply('/app', twiml('<Redirect>/next</Redirect>'));
    hooks.reply('/next', twiml('<Hangup/>'));
    const app = await world.post('/Applications.json', {
      VoiceUrl: hooks.at('/app'),
      StatusCallback: hooks.at('/status'),
    });
    const { conversationSid, conductorSid } = await world.conversation({ ApplicationSid: app.sid });
    const participant = await world.post(`/v1/Conversations/${conversationSid}/Participants`, {
      'VoiceBinding.Address': BOB,
      'VoiceBinding.ProxyAddress': OURS,
    });
    const bob = await world.phone(BOB);

    await (
      await bob.dial(OURS)
    ).ended;

    const bound = {
      ApplicationSid: app.sid,
      ConversationSid: conversationSid,
      ConductorSid: conductorSid,
      ParticipantSid: participant.sid,
    };
    expect(await hooks.next('/app')).toMatchObject({ parameters: bound });
    expect(await hooks.next('/next')).toMatchObject({ parameters: bound });
    expect(await hooks.next('/status')).toMatchObject({ parameters: bound });
    expect(await world.onlyCall()).toMatchObject({
      conversation_sid: conversationSid,
      conductor_sid: conductorSid,
      participant_sid: participant.sid,
      phone_number_sid: expect.stringMatching(/^PN/),
    });
  });
});
