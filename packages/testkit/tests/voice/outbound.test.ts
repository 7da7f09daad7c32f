import { createSocket } from 'node:dgram';
import { createAudioOffer, formatChallenge, parseAuthorization, verifyDigest } from '@tutti/sip';
import { describe, expect, it } from 'vitest';
import { Phone, type PhoneOptions } from '../../src/index.ts';
import { fastClock } from './_fast-clock.ts';
import { openPeer } from './_peer.ts';
import { BOB, OURS, World, answered, twiml, NO_PLACES } from './_world.ts';

const HANG_UP = { Twiml: twiml('<Hangup/>') };

/** A phone that nobody registers: reached by its URI, or as a trunk. */
const strayPhone = (options: Partial<PhoneOptions> = {}): Promise<Phone> =>
  Phone.open({ number: 'stray', ...options });

describe.concurrent('a call placed by the API', () => {
  it('rings, is answered, runs its document and ends', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);

    const placed = await world.place({ Twiml: twiml('<Pause length="1"/>') });
    const ringing = await bob.nextCall();
    expect(placed).toMatchObject({ status: 'queued', direction: 'outbound-api', start_time: null });
    ringing.ring();
    expect(await world.becomes(placed.sid, 'ringing')).toMatchObject({ duration: null });
    const call = await ringing.answer();
    expect(await world.becomes(placed.sid, 'in-progress')).toMatchObject({ end_time: null });

    expect(await call.ended).toEqual({ by: 'peer' });
    expect(await world.call(placed.sid)).toMatchObject({
      status: 'completed',
      duration: expect.stringMatching(/^[1-9]\d*$/),
      from: OURS,
      to: BOB,
      from_formatted: '(555) 000-1111',
      phone_number_sid: expect.stringMatching(/^PN/),
      start_time: expect.any(String),
      end_time: expect.any(String),
      parent_call_sid: null,
      conductor_sid: null,
    });
    await world.quiet();
  });

  it('asks its Url what to do, with all that Twilio sends', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    world.hooks.reply('/voice', twiml('<Hangup/>'));

    const placed = await world.place({ Url: world.hooks.at('/voice?x=1'), Method: 'GET' });
    await (
      await answered(bob)
    ).ended;

    const asked = await world.hooks.next('/voice');
    expect(asked).toMatchObject({ method: 'GET', signatureValid: true });
    expect(asked.parameters).toEqual({
      x: '1',
      CallSid: placed.sid,
      AccountSid: world.tutti.accountSid,
      From: OURS,
      To: BOB,
      Caller: OURS,
      Called: BOB,
      CallStatus: 'in-progress',
      ApiVersion: '2010-04-01',
      Direction: 'outbound-api',
      ...NO_PLACES,
    });
  });

  it('asks the VoiceUrl of its Application rather than its own', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    const { hooks } = world;
    hooks.reply('/app', twiml('<Hangup/>'));
    const { sid } = await world.post('/Applications.json', {
      VoiceUrl: hooks.at('/app'),
      StatusCallback: hooks.at('/app-status'),
    });

    await world.place({
      ApplicationSid: sid,
      Url: hooks.at('/own'),
      StatusCallback: hooks.at('/own-status'),
    });
    await (
      await answered(bob)
    ).ended;

    expect(await hooks.next('/app')).toMatchObject({ parameters: { ApplicationSid: sid } });
    expect(await hooks.next('/app-status')).toMatchObject({
      parameters: { CallStatus: 'completed', ApplicationSid: sid },
    });
    expect(hooks.caught.map(({ path }) => path)).toEqual(['/app', '/app-status']);
  });

  it('is refused without instructions', async () => {
    await using world = await World.open();

    const answer = await world.request('POST', '/Calls.json', { From: OURS, To: BOB });

    expect(answer).toMatchObject({ status: 400, body: { code: 21205 } });
  });

  it.for([
    [486, 'busy'],
    [600, 'busy'],
    [480, 'no-answer'],
    [408, 'no-answer'],
    [404, 'failed'],
    [503, 'failed'],
  ] as const)('that is refused with %i is %s', async ([sip, status]) => {
    await using world = await World.open();
    const bob = await world.phone(BOB);

    const placed = await world.place({ ...HANG_UP, StatusCallback: world.hooks.at('/status') });
    (await bob.nextCall()).reject(sip);

    expect(await world.hooks.next('/status')).toMatchObject({
      parameters: { CallStatus: status, SipResponseCode: String(sip), CallSid: placed.sid },
    });
    expect(await world.call(placed.sid)).toMatchObject({
      status,
      duration: null,
      start_time: expect.any(String),
      end_time: expect.any(String),
    });
    await world.quiet();
  });

  it('gives up after Timeout though the peer never says a word', async () => {
    await using world = await World.open();
    const silent = createSocket('udp4');
    await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve));
    try {
      await world.place({
        To: `sip:bob@127.0.0.1:${silent.address().port}`,
        Timeout: '1',
        Twiml: '<Response/>',
        StatusCallback: world.hooks.at('/status'),
      });

      const told = await world.hooks.next('/status', { timeoutMs: 10_000 });
      expect(told.parameters).toMatchObject({ CallStatus: 'no-answer' });
    } finally {
      silent.close();
    }
  });

  it('rings for Timeout seconds', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);

    const placed = await world.place({ ...HANG_UP, Timeout: '1' });
    const ringing = await bob.nextCall();
    ringing.ring();

    await ringing.canceled;
    await world.becomes(placed.sid, 'no-answer');
    await world.quiet();
  });

  it('that nobody can be reached for is failed, and an alert says why', async () => {
    await using world = await World.open();
    const gone = await strayPhone();
    await gone.close();

    const placed = await world.place({ ...HANG_UP, To: `${gone.uri};transport=tcp` });

    await world.becomes(placed.sid, 'failed');
    expect(await world.alert(32011)).toContain(gone.uri);
    await world.quiet();
  });

  it('that no answer at all comes to is failed', async () => {
    await using world = await World.open({ clock: fastClock() });
    const gone = await strayPhone();
    await gone.close();

    const placed = await world.place({ ...HANG_UP, To: gone.uri, Timeout: '600' });

    await world.becomes(placed.sid, 'failed');
    await world.alert(32011);
    await world.quiet();
  });

  it('sends digits before anything else', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    await world.place({ Twiml: twiml('<Pause length="2"/>'), SendDigits: 'w12#' });

    const call = await answered(bob);

    await call.hears({ digits: '12#' });
    await call.hangUp();
  });

  it('ends after TimeLimit', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    const placed = await world.place({ Twiml: twiml('<Pause length="60"/>'), TimeLimit: '1' });

    const call = await answered(bob);

    expect(await call.ended).toEqual({ by: 'peer' });
    expect(await world.call(placed.sid)).toMatchObject({
      status: 'completed',
      duration: expect.stringMatching(/^[1-9]\d*$/),
    });
  });

  it('whose callee hangs up is completed', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    const placed = await world.place({ Twiml: twiml('<Pause length="60"/>') });

    await (await answered(bob)).hangUp();

    await world.becomes(placed.sid, 'completed');
    await world.quiet();
  });
});

describe.concurrent('a call leaves', () => {
  it('to a SIP URI, with the X- headers the URI names', async () => {
    await using world = await World.open();
    await using stray = await strayPhone();

    await world.place({ ...HANG_UP, To: `${stray.uri}?X-Order=17&X-Name=a%20b&Subject=no` });
    const ringing = await stray.nextCall();
    const call = await ringing.answer();

    await call.ended;
    expect(ringing.headers).toMatchObject({ 'x-order': '17', 'x-name': 'a b' });
    expect(ringing.headers).not.toHaveProperty('subject');
  });

  it('with the credentials that the peer asks for', async () => {
    await using world = await World.open();
    const verdicts: boolean[] = [];
    await using peer = await openPeer((call) => {
      const given = call.request.headers.get('authorization');
      if (given === undefined) {
        const challenge = formatChallenge({ realm: 'pbx', nonce: 'n1' });
        call.reject(401, { headers: { 'WWW-Authenticate': challenge } });
        return;
      }
      const parsed = parseAuthorization(given);
      verdicts.push(
        parsed.ok &&
          parsed.value.username === 'ada' &&
          verifyDigest({ authorization: parsed.value, method: 'INVITE', password: 'secret' }),
      );
      call.reject(486);
    });

    const placed = await world.place({
      ...HANG_UP,
      To: peer.uri('desk'),
      SipAuthUsername: 'ada',
      SipAuthPassword: 'secret',
    });

    await world.becomes(placed.sid, 'busy');
    expect(verdicts).toEqual([true]);
  });

  it('by the trunk, which asks who we are', async () => {
    const seen: (readonly [string, string, boolean])[] = [];
    await using trunk = await openPeer((call) => {
      const given = call.request.headers.get('proxy-authorization');
      if (given === undefined) {
        const challenge = formatChallenge({ realm: 'carrier', nonce: 'n2' });
        call.reject(407, { headers: { 'Proxy-Authenticate': challenge } });
        return;
      }
      const parsed = parseAuthorization(given);
      const isKnown =
        parsed.ok &&
        verifyDigest({ authorization: parsed.value, method: 'INVITE', password: 'pass' });
      seen.push([call.requestUri.user ?? '', call.from.uri.user ?? '', isKnown]);
      void call.answer(
        createAudioOffer({ host: '127.0.0.1', port: 9, codecs: ['PCMU'], sessionId: 1 }),
      );
    });
    await using world = await World.open({
      env: {
        TUTTI_SIP_TRUNK: `sip:127.0.0.1:${trunk.endpoint.port}`,
        TUTTI_SIP_TRUNK_USERNAME: 'us',
        TUTTI_SIP_TRUNK_PASSWORD: 'pass',
      },
    });

    const placed = await world.place(HANG_UP);

    await world.becomes(placed.sid, 'completed');
    expect(seen).toEqual([[BOB, OURS, true]]);
  });

  it('by the trunk even when a virtual phone has the number', async () => {
    await using trunk = await strayPhone();
    await using world = await World.open({
      env: { TUTTI_SIP_TRUNK: new URL(trunk.uri).href.replace('stray@', '') },
    });
    await world.phone(BOB);

    await world.place(HANG_UP);

    const ringing = await trunk.nextCall();
    expect(ringing).toMatchObject({ from: OURS, to: BOB });
    await (
      await ringing.answer()
    ).ended;
  });

  it('to a virtual phone named as a client', async () => {
    await using world = await World.open();
    const ada = await world.phone('ada');

    await world.place({ ...HANG_UP, To: 'client:ada' });

    await (
      await answered(ada)
    ).ended;
  });

  it('nowhere without trunk and virtual phone, and the alert names both remedies', async () => {
    await using world = await World.open();

    const placed = await world.place(HANG_UP);

    await world.becomes(placed.sid, 'failed');
    const text = await world.alert(75012);
    expect(text).toContain('TUTTI_SIP_TRUNK=sip:');
    expect(text).toContain(`tutti phone ${BOB}`);
    await world.quiet();
  });
});
