import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type Json, type TestServer } from '../_server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

async function usesOf(sid: string, query = ''): Promise<Json[]> {
  const path = `/v1/Sids/${encodeURIComponent(sid)}/Uses${query}`;
  const { status, body } = await server.request('GET', path);
  expect(status).toBe(200);
  return body.uses;
}

async function explain(text: string): Promise<Json> {
  return (await server.request('GET', `/v1/Sids/${encodeURIComponent(text)}`)).body;
}

test('a SID is followed from its making by one request to its deletion by another', async () => {
  const made = await server.request('POST', '/v1/Conversations');
  const { sid } = made.body;
  await server.request('POST', `/v1/Conversations/${sid}/Messages`, { Body: 'x' });
  const deleted = await server.request('DELETE', `/v1/Conversations/${sid}`);

  const uses = await usesOf(sid);

  expect(uses).toMatchObject([
    {
      outcome: 'deleted',
      place: 'path',
      parameter: 'Sid',
      method: 'DELETE',
      path: `/conversations/v1/Conversations/${sid}`,
      request_sid: deleted.headers['twilio-request-id'],
    },
    {
      outcome: 'passed',
      parameter: 'ConversationSid',
      method: 'POST',
      path: `/conversations/v1/Conversations/${sid}/Messages`,
      error_code: null,
    },
    {
      outcome: 'made',
      place: 'answer',
      parameter: 'sid',
      method: 'POST',
      path: '/conversations/v1/Conversations',
      request_sid: made.headers['twilio-request-id'],
    },
  ]);
});

test('what was deleted is explained with the time of it', async () => {
  const { body } = await server.request('POST', '/v1/Conversations', { UniqueName: 'gone' });
  await server.request('DELETE', '/v1/Conversations/gone');

  const { found, date_deleted: date, hints } = await explain(body.sid);

  expect(found).toBe(false);
  expect(date).toMatch(/^\d{4}-\d\d-\d\dT/);
  expect(hints).toEqual([`It was deleted at ${date}. What names it is refused.`]);
});

test('a deletion is still known by its event when the ledger has forgotten it', async () => {
  const application = await server.client.applications.create({ friendlyName: 'x' });
  await server.client.applications(application.sid).remove();

  expect((await explain(application.sid)).date_deleted).toMatch(/^\d{4}-/);
});

test('the Application that an address names is found by its SID', async () => {
  const { sid } = await server.client.applications.create({ friendlyName: 'x' });
  const calls = `/2010-04-01/Accounts/${server.accountSid}/Calls.json`;
  await server.request('GET', `${calls}?To=${encodeURIComponent(`app:${sid}?a=b`)}`);
  await server.request('POST', calls, { To: `app:${sid}`, From: '+15550001111', Twiml: '<x/>' });

  expect(await usesOf(sid)).toMatchObject([
    { outcome: 'refused', parameter: 'To', method: 'POST', error_code: '21211' },
    { outcome: 'passed', parameter: 'To', method: 'GET' },
    { outcome: 'made' },
  ]);
});

test('the SID that a refusal is about was refused, and others of the same request passed', async () => {
  const { body: conversation } = await server.request('POST', '/v1/Conversations');
  const { body: app } = await server.request(
    'POST',
    `/2010-04-01/Accounts/${server.accountSid}/Applications.json`,
    { FriendlyName: 'x' },
  );
  const refused = await server.request(
    'POST',
    `/v1/Conversations/${conversation.sid}/Participants`,
    { Identity: 'a', 'VoiceBinding.Address': 'client:a', 'VoiceBinding.ConductorSid': app.sid },
  );
  expect([refused.status, refused.body.code]).toEqual([400, 75_002]);

  expect(await usesOf(app.sid, '?Outcome=refused')).toMatchObject([
    {
      place: 'parameter',
      parameter: 'VoiceBinding.ConductorSid',
      error_code: '75002',
      request_sid: refused.headers['twilio-request-id'],
    },
  ]);
  expect((await usesOf(conversation.sid))[0]).toMatchObject({
    outcome: 'passed',
    error_code: '75002',
  });
});

test('a SID in a parameter that nobody reads was ignored', async () => {
  const sid = 'CN3f8a1c5e9b2d4f60718293a4b5c6d7e8';
  await server.request('POST', '/v1/Conversations', { ConductorsSid: sid });

  expect(await usesOf(sid)).toMatchObject([{ outcome: 'ignored', parameter: 'ConductorsSid' }]);
});

test('malformed SIDs are found as they were given, and texts that may be secrets are not kept', async () => {
  const malformed = 'CN3f8a1c5e9b2d4f60718293a4b5c6d7eg';
  const secret = '0123456789abcdef0123456789abcdef';
  for (const text of [malformed, secret]) {
    const answer = await server.request('GET', `/v1/Conductors/${text}`);
    expect(answer.status).toBeGreaterThanOrEqual(400);
  }

  expect(await usesOf(malformed)).toMatchObject([{ outcome: 'refused', sid: malformed }]);
  expect(await usesOf(secret)).toEqual([]);
});

test('the same use again is counted, and pages as other lists do', async () => {
  const { body } = await server.request('POST', '/v1/Conversations');
  for (let i = 0; i < 3; i += 1) await server.request('GET', `/v1/Conversations/${body.sid}`);

  const uses = await usesOf(body.sid);
  // What was counted is written once a second: the three may stand in two rows.
  const passed = uses.filter(({ outcome, method }) => outcome === 'passed' && method === 'GET');
  expect(passed.reduce((sum, { occurrences }) => sum + occurrences, 0)).toBe(3);

  const paged: Json[] = [];
  for (let path: string | null = `/v1/Sids/${body.sid}/Uses?PageSize=1`; path !== null;) {
    const { body: page } = await server.request('GET', path);
    expect(page.uses).toHaveLength(1);
    paged.push(...page.uses);
    const next: URL | null = page.meta.next_page_url && new URL(page.meta.next_page_url);
    path = next && next.pathname + next.search;
  }
  expect(paged).toEqual(uses);
  expect(paged.at(-1)).toMatchObject({ outcome: 'made' });
});

test('what a call made by itself is told of too', async () => {
  const { body } = await server.request('POST', '/v1/Conversations');
  const participant = await server.request('POST', `/v1/Conversations/${body.sid}/Participants`, {
    Identity: 'b',
    'VoiceBinding.Address': 'client:b',
  });
  const { conductor_sid: sid } = participant.body.voice_binding;

  expect(await usesOf(sid)).toMatchObject([{ outcome: 'made', method: null, path: null }]);
});

test.each([
  ['CN3f8a1c5e9b2d4f60718293a4b5c6d7eg', { character: 34, given: 'g' }],
  ['CN3f8a', { length: 6, expected: 34 }],
  ['cn3f8a1c5e9b2d4f60718293a4b5c6d7e8', { character: 1, given: 'CN' }],
  ['undefined', null],
])('%s is explained with the place that is wrong', async (text, wrongAt) => {
  expect(await explain(text)).toMatchObject({ found: false, wrong_at: wrongAt });
});

test("another account's SID is said not to be this one's; a subaccount's is named to its parent alone", async () => {
  const sub = await server.client.api.v2010.accounts.create({ friendlyName: 'sub' });
  const inSub = server.clientOf(sub.sid, sub.authToken, sub.sid);
  const theirs = await inSub.conversations.v1.conversations.create({ friendlyName: 'private' });
  const own = await server.request('POST', '/v1/Conversations');

  const forParent = await explain(theirs.sid);
  const forSub = await server.request('GET', `/v1/Sids/${own.body.sid}`, undefined, {
    credentials: `${sub.sid}:${sub.authToken}`,
  });
  const usesForSub = await server.request('GET', `/v1/Sids/${own.body.sid}/Uses`, undefined, {
    credentials: `${sub.sid}:${sub.authToken}`,
  });

  expect(forParent).toMatchObject({ found: false, account_sid: null, bound_to: {} });
  expect(forParent.hints[0]).toContain(sub.sid);
  expect(forSub.body).toMatchObject({ found: false, account_sid: null, date_created: null });
  expect(forSub.body.hints[0]).toContain('not of this account');
  expect(JSON.stringify(forSub.body)).not.toContain(server.accountSid);
  expect(usesForSub.body.uses).toEqual([]);
});

test('of a number is told who has it as proxy address', async () => {
  const { body: number } = await server.request(
    'POST',
    `/2010-04-01/Accounts/${server.accountSid}/IncomingPhoneNumbers.json`,
    { AreaCode: '415' },
  );
  const { body: conversation } = await server.request('POST', '/v1/Conversations');
  const path = `/v1/Conversations/${conversation.sid}`;
  const proxy = number.phone_number;
  const open = await server.request('POST', `${path}/Conductors`, { ProxyAddress: proxy });
  const gone = await server.request('POST', `${path}/Conductors`, { ProxyAddress: proxy });
  await server.request('DELETE', `${path}/Conductors/${gone.body.sid}`);
  const participant = await server.request('POST', `${path}/Participants`, {
    'VoiceBinding.Address': '+15551234567',
    'VoiceBinding.ProxyAddress': proxy,
  });

  expect((await explain(number.sid)).bound_to).toEqual({
    VoiceApplicationSid: null,
    ConductorSid: [open.body.sid],
    ParticipantSid: [participant.body.sid],
  });

  await server.request('POST', path, { State: 'closed' });

  expect((await explain(number.sid)).bound_to).toMatchObject({
    ConductorSid: [],
    ParticipantSid: [],
  });
});

test('looking a SID up is no use of it', async () => {
  const { body } = await server.request('POST', '/v1/Conversations');
  await explain(body.sid);

  expect(await usesOf(body.sid)).toMatchObject([{ outcome: 'made' }]);
});
