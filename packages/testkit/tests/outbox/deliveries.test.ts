import { expect, it } from 'vitest';
import { startTestServer } from '../../src/index.ts';
import { addMessage, listDeliveries, openConversation } from './_receiver.ts';

it('shows every attempt, and no password', async () => {
  await using tutti = await startTestServer();
  const hooks = await tutti.webhooks();
  const url = hooks.at('/events?x=1').replace('://', '://user:secret@');
  const conversation = await openConversation(tutti, url);
  const message = await addMessage(tutti, conversation, 'one');
  await tutti.settled();

  const { status, body } = await tutti.request('GET', '/v1/Deliveries');

  const base = `${tutti.url}/v1/Deliveries`;
  expect({ status, body }).toEqual({
    status: 200,
    body: {
      deliveries: [
        {
          delivery_id: expect.stringMatching(/^dlv-[0-9a-z]+$/),
          account_sid: tutti.accountSid,
          resource_sid: message,
          event_type: 'onMessageAdded',
          method: 'POST',
          url: hooks.at('/events?x=1').replace('://', '://user:***@'),
          idempotency_token: hooks.caught[0]?.headers['i-twilio-idempotency-token'],
          replay_of: null,
          attempt: 1,
          requests: 1,
          status_code: 204,
          error_code: null,
          problem: null,
          duration_ms: expect.any(Number),
          delivery_status: 'done',
          next_attempt: null,
          date_created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        },
      ],
      meta: {
        page: 0,
        page_size: 50,
        first_page_url: `${base}?PageSize=50&Page=0`,
        previous_page_url: null,
        url: `${base}?PageSize=50&Page=0`,
        next_page_url: null,
        key: 'deliveries',
      },
    },
  });
});

it('is filtered by resource and event, newest first, and paged', async () => {
  await using tutti = await startTestServer();
  const hooks = await tutti.webhooks();
  const events = ['onMessageAdded', 'onMessageRemoved'];
  const sid = await openConversation(tutti, hooks.at('/events'), events);
  const first = await addMessage(tutti, sid, 'one');
  const second = await addMessage(tutti, sid, 'two');
  await tutti.client.conversations.v1
    .conversations(sid)
    .messages(first)
    .remove({ xTwilioWebhookEnabled: 'true' });
  await tutti.settled();

  const ofFirst = await listDeliveries(tutti, `?ResourceSid=${first}`);
  const added = await listDeliveries(tutti, '?EventType=onMessageAdded');
  const both = await listDeliveries(tutti, `?EventType=onMessageAdded&ResourceSid=${second}`);
  const none = await listDeliveries(tutti, '?EventType=onNothing');
  const page = await tutti.request<{
    deliveries: { resource_sid: string }[];
    meta: { next_page_url: string };
  }>('GET', '/conversations/v1/Deliveries?PageSize=1&EventType=onMessageAdded');
  const next = await tutti.request<typeof page.body>('GET', page.body.meta.next_page_url);

  expect(ofFirst.map(({ event_type }) => event_type)).toEqual(events);
  expect(added.map(({ resource_sid }) => resource_sid)).toEqual([first, second]);
  expect(both.map(({ resource_sid }) => resource_sid)).toEqual([second]);
  expect(none).toEqual([]);
  expect(page.body.deliveries.map(({ resource_sid }) => resource_sid)).toEqual([second]);
  expect(next.body.deliveries.map(({ resource_sid }) => resource_sid)).toEqual([first]);
});

it("is the account's own, and nobody's without credentials", async () => {
  await using tutti = await startTestServer();

  const answer = await fetch(`${tutti.url}/v1/Deliveries`);

  expect(answer.status).toBe(401);
  expect(await answer.json()).toMatchObject({ code: 20_003, status: 401 });
  const wrongMethod = await tutti.request('POST', '/v1/Deliveries');
  expect(wrongMethod).toMatchObject({ status: 405, body: { code: 20_004 } });
});
