import { describe, expect, it } from 'vitest';
import type { Phone } from '../../src/index.ts';
import { hearsWords } from './_speech.ts';
import { answered, BOB, CAROL, OURS, twiml, World } from './_world.ts';

/** Bob keys the code of his validation; his number can be shown then. */
async function verify({ tutti }: World, bob: Phone): Promise<string> {
  const { client } = tutti;
  const { validationCode } = await client.validationRequests.create({ phoneNumber: BOB });
  const call = await answered(bob);
  await call.key(validationCode);
  await call.ended;
  const [callerId] = await client.outgoingCallerIds.list({ phoneNumber: BOB });
  return callerId?.sid ?? '';
}

/** Another code of six digits. */
const wrong = (code: string): string => String((Number(code) + 1) % 1e6).padStart(6, '0');

describe.concurrent('A validation request', () => {
  it('calls the number, and whoever keys the code verifies it', async () => {
    await using world = await World.open();
    const { client, accountSid } = world.tutti;
    const bob = await world.phone(BOB);

    const request = await client.validationRequests.create({
      phoneNumber: BOB,
      friendlyName: 'Bob at home',
      statusCallback: world.hooks.at('/verified'),
    });
    const ringing = await bob.nextCall();
    const call = await ringing.answer();
    await hearsWords(call);
    await call.key(request.validationCode);
    await call.ended;

    expect(request).toMatchObject({ accountSid, phoneNumber: BOB, friendlyName: 'Bob at home' });
    expect(request.validationCode).toMatch(/^\d{6}$/);
    expect(ringing.from).toBe(OURS);
    const [callerId] = await client.outgoingCallerIds.list();
    expect(callerId).toMatchObject({ accountSid, phoneNumber: BOB, friendlyName: 'Bob at home' });
    expect(callerId?.sid).toMatch(/^PN[0-9a-f]{32}$/);
    expect(await world.hooks.next('/verified')).toMatchObject({
      method: 'POST',
      signatureValid: true,
      parameters: {
        CallSid: request.callSid,
        CallStatus: 'completed',
        VerificationStatus: 'success',
        OutgoingCallerIdSid: callerId?.sid,
        To: BOB,
      },
    });
  });

  it('takes three codes, and fails when none was the one', async () => {
    await using world = await World.open();
    const { client } = world.tutti;
    const bob = await world.phone(BOB);

    const request = await client.validationRequests.create({
      phoneNumber: BOB,
      statusCallback: world.hooks.at('/verified'),
      statusCallbackMethod: 'GET',
    });
    const call = await answered(bob);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await hearsWords(call);
      await call.key(wrong(request.validationCode));
    }
    await call.ended;

    const { method, parameters } = await world.hooks.next('/verified');
    expect([method, parameters['VerificationStatus']]).toEqual(['GET', 'failed']);
    expect(parameters).not.toHaveProperty('OutgoingCallerIdSid');
    expect(await client.outgoingCallerIds.list()).toEqual([]);
  });

  it('takes the code after one that was wrong', async () => {
    await using world = await World.open();
    const { client } = world.tutti;
    const bob = await world.phone(BOB);

    const { validationCode } = await client.validationRequests.create({ phoneNumber: BOB });
    const call = await answered(bob);
    await hearsWords(call);
    await call.key(wrong(validationCode));
    await hearsWords(call);
    await call.key(validationCode);
    await call.ended;

    expect(await client.outgoingCallerIds.list()).toHaveLength(1);
  });

  it('fails when nobody answers, and without a number of its own calls as nobody', async () => {
    await using world = await World.open();
    const { client } = world.tutti;
    const [{ sid } = { sid: '' }] = await client.incomingPhoneNumbers.list();
    await client.incomingPhoneNumbers(sid).remove();
    const bob = await world.phone(BOB);

    const statusCallback = world.hooks.at('/verified');
    const { callSid } = await client.validationRequests.create({
      phoneNumber: BOB,
      statusCallback,
    });
    const ringing = await bob.nextCall();
    ringing.reject(486);

    expect(ringing.from).toBe('anonymous');
    expect(await world.hooks.next('/verified')).toMatchObject({
      parameters: { CallSid: callSid, CallStatus: 'busy', VerificationStatus: 'failed' },
    });
  });

  it('keys the extension once somebody has answered', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);

    await world.tutti.client.validationRequests.create({ phoneNumber: BOB, extension: '42#' });
    const call = await answered(bob);

    await call.hears({ digits: '42#' });
    await call.hangUp();
  });

  it('waits CallDelay before it calls, and calls nobody when it is ended meanwhile', async () => {
    await using world = await World.open();
    const { client } = world.tutti;
    await world.phone(BOB);

    const { callSid } = await client.validationRequests.create({ phoneNumber: BOB, callDelay: 60 });
    await client.calls(callSid).update({ status: 'canceled' });

    expect(await client.calls(callSid).fetch()).toMatchObject({ status: 'canceled' });
    await world.quiet();
  });

  it('lets its call be sent on, and does not verify then', async () => {
    await using world = await World.open();
    const { client } = world.tutti;
    const bob = await world.phone(BOB);

    const { callSid } = await client.validationRequests.create({ phoneNumber: BOB });
    const call = await answered(bob);
    await hearsWords(call);
    await client.calls(callSid).update({ twiml: twiml('<Play digits="7"/>') });

    await call.hears({ digits: '7' });
    await call.ended;
    expect(await client.outgoingCallerIds.list()).toEqual([]);
  });

  it.each([
    ['no number', { phoneNumber: '555' }, 21_421],
    ['a number of the account', { phoneNumber: OURS }, 21_450],
    ['a delay of more than a minute', { phoneNumber: BOB, callDelay: 61 }, 20_001],
    ['an extension that cannot be keyed', { phoneNumber: BOB, extension: 'x' }, 21_206],
    ['a call-back that is no URL', { phoneNumber: BOB, statusCallback: 'x' }, 21_205],
  ])('is refused for %s', async (_, request, code) => {
    await using world = await World.open();

    const refused = world.tutti.client.validationRequests.create(request);

    await expect(refused).rejects.toMatchObject({ code, status: 400 });
    expect(await world.tutti.client.calls.list()).toEqual([]);
  });
});

describe.concurrent('A verified number', () => {
  it('is shown by calls, and is named by them', async () => {
    await using world = await World.open();
    const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];
    const { client } = world.tutti;
    const call = { to: CAROL, from: BOB, twiml: twiml('<Hangup/>') };

    await expect(client.calls.create(call)).rejects.toMatchObject({ code: 21_210 });
    const sid = await verify(world, bob);
    const placed = await client.calls.create(call);
    const ringing = await carol.nextCall();

    expect(ringing.from).toBe(BOB);
    expect(placed.phoneNumberSid).toBe(sid);
    ringing.reject(486);
  });

  it('is shown to a participant of a conference', async () => {
    await using world = await World.open();
    const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];
    await verify(world, bob);

    await world.tutti.client.conferences('room').participants.create({ from: BOB, to: CAROL });
    const ringing = await carol.nextCall();

    expect(ringing.from).toBe(BOB);
    ringing.reject(486);
  });

  it('is shown by <Dial>, which shows the caller in place of one that is not', async () => {
    await using world = await World.open();
    const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];
    const alice = await world.phone('+15557654323');
    await world.answers(twiml(`<Dial callerId="(555) 765-4321">${CAROL}</Dial>`));

    const foreign = await alice.dial(OURS);
    const ringing = await carol.nextCall();
    expect(ringing.from).toBe('+15557654323');
    expect(await world.alert(13_214)).toContain('(555) 765-4321');
    await foreign.hangUp();
    await verify(world, bob);
    const own = await alice.dial(OURS);

    expect((await carol.nextCall()).from).toBe(BOB);
    expect(await world.alerts(13_214)).toHaveLength(1);
    await own.hangUp();
  });

  it('is named, found by number and name, and deleted', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    const { client } = world.tutti;
    const sid = await verify(world, bob);
    const callerIds = client.outgoingCallerIds;

    const named = await callerIds(sid).update({ friendlyName: 'Bob' });
    const sids = async (filter: object): Promise<string[]> =>
      (await callerIds.list(filter)).map((each) => each.sid);

    expect(named.friendlyName).toBe('Bob');
    expect(await callerIds(sid).fetch()).toMatchObject({ friendlyName: 'Bob', phoneNumber: BOB });
    expect(await sids({ friendlyName: 'Bob' })).toEqual([sid]);
    expect(await sids({ friendlyName: 'Alice' })).toEqual([]);
    expect(await sids({ phoneNumber: BOB })).toEqual([sid]);
    expect(await sids({ phoneNumber: CAROL })).toEqual([]);
    const again = client.validationRequests.create({ phoneNumber: BOB });
    await expect(again).rejects.toMatchObject({ code: 21_450 });
    expect(await callerIds(sid).remove()).toBe(true);
    await expect(callerIds(sid).fetch()).rejects.toMatchObject({ code: 20_404 });
    const refused = client.calls.create({ to: CAROL, from: BOB, twiml: twiml('<Hangup/>') });
    await expect(refused).rejects.toMatchObject({ code: 21_210 });
  });

  it('is explained by its SID', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    const sid = await verify(world, bob);

    const found = await world.get(`/v1/Sids/${sid}`);

    expect(found).toMatchObject({ found: true, state: BOB });
    expect(JSON.stringify(found)).toContain(`/OutgoingCallerIds/${sid}.json`);
  });
});
