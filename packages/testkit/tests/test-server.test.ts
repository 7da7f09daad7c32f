import { expect, it } from 'vitest';
import { startTestServer } from '../src/index.ts';

it('serves the official client and plain requests', async () => {
  await using tutti = await startTestServer();

  const conversation = await tutti.client.conversations.v1.conversations.create({
    friendlyName: 'Support',
  });
  const answer = await tutti.request('GET', `/v1/Conversations/${conversation.sid}`);
  const made = await tutti.request('POST', '/conversations/v1/Conversations', { UniqueName: 'x' });

  expect(conversation.sid).toMatch(/^CH/);
  expect(answer).toMatchObject({ status: 200, body: { friendly_name: 'Support' } });
  expect(answer.headers['content-type']).toMatch('application/json');
  expect(made).toMatchObject({ status: 201, body: { unique_name: 'x' } });
});

it('takes a call, speaks, hears a key and hangs up', async () => {
  await using tutti = await startTestServer();
  const hooks = await tutti.webhooks();
  hooks.reply(
    '/voice',
    '<Response><Gather numDigits="1" action="/key"><Say>Please press one to go on.</Say></Gather></Response>',
  );
  hooks.reply('/key', '<Response><Hangup/></Response>');
  await tutti.client.incomingPhoneNumbers.create({
    phoneNumber: '+15550001111',
    voiceUrl: hooks.at('/voice'),
  });
  const alice = await tutti.phone('+15557654321');

  const call = await alice.dial('+15550001111');
  await call.hears({ speech: true });
  await call.key('1');

  expect(await hooks.next('/voice')).toMatchObject({
    parameters: { From: '+15557654321', To: '+15550001111' },
    signatureValid: true,
  });
  expect(await hooks.next('/key')).toMatchObject({
    parameters: { Digits: '1' },
    signatureValid: true,
  });
  expect(await call.ended).toEqual({ by: 'peer' });
  await tutti.settled();
});

it('calls a registered phone', async () => {
  await using tutti = await startTestServer();
  const bob = await tutti.phone('+15557654321');
  await tutti.client.incomingPhoneNumbers.create({ phoneNumber: '+15550001111' });

  await tutti.client.calls.create({
    from: '+15550001111',
    to: '+15557654321',
    twiml: '<Response><Say>Hello there, this is a call for you.</Say></Response>',
  });
  const ringing = await bob.nextCall();
  ringing.ring();
  const call = await ringing.answer();

  expect(ringing.from).toBe('+15550001111');
  await call.hears({ speech: true });
  expect(await call.ended).toEqual({ by: 'peer' });
});

it('lists what is wrong with the settings', async () => {
  await expect(startTestServer({ env: { TUTTI_PORT: 'x' } })).rejects.toThrow(
    'Bad settings: TUTTI_PORT=x: expected a whole number from 0 to 65535',
  );
});

it('closes what it has handed out', async () => {
  const tutti = await startTestServer();
  const bob = await tutti.phone('bob');
  const hooks = await tutti.webhooks();

  await tutti.close();

  expect(bob.registered).toBe(false);
  await expect(bob.nextCall()).rejects.toMatchObject({ code: 'closed' });
  await expect(fetch(hooks.url)).rejects.toThrow('fetch failed');
});
