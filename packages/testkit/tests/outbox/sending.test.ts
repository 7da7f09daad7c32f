import { FakeClock } from '@tutti/sip';
import { expect, it, vi } from 'vitest';
import { startTestServer } from '../../src/index.ts';
import {
  addMessage,
  heldAnswer,
  listDeliveries,
  openConversation,
  openSilentReceiver,
} from './_receiver.ts';

const BOB = '+15557654321';
const OURS = '+15550001111';

it('answers the API before a receiver of the event has answered', async () => {
  await using tutti = await startTestServer();
  const hooks = await tutti.webhooks();
  const { answer, release } = heldAnswer();
  hooks.reply('/events', answer);
  const conversation = await openConversation(tutti, hooks.at('/events'));

  const first = await addMessage(tutti, conversation, 'one');
  const second = await addMessage(tutti, conversation, 'two');

  expect((await hooks.next()).parameters).toMatchObject({ MessageSid: first, Body: 'one' });
  expect(hooks.caught).toHaveLength(1);
  expect(await listDeliveries(tutti)).toEqual([]);
  release();
  expect((await hooks.next()).parameters['MessageSid']).toBe(second);
});

it('places a call before a receiver of its status has answered', async () => {
  await using tutti = await startTestServer();
  const hooks = await tutti.webhooks();
  const { answer, release } = heldAnswer();
  hooks.reply('/status', answer);
  const bob = await tutti.phone(BOB);
  await tutti.client.incomingPhoneNumbers.create({ phoneNumber: OURS });

  const { sid } = await tutti.client.calls.create({
    from: OURS,
    to: BOB,
    twiml: '<Response><Hangup/></Response>',
    statusCallback: hooks.at('/status'),
    statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
  });
  const call = await (await bob.nextCall()).answer();
  await call.ended;

  expect((await hooks.next()).parameters).toMatchObject({ CallSid: sid, CallStatus: 'initiated' });
  expect(hooks.caught).toHaveLength(1);
  release();
  for (const status of ['in-progress', 'completed']) {
    const next = await hooks.next();
    expect(next).toMatchObject({ parameters: { CallStatus: status }, signatureValid: true });
  }
});

it('sends the events of a conversation one after another, in order', async () => {
  await using tutti = await startTestServer();
  const hooks = await tutti.webhooks();
  let [underWay, most] = [0, 0];
  hooks.reply('/events', async () => {
    most = Math.max(most, (underWay += 1));
    await new Promise(setImmediate);
    underWay -= 1;
    return { status: 200 };
  });
  const conversation = await openConversation(tutti, hooks.at('/events'));

  const bodies = Array.from({ length: 30 }, (_, index) => `message ${index}`);
  for (const body of bodies) await addMessage(tutti, conversation, body);
  await tutti.settled();

  expect(hooks.caught.map(({ parameters }) => parameters['Body'])).toEqual(bodies);
  expect(hooks.caught.every(({ signatureValid }) => signatureValid)).toBe(true);
  expect(most).toBe(1);
});

it('a receiver that answers nothing delays only itself, whatever waits for it', async () => {
  // Time stands still: nothing is given up and sent again.
  await using tutti = await startTestServer({ clock: new FakeClock() });
  const hooks = await tutti.webhooks();
  const dead = await openSilentReceiver();
  // As many conversations as requests are under way at once, and more events than are held in memory.
  const conversations = await Promise.all(
    Array.from({ length: 66 }, () => openConversation(tutti, dead.at('/1'))),
  );
  const [busy = ''] = conversations;
  for (const path of ['/2', '/3', '/4', '/5']) {
    await tutti.client.conversations.v1.conversations(busy).webhooks.create({
      target: 'webhook',
      'configuration.url': dead.at(path),
      'configuration.filters': ['onMessageAdded'],
    });
  }
  await Promise.all(conversations.map((sid) => addMessage(tutti, sid, 'waits')));
  for (let round = 0; round < 20; round += 1) {
    await Promise.all(Array.from({ length: 20 }, () => addMessage(tutti, busy, 'waits')));
  }
  const other = await openConversation(tutti, hooks.at('/events'));

  await addMessage(tutti, other, 'goes');

  expect((await hooks.next()).parameters['Body']).toBe('goes');
  await vi.waitFor(() => expect(dead.requests).toHaveLength(64), { timeout: 5000, interval: 10 });
  dead.revive();
  await tutti.settled();
  expect(dead.requests).toHaveLength(66 + 4 + 400 * 5);
  const indexes = dead.requests
    .filter(({ path, form }) => path === '/1' && form.get('ConversationSid') === busy)
    .map(({ form }) => Number(form.get('Index')));
  expect(indexes).toEqual(Array.from({ length: 401 }, (_, index) => index));
}, 60_000);

it('tells of what REST does only when X-Twilio-Webhook-Enabled asks for it', async () => {
  await using tutti = await startTestServer();
  const hooks = await tutti.webhooks();
  const events = ['onMessageAdded', 'onParticipantAdded', 'onConversationUpdated'];
  const sid = await openConversation(tutti, hooks.at('/events'), events);
  const conversation = tutti.client.conversations.v1.conversations(sid);

  await conversation.messages.create({ body: 'quiet' });
  await conversation.messages.create({ body: 'quiet too', xTwilioWebhookEnabled: 'false' });
  await conversation.participants.create({ identity: 'alice' });
  await conversation.update({ friendlyName: 'quiet' });
  await conversation.messages.create({ body: 'told', xTwilioWebhookEnabled: 'true' });
  await conversation.participants.create({ identity: 'bob', xTwilioWebhookEnabled: 'true' });
  await tutti.settled();

  expect(hooks.caught.map(({ parameters }) => parameters['EventType'])).toEqual([
    'onMessageAdded',
    'onParticipantAdded',
  ]);
  expect(hooks.caught[0]?.parameters).toMatchObject({ Body: 'told', Source: 'API' });
});

it('tells of what a call does without being asked', async () => {
  await using tutti = await startTestServer();
  const hooks = await tutti.webhooks();
  const events = ['onCallAdded', 'onCallUpdated', 'onCallRemoved', 'onMessageAdded'];
  const sid = await openConversation(tutti, hooks.at('/events'), events);
  hooks.reply('/voice', '<Response><Connect><Conversation/></Connect></Response>');
  const application = await tutti.client.applications.create({ voiceUrl: hooks.at('/voice') });
  const path = `/v1/Conversations/${sid}/Conductors`;
  const conductor = await tutti.request<{ sid: string }>('POST', path, {
    ApplicationSid: application.sid,
    Transcribe: 'dtmf',
  });
  await tutti.client.incomingPhoneNumbers.create({ phoneNumber: OURS });
  const bob = await tutti.phone(BOB);
  const account = `/2010-04-01/Accounts/${tutti.accountSid}`;

  await tutti.request('POST', `${account}/Calls.json`, {
    From: OURS,
    To: BOB,
    ConductorSid: conductor.body.sid,
  });
  const call = await (await bob.nextCall()).answer();
  await hooks.next('/voice');
  await call.key('12#');
  const message = await hooks.next(({ parameters }) => parameters['Body'] === '12#');
  await call.hangUp();
  await hooks.next(({ parameters }) => parameters['EventType'] === 'onCallRemoved');

  expect(message.parameters).toMatchObject({ EventType: 'onMessageAdded' });
  const told = hooks.caught.map(({ parameters }) => parameters['EventType']);
  expect(told).toEqual(expect.arrayContaining(['onCallAdded', 'onCallUpdated']));
});
