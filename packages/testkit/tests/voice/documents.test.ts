import { describe, expect, it } from 'vitest';
import { hearsWords } from './_speech.ts';
import { BOB, OURS, World, answered, twiml } from './_world.ts';

describe.concurrent('<Redirect>', () => {
  it('goes on with the document of its URL, relative to its own', async () => {
    await using world = await World.open();
    const { hooks } = world;
    hooks.reply('/a/one', twiml('<Redirect method="GET">two</Redirect>', '<Play digits="1"/>'));
    hooks.reply('/a/two', twiml('<Play digits="2"/>'));
    const bob = await world.phone(BOB);
    await world.place({ Url: hooks.at('/a/one') });

    const call = await answered(bob);
    await call.hears({ digits: '2' });
    await call.ended;

    expect(call.digits).toBe('2');
    expect(await hooks.next('/a/two')).toMatchObject({ method: 'GET' });
  });

  it('without end is ended after twenty documents, with alert 12400', async () => {
    await using world = await World.open();
    world.hooks.reply('/loop', twiml('<Redirect>/loop</Redirect>'));
    const bob = await world.phone(BOB);
    const placed = await world.place({ Url: world.hooks.at('/loop') });

    const call = await answered(bob);
    await call.ended;

    expect(await world.alert(12400)).toContain(placed.sid);
    expect(world.hooks.caught).toHaveLength(20);
    await world.quiet();
  });

  it('without end refuses a call that still rings', async () => {
    await using world = await World.open();
    await world.answers(twiml('<Redirect/>'));
    const bob = await world.phone(BOB);

    await expect(bob.dial(OURS)).rejects.toMatchObject({ status: 500 });

    await world.alert(12400);
    expect(await world.onlyCall()).toMatchObject({ status: 'failed' });
    await world.quiet();
  });
});

describe.concurrent('<Reject>', () => {
  it.for([
    ['', 603, 'no-answer'],
    ['reason="rejected"', 603, 'no-answer'],
    ['reason="busy"', 486, 'busy'],
  ] as const)('%s refuses with %i: %s', async ([attributes, sip, status]) => {
    await using world = await World.open();
    await world.answers(twiml(`<Reject ${attributes}/>`));
    const bob = await world.phone(BOB);

    await expect(bob.dial(OURS)).rejects.toMatchObject({ status: sip });

    await world.quiet();
    expect(await world.onlyCall()).toMatchObject({ status, duration: null });
  });

  it('hangs up once the call is answered', async () => {
    await using world = await World.open();
    await world.answers(twiml('<Play digits="1"/>', '<Reject/>', '<Play digits="2"/>'));
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    await call.ended;

    expect(call.digits).toBe('1');
    expect(await world.onlyCall()).toMatchObject({ status: 'completed' });
  });
});

describe.concurrent('<Hangup>', () => {
  it('ends the call there', async () => {
    await using world = await World.open();
    await world.answers(twiml('<Play digits="1"/>', '<Hangup/>', '<Play digits="2"/>'));
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    await call.ended;

    expect(call.digits).toBe('1');
    expect(await world.alerts()).toEqual([]);
  });
});

describe.concurrent('a document', () => {
  it.for([
    ['<Pay/>', 'Pay', 13750],
    ['<Sms>Hi</Sms>', 'Sms', 13803],
    ['<Dial><Sim>DE1</Sim></Dial>', 'Dial><Sim', 13258],
    ['<Connect><VirtualAgent/></Connect>', 'Connect><VirtualAgent', 13750],
  ] as const)('with %s fails there, says so and raises an alert', async ([verb, name, code]) => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    const placed = await world.place({
      Twiml: twiml('<Play digits="1"/>', verb, '<Play digits="2"/>'),
    });

    const call = await answered(bob);
    await hearsWords(call);
    await call.ended;

    expect(call.digits).toBe('1');
    expect(await world.alert(code)).toContain(`<${name}`);
    expect(await world.call(placed.sid)).toMatchObject({ status: 'completed' });
  });

  it('with a verb that does not exist goes on after it, with warning 12200', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    await world.place({ Twiml: twiml('<Sya>Hello</Sya>', '<Play digits="1"/>') });

    const call = await answered(bob);
    await call.hears({ digits: '1' });

    expect(await world.alert(12200)).toContain('Sya');
    expect((await world.alerts(12200))[0]).toMatchObject({ log_level: 'warning' });
  });

  it('that is empty answers the call and ends it', async () => {
    await using world = await World.open();
    await world.answers(twiml());
    const bob = await world.phone(BOB);

    await (
      await bob.dial(OURS)
    ).ended;

    expect(await world.onlyCall()).toMatchObject({ status: 'completed' });
  });
});

describe.concurrent('instructions that cannot be had', () => {
  it.for([
    ['an error', { status: 503 }, 11200],
    ['no TwiML', '<Response', 12100],
    ['another root', '<Answer/>', 12102],
    ['another type', { headers: { 'Content-Type': 'image/png' }, body: 'x' }, 12300],
  ] as const)('refuse a call that rings, and tell of %s', async ([, answer, code]) => {
    await using world = await World.open();
    world.hooks.reply('/voice', answer);
    await world.number({ VoiceUrl: world.hooks.at('/voice') });
    const bob = await world.phone(BOB);

    await expect(bob.dial(OURS)).rejects.toMatchObject({ status: 500 });

    const call = await world.onlyCall();
    expect(call).toMatchObject({ status: 'failed' });
    expect(await world.alert(code)).toContain('/voice');
    expect((await world.alerts(code))[0]).toMatchObject({
      resource_sid: call.sid,
      request_url: world.hooks.at('/voice'),
    });
    await world.quiet();
  });

  it('are told to a caller who was answered, who is then hung up on', async () => {
    await using world = await World.open();
    world.hooks.reply('/voice', { status: 500 });
    const bob = await world.phone(BOB);
    const placed = await world.place({ Url: world.hooks.at('/voice') });

    const call = await answered(bob);
    await hearsWords(call);

    expect(await call.ended).toEqual({ by: 'peer' });
    expect(await world.call(placed.sid)).toMatchObject({ status: 'completed' });
  });

  it('because nothing listens there raise 11202', async () => {
    await using world = await World.open();
    const gone = await world.tutti.webhooks();
    const url = gone.at('/voice');
    await gone.close();
    await world.number({ VoiceUrl: url });
    const bob = await world.phone(BOB);

    await expect(bob.dial(OURS)).rejects.toMatchObject({ status: 500 });

    expect(await world.alert(11202)).toContain(url);
  });
});
