import { formatChallenge, parseAuthorization, verifyDigest } from '@tutti/sip';
import { describe, expect, it } from 'vitest';
import { Phone, type PhoneCall } from '../../src/index.ts';
import { openPeer } from './_peer.ts';
import { BOB, CAROL, OURS, World, answered, hearEachOther, twiml } from './_world.ts';

const ALICE = '+15557654399';

/** A world where calls to our number dial; `/after` is the action and keys 9. */
async function dialling(
  dial: string,
): Promise<{ world: World; bob: Phone; carol: Phone; alice: Phone }> {
  const world = await World.open();
  await world.answers(twiml(dial, '<Play digits="8"/>'));
  world.hooks.reply('/after', twiml('<Play digits="9"/>'));
  world.hooks.reply('/whisper', twiml('<Play digits="5"/>'));
  const [bob, carol, alice] = await Promise.all(
    [BOB, CAROL, ALICE].map((each) => world.phone(each)),
  );
  if (!bob || !carol || !alice) throw new Error('three phones');
  return { world, bob, carol, alice };
}

async function childCalls(world: World): Promise<Record<string, unknown>[]> {
  const parents = await world.get('/Calls.json?PageSize=50');
  return parents.calls.filter(({ parent_call_sid: sid }: { parent_call_sid: unknown }) => sid);
}

describe.concurrent('<Dial>', () => {
  it('passes keys on from either side to the other', async () => {
    const { world, bob, alice } = await dialling(`<Dial><Number>${BOB}</Number></Dial>`);
    await using _ = world;
    const caller = await alice.dial(OURS);
    const callee = await (await bob.nextCall()).answer();
    await hearEachOther(caller, callee);

    await caller.key('42');
    await callee.hears({ digits: '42' });
    await callee.key('*7');
    await caller.hears({ digits: '*7' });
  });

  it('joins the caller with a number, and tells its action of it', async () => {
    const { world, bob, alice } = await dialling(
      `<Dial action="/after"><Number>${BOB}</Number></Dial>`,
    );
    await using _ = world;

    const caller = await alice.dial(OURS);
    const ringing = await bob.nextCall();
    expect(ringing.from).toBe(ALICE);
    ringing.ring();
    const callee = await ringing.answer();
    await hearEachOther(caller, callee);
    await callee.hangUp();

    await caller.hears({ digits: '9' });
    const [child] = await childCalls(world);
    expect(child).toMatchObject({
      direction: 'outbound-dial',
      status: 'completed',
      to: BOB,
      from: ALICE,
    });
    expect(await world.hooks.next('/after')).toMatchObject({
      parameters: {
        DialCallStatus: 'completed',
        DialCallSid: child?.['sid'],
        DialCallDuration: expect.stringMatching(/^\d+$/),
        DialBridged: 'true',
        CallSid: child?.['parent_call_sid'],
        CallStatus: 'in-progress',
      },
    });
    await caller.ended;
    await world.quiet();
  });

  it('tells its action of a callee who hung up at once how that came out', async () => {
    const { world, bob, alice } = await dialling(`<Dial action="/after">${BOB}</Dial>`);
    await using _ = world;

    const caller = await alice.dial(OURS);
    await (await answered(bob)).hangUp();
    await caller.hears({ digits: '9' });

    const { parameters } = await world.hooks.next('/after');
    // Whether the two were joined before is a matter of milliseconds.
    expect([
      { DialBridged: 'false', DialCallStatus: 'no-answer' },
      { DialBridged: 'true', DialCallStatus: 'completed' },
    ]).toContainEqual({
      DialBridged: parameters['DialBridged'],
      DialCallStatus: parameters['DialCallStatus'],
    });
  });

  it('goes on with the next verb when it has no action', async () => {
    const { world, bob, alice } = await dialling(`<Dial>${BOB}</Dial>`);
    await using _ = world;

    const caller = await alice.dial(OURS);
    await (await answered(bob)).hangUp();

    await caller.hears({ digits: '8' });
  });

  it('lets the caller hear ringing meanwhile', async () => {
    const { world, bob, alice } = await dialling(`<Dial>${BOB}</Dial>`);
    await using _ = world;

    const caller = await alice.dial(OURS);
    await bob.nextCall();

    await caller.hears({ tone: 440 });
    await caller.hangUp();
  });

  it('hangs up on the callee when the caller goes, and tells its action', async () => {
    const { world, bob, alice } = await dialling(`<Dial action="/after">${BOB}</Dial>`);
    await using _ = world;

    const caller = await alice.dial(OURS);
    const callee = await answered(bob);
    await hearEachOther(caller, callee);
    await caller.hangUp();

    expect(await callee.ended).toEqual({ by: 'peer' });
    expect(await world.hooks.next('/after')).toMatchObject({
      parameters: {
        CallStatus: 'completed',
        DialCallStatus: 'completed',
        DialCallDuration: expect.stringMatching(/^\d+$/),
        DialBridged: 'true',
      },
    });
    await world.quiet();
    expect(world.hooks.caught.map(({ path }) => path)).toEqual(['/voice', '/after']);
  });

  it('stops ringing the callee when the caller goes, and tells its action', async () => {
    const { world, bob, alice } = await dialling(`<Dial action="/after">${BOB}</Dial>`);
    await using _ = world;

    const caller = await alice.dial(OURS);
    const ringing = await bob.nextCall();
    await caller.hangUp();

    await ringing.canceled;
    const [child] = await childCalls(world);
    expect(await world.hooks.next('/after')).toMatchObject({
      parameters: {
        CallStatus: 'completed',
        DialCallStatus: 'canceled',
        DialCallSid: child?.['sid'],
        DialBridged: 'false',
      },
    });
    await world.quiet();
    expect(await childCalls(world)).toMatchObject([{ status: 'canceled' }]);
  });

  it.for([
    [486, 'busy'],
    [480, 'no-answer'],
    [404, 'failed'],
  ] as const)('of a phone that refuses with %i is %s', async ([sip, status]) => {
    const { world, bob, alice } = await dialling(`<Dial action="/after">${BOB}</Dial>`);
    await using _ = world;

    const caller = await alice.dial(OURS);
    (await bob.nextCall()).reject(sip);

    const { parameters } = await world.hooks.next('/after');
    expect(parameters).toMatchObject({
      DialCallStatus: status,
      DialCallSid: expect.stringMatching(/^CA/),
      DialBridged: 'false',
    });
    expect(parameters).not.toHaveProperty('DialCallDuration');
    await caller.ended;
  });

  it('gives up after timeout', async () => {
    const { world, bob, alice } = await dialling(`<Dial action="/after" timeout="1">${BOB}</Dial>`);
    await using _ = world;

    const caller = await alice.dial(OURS);
    const ringing = await bob.nextCall();
    await ringing.canceled;

    expect(await world.hooks.next('/after')).toMatchObject({
      parameters: { DialCallStatus: 'no-answer' },
    });
    await caller.ended;
  });

  it('of a number that nothing leads to is failed, with alert 75012', async () => {
    const { world, alice } = await dialling('<Dial action="/after">+15558888888</Dial>');
    await using _ = world;

    await (
      await alice.dial(OURS)
    ).ended;

    expect(await world.hooks.next('/after')).toMatchObject({
      parameters: { DialCallStatus: 'failed' },
    });
    expect(await world.alert(75012)).toContain('+15558888888');
  });

  it('rings all at once: the first to answer wins, the others stop', async () => {
    const { world, bob, carol, alice } = await dialling(
      `<Dial action="/after"><Number>${BOB}</Number><Number>${CAROL}</Number></Dial>`,
    );
    await using _ = world;

    const caller = await alice.dial(OURS);
    const [bobs, carols] = await Promise.all([bob.nextCall(), carol.nextCall()]);
    bobs.ring();
    carols.ring();
    const callee = await carols.answer();
    await bobs.canceled;
    await hearEachOther(caller, callee);
    await callee.hangUp();

    const { parameters } = await world.hooks.next('/after');
    const children = await childCalls(world);
    const winner = children.find(({ to }) => to === CAROL);
    expect(parameters).toMatchObject({ DialCallStatus: 'completed', DialCallSid: winner?.['sid'] });
    expect(children.find(({ to }) => to === BOB)).toMatchObject({ status: 'canceled' });
    await world.quiet();
  });

  it('rings one after the other when it is sequential', async () => {
    const { world, bob, carol, alice } = await dialling(
      `<Dial sequential="true"><Number>${BOB}</Number><Number>${CAROL}</Number></Dial>`,
    );
    await using _ = world;

    const caller = await alice.dial(OURS);
    (await bob.nextCall()).reject(486);
    const callee = await answered(carol);

    await hearEachOther(caller, callee);
    await callee.hangUp();
    expect(await childCalls(world)).toMatchObject([{ to: CAROL }, { to: BOB, status: 'busy' }]);
  });

  it('shows callerId', async () => {
    const { world, bob, alice } = await dialling(`<Dial callerId="${OURS}">${BOB}</Dial>`);
    await using _ = world;

    const caller = await alice.dial(OURS);
    const ringing = await bob.nextCall();

    expect(ringing.from).toBe(OURS);
    await caller.hangUp();
  });

  it('lets the caller leave by the star key with hangupOnStar', async () => {
    const { world, bob, alice } = await dialling(`<Dial hangupOnStar="true">${BOB}</Dial>`);
    await using _ = world;

    const caller = await alice.dial(OURS);
    const callee = await answered(bob);
    await hearEachOther(caller, callee);
    await caller.key('*');

    expect(await callee.ended).toEqual({ by: 'peer' });
    await caller.hears({ digits: '8' });
  });

  it('parts them after timeLimit', async () => {
    const { world, bob, alice } = await dialling(`<Dial timeLimit="1">${BOB}</Dial>`);
    await using _ = world;

    const caller = await alice.dial(OURS);
    const callee = await answered(bob);

    expect(await callee.ended).toEqual({ by: 'peer' });
    await caller.hears({ digits: '8' });
  });

  it('sends the digits of a number to it alone', async () => {
    const { world, bob, alice } = await dialling(
      `<Dial><Number sendDigits="w77">${BOB}</Number></Dial>`,
    );
    await using _ = world;

    const caller = await alice.dial(OURS);
    const callee = await answered(bob);

    await callee.hears({ digits: '77' });
    await hearEachOther(caller, callee);
    expect(caller.digits).toBe('');
  });

  it('answers the caller only when the callee does, with answerOnBridge', async () => {
    const { world, bob, alice } = await dialling(`<Dial answerOnBridge="true">${BOB}</Dial>`);
    await using _ = world;

    const dialing = alice.dialing(OURS);
    const ringing = await bob.nextCall();
    const parent = (await world.get('/Calls.json?Status=ringing')).calls.find(
      ({ direction }: { direction: string }) => direction === 'inbound',
    );
    expect(parent).toMatchObject({ status: 'ringing' });
    const callee = await ringing.answer();

    await hearEachOther(await dialing.call, callee);
  });

  it('refuses a caller who still rings when nobody answers', async () => {
    const world = await World.open();
    await using _ = world;
    await world.answers(twiml(`<Dial answerOnBridge="true">${BOB}</Dial>`));
    const bob = await world.phone(BOB);
    const alice = await world.phone(ALICE);

    const dialing = alice.dialing(OURS);
    (await bob.nextCall()).reject(486);

    await expect(dialing.call).rejects.toMatchObject({ status: 486 });
    await world.quiet();
  });

  it('tells of the callee by the status callback of its noun', async () => {
    const { world, bob, alice } = await dialling(
      `<Dial><Number statusCallback="/child" statusCallbackEvent="initiated ringing answered completed">${BOB}</Number></Dial>`,
    );
    await using _ = world;

    await alice.dial(OURS);
    const ringing = await bob.nextCall();
    ringing.ring();
    await (await ringing.answer()).hangUp();

    const told = await world.statuses('/child');
    expect(told.map(({ parameters }) => parameters['CallStatus'])).toEqual([
      'initiated',
      'ringing',
      'in-progress',
      'completed',
    ]);
    expect(told[0]).toMatchObject({
      signatureValid: true,
      parameters: {
        Direction: 'outbound-dial',
        ParentCallSid: expect.stringMatching(/^CA/),
        SequenceNumber: '0',
      },
    });
  });

  it('lets the callee see its callReason as the Subject', async () => {
    await using desk = await Phone.open({ number: 'desk' });
    const { world, alice } = await dialling(
      `<Dial callReason="Your delivery"><Sip>${desk.uri}</Sip></Dial>`,
    );
    await using _ = world;

    void alice.dial(OURS).catch(() => undefined);
    const ringing = await desk.nextCall();

    expect(ringing.headers).toMatchObject({ subject: 'Your delivery' });
    ringing.reject(486);
  });

  it('reaches a SIP URI, with headers', async () => {
    await using desk = await Phone.open({ number: 'desk' });
    const { world, alice } = await dialling(
      `<Dial><Sip>${desk.uri}?X-Order=1<Headers><Header name="X-Room" value="2"/></Headers></Sip></Dial>`,
    );
    await using _ = world;

    const caller = await alice.dial(OURS);
    const ringing = await desk.nextCall();
    expect(ringing.headers).toMatchObject({ 'x-order': '1', 'x-room': '2' });

    await hearEachOther(caller, await ringing.answer());
  });

  it.each([
    ['<Sip>', (uri: string) => `<Sip username="ada" password="pass">${uri}</Sip>`],
    [
      '<Uri>, which come before those of its <Sip>',
      (uri: string) =>
        `<Sip username="bob" password="none"><Uri username="ada" password="pass">${uri}</Uri></Sip>`,
    ],
  ])('gives a SIP peer the credentials of %s', async (_, noun) => {
    const users: string[] = [];
    await using desk = await openPeer((call) => {
      const given = call.request.headers.get('authorization');
      const parsed = given === undefined ? undefined : parseAuthorization(given);
      if (parsed?.ok !== true) {
        const challenge = formatChallenge({ realm: 'pbx', nonce: 'n' });
        call.reject(401, { headers: { 'WWW-Authenticate': challenge } });
        return;
      }
      const authorization = parsed.value;
      if (verifyDigest({ authorization, method: 'INVITE', password: 'pass' })) {
        users.push(authorization.username);
      }
      call.reject(486);
    });
    const { world, alice } = await dialling(
      `<Dial action="/after">${noun(desk.uri('desk'))}</Dial>`,
    );
    await using __ = world;

    await (
      await alice.dial(OURS)
    ).ended;

    expect(users).toEqual(['ada']);
    expect(await world.hooks.next('/after')).toMatchObject({
      parameters: { DialCallStatus: 'busy' },
    });
  });

  it('reaches a phone that is registered under a name, with parameters as headers', async () => {
    const { world, alice } = await dialling(
      '<Dial><Client><Identity>ada</Identity><Parameter name="order" value="17"/></Client></Dial>',
    );
    await using _ = world;
    const ada = await world.phone('ada');

    const caller = await alice.dial(OURS);
    const ringing = await ada.nextCall();
    expect(ringing.headers).toMatchObject({ 'x-order': '17' });
    await hearEachOther(caller, await ringing.answer());

    expect(await childCalls(world)).toMatchObject([{ to: 'client:ada', status: 'in-progress' }]);
  });

  it('of a name that no phone has is failed', async () => {
    const { world, alice } = await dialling('<Dial action="/after"><Client>nobody</Client></Dial>');
    await using _ = world;

    await (
      await alice.dial(OURS)
    ).ended;

    expect(await world.hooks.next('/after')).toMatchObject({
      parameters: { DialCallStatus: 'failed' },
    });
  });

  it('rings as in the country of ringTone', async () => {
    const { world, bob, alice } = await dialling(`<Dial ringTone="cn">${BOB}</Dial>`);
    await using _ = world;

    const caller = await alice.dial(OURS);
    await bob.nextCall();

    await caller.hears({ tone: 450 });
    await caller.hangUp();
  });

  it('takes a number as people write it', async () => {
    const { world, bob, alice } = await dialling('<Dial>(555) 765-4321</Dial>');
    await using _ = world;

    const caller = await alice.dial(OURS);

    await hearEachOther(caller, await answered(bob));
  });
});

describe.concurrent('the url of a dialled noun', () => {
  const whispering = (url: string) =>
    dialling(`<Dial action="/after"><Number url="${url}">${BOB}</Number></Dial>`);

  it('is run for the callee before the two hear each other', async () => {
    const { world, bob, alice } = await whispering('/whisper');
    await using _ = world;

    const caller = await alice.dial(OURS);
    const callee = await answered(bob);
    await callee.hears({ digits: '5' });

    await hearEachOther(caller, callee);
    expect(caller.digits).toBe('');
    expect(await world.hooks.next('/whisper')).toMatchObject({
      parameters: { Direction: 'outbound-dial', To: BOB, CallStatus: 'in-progress' },
    });
  });

  it('may hang up on the callee', async () => {
    const { world, bob, alice } = await whispering('/whisper');
    await using _ = world;
    world.hooks.reply('/whisper', twiml('<Hangup/>'));

    await alice.dial(OURS);
    const callee = await answered(bob);

    expect(await callee.ended).toEqual({ by: 'peer' });
    expect(await world.hooks.next('/after')).toMatchObject({
      parameters: { DialCallStatus: 'no-answer', DialBridged: 'false' },
    });
  });

  it('may not dial: 13201', async () => {
    const { world, bob, alice } = await whispering('/whisper');
    await using _ = world;
    world.hooks.reply('/whisper', twiml(`<Dial>${CAROL}</Dial>`));

    await alice.dial(OURS);
    const callee = await answered(bob);

    await callee.ended;
    await world.alert(13201);
    expect(await world.hooks.next('/after')).toMatchObject({
      parameters: { DialCallStatus: 'no-answer' },
    });
  });

  it('is left when the caller goes', async () => {
    const { world, bob, alice } = await whispering('/whisper');
    await using _ = world;
    world.hooks.reply('/whisper', twiml('<Pause length="60"/>'));

    const caller = await alice.dial(OURS);
    const callee: PhoneCall = await answered(bob);
    await world.hooks.next('/whisper');
    await caller.hangUp();

    expect(await callee.ended).toEqual({ by: 'peer' });
    await world.quiet();
  });
});
