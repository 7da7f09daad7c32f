import { describe, expect, it } from 'vitest';
import { startReceiver, type Receiver } from '../_receiver.ts';
import { startTestServer, type TestServer } from '../_server.ts';

const TOKEN = 'i-twilio-idempotency-token';
const webhooks = { xTwilioWebhookEnabled: 'true' } as const;

interface Bed extends AsyncDisposable {
  readonly tutti: TestServer;
  readonly receiver: Receiver;
  /** What the receiver answers from now on. */
  status: number;
  /** Makes conversations, of which the receiver is told; their SIDs. */
  open(count: number): Promise<string[]>;
}

async function startBed(): Promise<Bed> {
  const tutti = await startTestServer();
  const receiver = await startReceiver((_, response) => {
    response.statusCode = bed.status;
    response.setHeader('Retry-After', '300');
    response.end();
  });
  await tutti.client.conversations.v1.configuration.webhooks().update({
    postWebhookUrl: receiver.url,
    filters: ['onConversationAdded', 'onConversationUpdated'],
  });
  const bed: Bed = {
    tutti,
    receiver,
    status: 404,
    open: async (count) => {
      const sids: string[] = [];
      for (let n = 0; n < count; n += 1) {
        const { sid } = await tutti.client.conversations.v1.conversations.create(webhooks);
        sids.push(sid);
      }
      await tutti.settled();
      return sids;
    },
    [Symbol.asyncDispose]: async () => {
      await tutti[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
    },
  };
  return bed;
}

describe('a delivery', () => {
  it('that failed is sent again with the same parameters and token, and says so', async () => {
    await using bed = await startBed();
    const { tutti, receiver } = bed;
    const [sid] = await bed.open(1);
    const before = await tutti.request('GET', '/v1/Deliveries');
    const [failed] = before.body.deliveries;
    bed.status = 200;

    const made = await tutti.request('POST', `/v1/Deliveries/${failed.delivery_id}/Replay`, {});
    await tutti.settled();

    expect(failed).toMatchObject({ resource_sid: sid, delivery_status: 'failed' });
    expect(made).toMatchObject({
      status: 201,
      body: { replay_of: failed.delivery_id, delivery_status: 'pending', attempts: [] },
    });
    const [first, second] = receiver.received;
    expect(second?.parameters).toEqual(first?.parameters);
    expect(second?.headers[TOKEN]).toBe(first?.headers[TOKEN]);
    expect(second?.isSignedWith(tutti.authToken)).toBe(true);
    const { body } = await tutti.request('GET', '/v1/Deliveries');
    expect(body.deliveries).toMatchObject([
      {
        delivery_id: made.body.delivery_id,
        replay_of: failed.delivery_id,
        attempt: 1,
        status_code: 200,
        delivery_status: 'done',
        idempotency_token: failed.idempotency_token,
      },
      { delivery_id: failed.delivery_id, replay_of: null, delivery_status: 'replayed' },
    ]);
    const one = await tutti.request('GET', `/v1/Deliveries/${failed.delivery_id}`);
    expect(one.body).toMatchObject({
      delivery_status: 'replayed',
      attempts: [{ attempt: 1, status_code: 404 }],
    });
  });

  it('that is done may be sent again, and stays done', async () => {
    await using bed = await startBed();
    bed.status = 200;
    await bed.open(1);
    const { body } = await bed.tutti.request('GET', '/v1/Deliveries');
    const { delivery_id: id } = body.deliveries[0];

    const made = await bed.tutti.request('POST', `/v1/Deliveries/${id}/Replay`, {});
    await bed.tutti.settled();

    expect(made.status).toBe(201);
    expect(bed.receiver.received).toHaveLength(2);
    const { body: one } = await bed.tutti.request('GET', `/v1/Deliveries/${id}`);
    expect(one.delivery_status).toBe('done');
  });

  it('that is under way is not sent twice', async () => {
    await using bed = await startBed();
    bed.status = 503;
    const { tutti } = bed;
    await tutti.client.conversations.v1.conversations.create(webhooks);
    await expect
      .poll(async () => (await tutti.request('GET', '/v1/Deliveries')).body.deliveries.length, {
        timeout: 10_000,
      })
      .toBe(1);
    const { body } = await tutti.request('GET', '/v1/Deliveries?Status=pending');
    const [pending] = body.deliveries;

    const refused = await tutti.request('POST', `/v1/Deliveries/${pending.delivery_id}/Replay`, {});

    expect(pending.next_attempt).toMatch(/^\d{4}-.*Z$/);
    expect(refused).toMatchObject({ status: 409, body: { code: 75_022 } });
    expect(refused.body.message).toContain(pending.delivery_id);
  });

  it.each(['dlv-zzzzzz', 'dlv-', 'x', 'Replay'])('%s is none', async (id) => {
    await using tutti = await startTestServer();

    const answers = [
      await tutti.request('GET', `/v1/Deliveries/${id}`),
      await tutti.request('POST', `/v1/Deliveries/${id}/Replay`, {}),
    ];

    expect(answers.map(({ status }) => status)).toEqual([404, 404]);
  });

  it('of another account is none', async () => {
    await using bed = await startBed();
    await bed.open(1);
    const { body } = await bed.tutti.request('GET', '/v1/Deliveries');
    const { delivery_id: id } = body.deliveries[0];
    const other = await bed.tutti.client.api.accounts.create();
    const credentials = `${other.sid}:${other.authToken}`;
    const asOther = (method: string, path: string, form?: Record<string, string>) =>
      bed.tutti.request(method, path, form, { credentials });

    expect((await asOther('GET', `/v1/Deliveries/${id}`)).status).toBe(404);
    expect((await asOther('POST', `/v1/Deliveries/${id}/Replay`, {})).status).toBe(404);
    expect((await asOther('POST', '/v1/Deliveries/Replay', {})).body).toMatchObject({
      replayed: [],
      has_more: false,
    });
  });
});

describe('many deliveries', () => {
  it('that failed are sent again, oldest first, so many at a time, and each once', async () => {
    await using bed = await startBed();
    const sids = await bed.open(5);
    bed.status = 200;

    const first = await bed.tutti.request('POST', '/v1/Deliveries/Replay', { Limit: '3' });
    const second = await bed.tutti.request('POST', '/v1/Deliveries/Replay', {});
    const third = await bed.tutti.request('POST', '/v1/Deliveries/Replay', {});
    await bed.tutti.settled();

    const { body } = await bed.tutti.request('GET', '/v1/Deliveries?Status=done');
    const made = body.deliveries.map(({ delivery_id, replay_of }: Record<string, string>) => ({
      delivery_id,
      replay_of,
    }));
    // They are sent at the same time, and answered in any order.
    const numberOf = (id = ''): number => Number.parseInt(id.slice('dlv-'.length), 36);
    made.sort((one: Record<string, string>, other: Record<string, string>) =>
      Math.sign(numberOf(one['delivery_id']) - numberOf(other['delivery_id'])),
    );
    expect(new Set(first.body.replayed)).toEqual(new Set(made.slice(0, 3)));
    expect(first.body.has_more).toBe(true);
    expect(new Set(second.body.replayed)).toEqual(new Set(made.slice(3)));
    expect(second.body.has_more).toBe(false);
    expect(third.body).toEqual({ replayed: [], has_more: false });
    const again = bed.receiver.received.slice(5).map(({ parameters }) => parameters);
    expect(new Set(again.map((each) => each['ConversationSid']))).toEqual(new Set(sids));
  });

  it('that are done are sent again once each, in stretches', async () => {
    await using bed = await startBed();
    bed.status = 200;
    const sids = await bed.open(3);
    const { tutti, receiver } = bed;
    const done = { Status: 'done', Limit: '2' };

    const first = await tutti.request('POST', '/v1/Deliveries/Replay', done);
    await tutti.settled();
    const last = first.body.replayed.at(-1).replay_of;
    const second = await tutti.request('POST', '/v1/Deliveries/Replay', { ...done, After: last });
    await tutti.settled();

    expect([first, second].map(({ body }) => body.has_more)).toEqual([true, false]);
    const again = receiver.received.slice(3).map(({ parameters }) => parameters['ConversationSid']);
    expect(new Set(again)).toEqual(new Set(sids));
    expect(again).toHaveLength(sids.length);
  });

  it('that failed, were sent again and are done by that can be sent once more', async () => {
    await using bed = await startBed();
    await bed.open(1);
    bed.status = 200;
    const { tutti, receiver } = bed;
    await tutti.request('POST', '/v1/Deliveries/Replay', {});
    await tutti.settled();

    const { body } = await tutti.request('POST', '/v1/Deliveries/Replay', { Status: 'done' });
    await tutti.settled();

    expect(body.replayed).toHaveLength(1);
    expect(receiver.received).toHaveLength(3);
  });

  it('are told apart when one is sent again twice at once', async () => {
    await using bed = await startBed();
    bed.status = 200;
    await bed.open(1);
    const { body } = await bed.tutti.request('GET', '/v1/Deliveries');
    const path = `/v1/Deliveries/${body.deliveries[0].delivery_id}/Replay`;

    const both = await Promise.all([1, 2].map(() => bed.tutti.request('POST', path, {})));
    await bed.tutti.settled();

    const told = both.map((each) => each.body.delivery_id);
    const { body: all } = await bed.tutti.request('GET', '/v1/Deliveries');
    const made = all.deliveries
      .filter(({ replay_of }: { replay_of: string | null }) => replay_of !== null)
      .map(({ delivery_id }: { delivery_id: string }) => delivery_id);
    expect(new Set(told)).toEqual(new Set(made));
    expect(new Set(told).size).toBe(2);
  });

  it('are chosen by resource, event, host and date', async () => {
    await using bed = await startBed();
    const [first = '', second = ''] = await bed.open(2);
    await bed.tutti.client.conversations.v1
      .conversations(first)
      .update({ friendlyName: 'x', ...webhooks });
    await bed.tutti.settled();
    const { host } = new URL(bed.receiver.url);
    const count = async (query: string): Promise<number> =>
      (await bed.tutti.request('GET', `/v1/Deliveries?${query}`)).body.deliveries.length;

    expect(await count(`ResourceSid=${first}`)).toBe(2);
    expect(await count(`ResourceSid=${first}&EventType=onConversationUpdated`)).toBe(1);
    expect(await count(`Host=${host}&Status=failed`)).toBe(3);
    expect(await count('Host=127.0.0.1')).toBe(0);
    expect(await count('Status=done')).toBe(0);
    expect(await count('StartDate=2020-01-01&EndDate=2020-12-31')).toBe(0);
    expect(await count('StartDate=2020-01-01')).toBe(3);
    const replay = async (form: Record<string, string>): Promise<number> =>
      (await bed.tutti.request('POST', '/v1/Deliveries/Replay', form)).body.replayed.length;
    expect(await replay({ EndDate: '2020-12-31' })).toBe(0);
    expect(await replay({ ResourceSid: second, Host: host })).toBe(1);
    expect(await replay({ EventType: 'onConversationUpdated' })).toBe(1);
    expect(await replay({ Status: 'done' })).toBe(0);
  });

  it.each([
    [{ Status: 'pending' }, 'Status'],
    [{ Limit: '501' }, 'Limit'],
    [{ After: 'CH1' }, 'After'],
    [{ StartDate: 'yesterday' }, 'StartDate'],
    [{ StartDate: '2026-02-02', EndDate: '2026-01-01' }, 'EndDate'],
  ])('by %j are refused', async (form, name) => {
    await using tutti = await startTestServer();

    const { status, body } = await tutti.request('POST', '/v1/Deliveries/Replay', form);

    expect(status).toBe(400);
    expect(body.message).toContain(name);
  });
});
