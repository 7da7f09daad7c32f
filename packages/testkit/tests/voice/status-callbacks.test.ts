import { describe, expect, it } from 'vitest';
import { BOB, OURS, World, answered, twiml } from './_world.ts';

const EVERY = ['initiated', 'ringing', 'answered', 'completed'];

describe.concurrent('a status callback', () => {
  it('comes for each event asked for, in order, signed and numbered', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    const placed = await world.place({
      Twiml: twiml('<Pause length="1"/>'),
      StatusCallback: world.hooks.at('/status'),
      StatusCallbackEvent: EVERY,
    });
    const ringing = await bob.nextCall();
    ringing.ring();
    await world.becomes(placed.sid, 'ringing');
    await (
      await ringing.answer()
    ).ended;

    const told = await world.statuses('/status');

    expect(
      told.map(({ parameters }) => [parameters['CallStatus'], parameters['SequenceNumber']]),
    ).toEqual([
      ['initiated', '0'],
      ['ringing', '1'],
      ['in-progress', '2'],
      ['completed', '3'],
    ]);
    expect(told.every(({ signatureValid, method }) => signatureValid && method === 'POST')).toBe(
      true,
    );
    for (const { parameters } of told) {
      expect(parameters).toMatchObject({
        CallSid: placed.sid,
        AccountSid: world.tutti.accountSid,
        From: OURS,
        To: BOB,
        Direction: 'outbound-api',
        CallbackSource: 'call-progress-events',
        Timestamp: expect.stringMatching(/^\w{3}, \d{2} \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/),
      });
    }
    expect(told[1]?.parameters).not.toHaveProperty('CallDuration');
    expect(told[3]?.parameters).toMatchObject({
      CallDuration: expect.stringMatching(/^[1-9]\d*$/),
      Duration: '1',
      SipResponseCode: '200',
    });
  });

  it('comes for the end alone unless more is asked for', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    await world.place({
      Twiml: twiml('<Hangup/>'),
      StatusCallback: world.hooks.at('/status'),
      StatusCallbackMethod: 'GET',
    });
    const ringing = await bob.nextCall();
    ringing.ring();
    await (
      await ringing.answer()
    ).ended;

    const told = await world.statuses('/status');
    await world.tutti.settled();

    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({
      method: 'GET',
      signatureValid: true,
      parameters: { CallStatus: 'completed', SequenceNumber: '0' },
    });
  });

  it('is numbered without gaps over the events that were asked for', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    await world.place({
      Twiml: twiml('<Hangup/>'),
      StatusCallback: world.hooks.at('/status'),
      StatusCallbackEvent: 'answered completed',
    });
    await (
      await answered(bob)
    ).ended;

    const told = await world.statuses('/status');

    expect(
      told.map(({ parameters }) => [parameters['CallStatus'], parameters['SequenceNumber']]),
    ).toEqual([
      ['in-progress', '0'],
      ['completed', '1'],
    ]);
  });

  it('of an inbound call comes to its number', async () => {
    await using world = await World.open();
    await world.answers(twiml('<Hangup/>'));
    await world.number({ StatusCallback: world.hooks.at('/status') });
    const bob = await world.phone(BOB);

    await (
      await bob.dial(OURS)
    ).ended;

    expect(await world.hooks.next('/status')).toMatchObject({
      parameters: { CallStatus: 'completed', Direction: 'inbound', From: BOB },
    });
  });

  it('that is refused raises a warning and leaves the call alone', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    world.hooks.reply('/status', { status: 404 });

    const placed = await world.place({
      Twiml: twiml('<Hangup/>'),
      StatusCallback: world.hooks.at('/status'),
    });
    await (
      await answered(bob)
    ).ended;

    expect(await world.alert(15003)).toContain('/status');
    expect(await world.call(placed.sid)).toMatchObject({ status: 'completed' });
  });
});
