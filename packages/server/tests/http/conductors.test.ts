import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startReceiver } from '../_receiver.ts';
import { startTestServer, type Form, type TestServer } from '../_server.ts';

let server: TestServer;
beforeAll(async () => {
  // On a machine that has an engine, too, this server hears nothing.
  server = await startTestServer({ TUTTI_ASR_COMMAND: 'no-such-program' });
});
afterAll(() => server[Symbol.asyncDispose]());

const open = async () => (await server.client.conversations.v1.conversations.create({})).sid;
const conductorsOf = (conversation: string) => `/v1/Conversations/${conversation}/Conductors`;
const participantsOf = (conversation: string) => `/v1/Conversations/${conversation}/Participants`;
const make = async (conversation: string, form: Form = {}) =>
  (await server.request('POST', conductorsOf(conversation), form)).body;

describe('Conductors', () => {
  test('one is created, fetched, updated, listed and deleted', async () => {
    const conversation = await open();
    const application = await server.client.applications.create({});

    const made = await server.request('POST', conductorsOf(conversation), {
      UniqueName: 'bridge-1',
      FriendlyName: 'Bridge',
      ApplicationSid: application.sid,
      ProxyAddress: '+15557654321',
      Speak: 'all',
      Transcribe: 'dtmf',
      MaxCalls: '2',
    });
    const item = `${conductorsOf(conversation)}/${made.body.sid}`;
    const fetched = await server.request('GET', item);
    const byName = await server.request('GET', `${conductorsOf(conversation)}/bridge-1`);
    const changed = await server.request('POST', item, { Speak: 'off', ApplicationSid: '' });
    const listed = await server.request('GET', conductorsOf(conversation));
    const removed = await server.request('DELETE', item);
    const gone = await server.request('GET', item);

    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      account_sid: server.accountSid,
      conversation_sid: conversation,
      unique_name: 'bridge-1',
      friendly_name: 'Bridge',
      attributes: '{}',
      application_sid: application.sid,
      proxy_address: '+15557654321',
      status: 'ready',
      speak: 'all',
      transcribe: 'dtmf',
      record: 'off',
      max_calls: 2,
      call_sids: [],
      url: server.url + item,
    });
    expect(fetched.body).toEqual(made.body);
    expect(byName.body.sid).toBe(made.body.sid);
    expect(changed.body).toMatchObject({ speak: 'off', application_sid: null, max_calls: 2 });
    expect(listed.body.conductors).toHaveLength(1);
    expect(removed.status).toBe(204);
    expect([gone.status, gone.body.code]).toEqual([404, 75001]);
  });

  test('is found without knowing its conversation, by SID, name and filters', async () => {
    const conversation = await open();
    const application = await server.client.applications.create({});
    const made = await make(conversation, {
      UniqueName: 'anywhere',
      ApplicationSid: application.sid,
      ProxyAddress: 'sip:desk@example.com',
    });
    await make(conversation);

    const paths = [
      `/v1/Conductors?ApplicationSid=${application.sid}`,
      `/v1/Conductors?ProxyAddress=${encodeURIComponent('sip:desk@example.com')}`,
      `/v1/Conductors?ConversationSid=${conversation}&ApplicationSid=${application.sid}&Status=ready`,
      `/v1/Services/${made.chat_service_sid}/Conductors?ApplicationSid=${application.sid}`,
    ];
    const lists = await Promise.all(paths.map((path) => server.request('GET', path)));
    const bySid = await server.request('GET', `/v1/Conductors/${made.sid}`);
    const byName = await server.request('GET', '/v1/Conductors/anywhere');
    const ofCall = await server.request('GET', `/v1/Conductors?CallSid=CA${'12'.repeat(16)}`);

    for (const { body } of lists) {
      expect(body.conductors.map(({ sid }: { sid: string }) => sid)).toEqual([made.sid]);
    }
    expect([bySid.body.sid, byName.body.sid]).toEqual([made.sid, made.sid]);
    expect(ofCall.body.conductors).toEqual([]);
  });

  test.each([
    ['CallSid', `CH${'ab'.repeat(16)}`, 75002],
    ['ConversationSid', `CN${'ab'.repeat(16)}`, 75002],
    ['CallSid', `CA${'X'.repeat(32)}`, 75008],
    ['ApplicationSid', `CN${'ab'.repeat(16)}`, 21218],
  ])(
    'a look-up by %s=%s is refused with %i, not answered with nothing',
    async (name, given, code) => {
      const { status, body } = await server.request('GET', `/v1/Conductors?${name}=${given}`);

      expect([status, body.code]).toEqual([400, code]);
    },
  );

  test('is of its own service only, where the path names one', async () => {
    const conversation = await open();
    const made = await make(conversation);
    const { sid: other } = await server.client.conversations.v1.services.create({
      friendlyName: 'Other',
    });

    const own = await server.request(
      'GET',
      `/v1/Services/${made.chat_service_sid}/Conductors/${made.sid}`,
    );
    const foreign = await server.request('GET', `/v1/Services/${other}/Conductors/${made.sid}`);

    expect([own.status, own.body.sid]).toEqual([200, made.sid]);
    expect([foreign.status, foreign.body.code]).toEqual([404, 75001]);
  });

  test('closes for good with its conversation', async () => {
    const conversation = await open();
    const made = await make(conversation);
    await server.request('POST', `/v1/Conversations/${conversation}`, { State: 'closed' });

    const item = `${conductorsOf(conversation)}/${made.sid}`;
    const fetched = await server.request('GET', item);
    const changed = await server.request('POST', item, { Speak: 'all' });

    expect(fetched.body.status).toBe('closed');
    expect([changed.status, changed.body.code]).toEqual([409, 75005]);
    expect(changed.body.message).toContain(conversation);
  });

  test('tells of itself by onConductorAdded, Updated and Removed', async () => {
    await using receiver = await startReceiver();
    const conversation = await open();
    await server.request('POST', `/v1/Conversations/${conversation}/Webhooks`, {
      Target: 'webhook',
      'Configuration.Url': receiver.url,
      'Configuration.Filters': ['onConductorAdded', 'onConductorUpdated', 'onConductorRemoved'],
    });
    const heard = { headers: { 'x-twilio-webhook-enabled': 'true' } };

    const path = conductorsOf(conversation);
    const { body: made } = await server.request('POST', path, {}, heard);
    await server.request('POST', `${path}/${made.sid}`, { Speak: 'all' }, heard);
    await server.request('DELETE', `${path}/${made.sid}`, undefined, heard);
    await server.settled();

    expect(receiver.events).toEqual([
      'onConductorAdded',
      'onConductorUpdated',
      'onConductorRemoved',
    ]);
    expect(receiver.received[1]?.parameters).toMatchObject({
      ConductorSid: made.sid,
      ConversationSid: conversation,
      Speak: 'all',
    });
    expect(receiver.received.every((one) => one.isSignedWith(server.authToken))).toBe(true);
  });

  test.each([
    [{ Speak: 'loud' }, 20001],
    [{ MaxCalls: '0' }, 20001],
    [{ MaxCalls: '251' }, 20001],
    [{ UniqueName: `CN${'a'.repeat(32)}` }, 20001],
    [{ UniqueName: 'x'.repeat(257) }, 50004],
    [{ Attributes: '{' }, 50304],
    [{ ProxyAddress: 'somewhere' }, 50408],
    [{ ApplicationSid: `AP${'1'.repeat(31)}2` }, 21218],
    [{ Transcribe: 'speech' }, 75011],
  ])('%j is refused with %i', async (form, code) => {
    const { status, body } = await server.request('POST', conductorsOf(await open()), form);

    expect([status, body.code]).toEqual([400, code]);
  });

  test('a unique name that is taken is refused with 75009', async () => {
    const first = await make(await open(), { UniqueName: 'taken' });

    const { status, body } = await server.request('POST', conductorsOf(await open()), {
      UniqueName: 'taken',
    });

    expect([status, body.code]).toEqual([409, 75009]);
    expect(body.message).toContain(first.sid);
  });

  test('an update that names nothing is refused with 20161', async () => {
    const conversation = await open();
    const made = await make(conversation);

    const { status, body } = await server.request(
      'POST',
      `${conductorsOf(conversation)}/${made.sid}`,
      {},
    );

    expect([status, body.code]).toEqual([400, 20161]);
  });
});

describe('the voice binding of a participant', () => {
  test('gets the oldest Conductor that is open', async () => {
    const conversation = await open();
    const oldest = await make(conversation, { ProxyAddress: '+15550200001' });
    await make(conversation);

    const { body } = await server.request('POST', participantsOf(conversation), {
      'VoiceBinding.Address': '+15550200002',
    });

    expect(body.voice_binding).toEqual({
      type: 'phone',
      address: '+15550200002',
      proxy_address: '+15550200001',
      conductor_sid: oldest.sid,
      application_sid: null,
      call_sid: null,
    });
  });

  test('gets a new Conductor when there is none', async () => {
    const conversation = await open();

    const { body } = await server.request('POST', participantsOf(conversation), {
      Identity: 'ann',
      'VoiceBinding.ProxyAddress': '+15550200003',
    });
    const { body: list } = await server.request('GET', conductorsOf(conversation));

    expect(body.voice_binding).toMatchObject({ type: 'client', address: 'client:ann' });
    expect(list.conductors.map(({ sid }: { sid: string }) => sid)).toEqual([
      body.voice_binding.conductor_sid,
    ]);
  });

  test('takes the address of the messaging binding, an e-mail address as a SIP URI', async () => {
    const conversation = await open();
    const made = await make(conversation);

    const { body } = await server.request('POST', participantsOf(conversation), {
      'MessagingBinding.Address': 'ann@example.com',
      'VoiceBinding.ConductorSid': made.sid,
    });

    expect(body.messaging_binding).toEqual({ type: 'email', address: 'ann@example.com' });
    expect(body.voice_binding).toMatchObject({ type: 'sip', address: 'sip:ann@example.com' });
  });

  test('is added by an update', async () => {
    const conversation = await open();
    const made = await make(conversation);
    const { body: participant } = await server.request('POST', participantsOf(conversation), {
      Identity: 'ann',
    });

    const { body } = await server.request(
      'POST',
      `${participantsOf(conversation)}/${participant.sid}`,
      { 'VoiceBinding.ConductorSid': made.sid },
    );

    expect(participant.voice_binding).toBeNull();
    expect(body.voice_binding).toMatchObject({ conductor_sid: made.sid, address: 'client:ann' });
  });
});

describe('a voice binding whose Conductor was deleted', () => {
  /** The conversation, and its participant without a Conductor. */
  const lose = async (address: string) => {
    const conversation = await open();
    const lost = await make(conversation, { ProxyAddress: '+15550200010' });
    const { body } = await server.request('POST', participantsOf(conversation), {
      'VoiceBinding.Address': address,
    });
    await server.request('DELETE', `${conductorsOf(conversation)}/${lost.sid}`);
    return { conversation, lost, participant: `${participantsOf(conversation)}/${body.sid}` };
  };

  test('names none any more, and gets the oldest that is open when it is changed', async () => {
    const { conversation, participant } = await lose('+15550200011');
    const { body: bare } = await server.request('GET', participant);
    const oldest = await make(conversation);
    await make(conversation);

    const { body } = await server.request('POST', participant, {
      'VoiceBinding.Address': '+15550200012',
    });

    expect(bare.voice_binding).toMatchObject({ address: '+15550200011', conductor_sid: null });
    expect(body.voice_binding).toMatchObject({
      address: '+15550200012',
      conductor_sid: oldest.sid,
    });
  });

  test('is called through the oldest that is open, or a new one', async () => {
    const { conversation, participant } = await lose('client:nobody');
    const call = () => server.request('POST', `${participant}/Calls`, { From: 'client:us' });

    const first = await call();
    const second = await call();
    const { body: list } = await server.request('GET', conductorsOf(conversation));

    expect([first.status, second.status]).toEqual([201, 201]);
    const made = list.conductors.map(({ sid }: { sid: string }) => sid);
    expect(made).toHaveLength(1);
    expect([first.body.conductor_sid, second.body.conductor_sid]).toEqual([made[0], made[0]]);
  });
});

/** What was refused, and the alert that came of it. */
async function refuse(conversation: string, conductorSid: string) {
  const { status, body } = await server.request('POST', participantsOf(conversation), {
    Identity: 'ann',
    'VoiceBinding.ConductorSid': conductorSid,
  });
  const { body: list } = await server.request('GET', participantsOf(conversation));
  const [alert] = await server.alerts();
  return { status, body, alert, participants: list.participants };
}

describe('a wrong Conductor SID', () => {
  test('that names nothing is 75001, with those that are there', async () => {
    const conversation = await open();
    const own = await make(conversation);
    const given = `CN${'12'.repeat(16)}`;

    const refused = await refuse(conversation, given);
    const inPath = await server.request('GET', `/v1/Conductors/${given}`);

    expect([refused.status, refused.body.code]).toEqual([400, 75001]);
    expect(refused.body.message).toContain(own.sid);
    expect(refused.participants).toEqual([]);
    expect(refused.alert).toMatchObject({ error_code: '75001', log_level: 'error' });
    expect(refused.alert.more_info).toBe(`${server.url}/docs/errors/75001`);
    expect(refused.body.more_info).toBe(`${server.url}/docs/errors/75001`);
    expect([inPath.status, inPath.body.code]).toEqual([404, 75001]);
  });

  test('that is an Application SID is 75002, with the Conductor bound to that application', async () => {
    const conversation = await open();
    const application = await server.client.applications.create({});
    const bound = await make(conversation, { ApplicationSid: application.sid });

    const refused = await refuse(conversation, application.sid);
    const inPath = await server.request('GET', `/v1/Conductors/${application.sid}`);

    expect([refused.status, refused.body.code]).toEqual([400, 75002]);
    expect(refused.body.message).toContain('VoiceBinding.ConductorSid takes a Conductor SID');
    expect(refused.body.message).toContain('Application SID');
    expect(refused.body.message).toContain('the parameter ApplicationSid');
    expect(refused.body.message).toContain(bound.sid);
    expect(refused.body.details.related).toEqual([bound.sid]);
    expect(refused.alert).toMatchObject({ error_code: '75002', resource_sid: application.sid });
    expect(inPath.body.code).toBe(75002);
  });

  test('that is the Conversation SID is 75002, with the Conductors of the conversation', async () => {
    const conversation = await open();
    const own = await make(conversation);

    const refused = await refuse(conversation, conversation);

    expect([refused.status, refused.body.code]).toEqual([400, 75002]);
    expect(refused.body.message).toContain(own.sid);
  });

  test('of another conversation is 75003, naming both', async () => {
    const [conversation, elsewhere] = [await open(), await open()];
    const other = await make(elsewhere);

    const refused = await refuse(conversation, other.sid);
    const inPath = await server.request('GET', `${conductorsOf(conversation)}/${other.sid}`);

    for (const { status, body } of [refused, inPath]) {
      expect([status, body.code]).toEqual([409, 75003]);
      expect(body.message).toContain(conversation);
      expect(body.message).toContain(elsewhere);
    }
  });

  test.each([
    [`CN${'12'.repeat(15)}1`, 75007, '33 characters'],
    [`CN${'12'.repeat(15)}1G`, 75007, '"G"'],
    [`cn${'12'.repeat(16)}`, 75007, 'capitals'],
    ['undefined', 75007, 'undefined'],
    ['', 75007, ''],
    [`CN${'X'.repeat(32)}`, 75008, ''],
    [`CN${'x'.repeat(32)}`, 75008, ''],
    [`CN${'0'.repeat(32)}`, 75008, ''],
  ])('%j is refused with %i', async (given, code, words) => {
    const refused = await refuse(await open(), given);

    expect([refused.status, refused.body.code]).toEqual([400, code]);
    expect(refused.body.message).toContain(words);
    expect(refused.participants).toEqual([]);
    expect(refused.alert.error_code).toBe(String(code));
  });

  test('where an Application is expected keeps 21218, and names the application it has', async () => {
    const conversation = await open();
    const application = await server.client.applications.create({});
    const bound = await make(conversation, { ApplicationSid: application.sid });

    const { status, body } = await server.request('POST', conductorsOf(conversation), {
      ApplicationSid: bound.sid,
    });

    expect([status, body.code]).toEqual([400, 21218]);
    expect(body.message).toContain(application.sid);
  });

  test('where a conversation is expected is 20404, and names its conversation', async () => {
    const conversation = await open();
    const made = await make(conversation);

    const { status, body } = await server.request('GET', `/v1/Conversations/${made.sid}`);

    expect([status, body.code]).toEqual([404, 20404]);
    expect(body.message).toContain('Conductor');
    expect(body.message).toContain(conversation);
  });
});
