import { inspect } from 'node:util';
import officialTwilio from 'twilio';
import { describe, expect, it } from 'vitest';
import twilio from '@tutti/client';
import { accountSid } from './_program.ts';
import { startRecorder } from './_recorder.ts';
import type { Recorded } from './_recorder.ts';

const serviceSid = `IS${'0'.repeat(31)}1`;
const conversationSid = `CH${'0'.repeat(31)}2`;
const conductorSid = `CN${'0'.repeat(31)}3`;
const participantSid = `MB${'0'.repeat(31)}4`;
const callSid = `CA${'0'.repeat(31)}5`;

const conductor = {
  sid: conductorSid,
  account_sid: accountSid,
  chat_service_sid: serviceSid,
  conversation_sid: conversationSid,
  unique_name: 'support',
  friendly_name: null,
  attributes: '{}',
  application_sid: null,
  proxy_address: '+15557654321',
  status: 'ready',
  speak: 'off',
  transcribe: 'dtmf',
  record: 'off',
  max_calls: 250,
  call_sids: [callSid],
  date_created: '2026-01-02T03:04:05Z',
  date_updated: '2026-01-02T03:04:06Z',
  url: 'http://x',
  links: {},
};

const client = (baseUrl: string, options = {}): twilio.Twilio =>
  twilio(accountSid, 'token', { baseUrl, ...options });

const line = ({ method, path, query }: Recorded): string =>
  `${method} ${path}${query.size > 0 ? `?${query.toString()}` : ''}`;

describe('where the client sends requests', () => {
  it('sends every product to a path of its own on the server', async () => {
    await using server = await startRecorder();
    const { conversations, api, monitor, messaging } = client(`${server.url}/`);

    await conversations.v1.conversations(conversationSid).fetch();
    await api.v2010.accounts(accountSid).calls(callSid).fetch();
    await monitor.v1.alerts('NO1').fetch();
    await messaging.v1.services.create({ friendlyName: 'a' });

    expect(server.requests.map(line)).toEqual([
      `GET /conversations/v1/Conversations/${conversationSid}`,
      `GET /api/2010-04-01/Accounts/${accountSid}/Calls/${callSid}.json`,
      'GET /monitor/v1/Alerts/NO1',
      'POST /messaging/v1/Services',
    ]);
  });

  it('keeps an edge and a region away from the host of the server', async () => {
    await using server = await startRecorder();

    const baseUrl = server.url.replace('127.0.0.1', 'localhost');

    await client(baseUrl, { edge: 'sydney', region: 'au1' }).calls(callSid).fetch();

    expect(server.only().host).toBe(new URL(baseUrl).host);
  });

  it('follows page URIs of the 2010 API, with and without the prefix', async () => {
    const path = `/2010-04-01/Accounts/${accountSid}/Calls.json`;
    await using server = await startRecorder(({ query }) => ({
      body: {
        calls: [{ sid: callSid, conductor_sid: conductorSid }],
        next_page_uri: [`/api${path}?Page=1`, `${path}?Page=2`, null][Number(query.get('Page'))],
      },
    }));

    const calls = await client(server.url).calls.list();

    expect(server.requests.map(line)).toEqual([
      `GET /api${path}`,
      `GET /api${path}?Page=1`,
      `GET /api${path}?Page=2`,
    ]);
    expect(calls.map((call) => call.conductorSid)).toEqual(Array(3).fill(conductorSid));
  });

  it('takes the server from TUTTI_URL, the option first', async () => {
    await using server = await startRecorder();
    const env = { TUTTI_URL: server.url };

    await twilio(accountSid, 'token', { env }).calls(callSid).fetch();
    await twilio(accountSid, 'token', { env, baseUrl: `${server.url}/b` })
      .calls(callSid)
      .fetch();

    expect(server.requests.map(({ path }) => path.split('/2010')[0])).toEqual(['/api', '/b/api']);
  });

  it('goes to Twilio, with what Twilio knows, when there is no server', async () => {
    const sent: unknown[] = [];
    const httpClient = Object.assign(new twilio.RequestClient(), {
      request: async ({ uri, data }: { uri: string; data?: object }) => {
        sent.push({ uri, data });
        return { statusCode: 201, body: {} };
      },
    });

    await twilio(accountSid, 'token', { httpClient, region: 'ie1' })
      .conversations.v1.conversations(conversationSid)
      .participants.create({ identity: 'a', 'voiceBinding.conductorSid': conductorSid });

    expect(sent).toEqual([
      {
        uri: `https://conversations.ie1.twilio.com/v1/Conversations/${conversationSid}/Participants`,
        data: { Identity: 'a' },
      },
    ]);
  });

  it('refuses a server that is no URL', () => {
    expect(() => client('127.0.0.1:8080')).toThrow(/must be http or https, not "127.0.0.1:8080"/);
  });

  it('leaves the official client as it is', async () => {
    const sent: unknown[] = [];
    const httpClient = Object.assign(new officialTwilio.RequestClient(), {
      request: async ({ data }: { data?: object }) => {
        sent.push(data);
        return { statusCode: 201, body: { conductor_sid: conductorSid } };
      },
    });

    const call = await officialTwilio(accountSid, 'token', { httpClient }).calls.create({
      to: '+1',
      from: '+2',
      conductorSid,
    });

    expect(sent).toEqual([{ To: '+1', From: '+2' }]);
    expect(call).not.toHaveProperty('conductorSid');
  });

  it('has what the official module has', () => {
    expect(Object.keys(twilio).sort()).toEqual(Object.keys(officialTwilio).sort());
    expect(twilio.twiml).toBe(officialTwilio.twiml);
    expect(client('http://x')).toBeInstanceOf(officialTwilio.Twilio);
    expect(client('http://x')).toBeInstanceOf(twilio.Twilio);
  });
});

describe('voice bindings and bound calls', () => {
  it('sends the voice binding of a participant and shows the answer', async () => {
    const binding = { type: 'phone', address: '+1', conductor_sid: conductorSid };
    await using server = await startRecorder(() => ({
      body: { sid: participantSid, conversation_sid: conversationSid, voice_binding: binding },
    }));
    const { conversations, services } = client(server.url).conversations.v1;
    const fields = {
      'voiceBinding.address': '+1',
      'voiceBinding.proxyAddress': '+2',
      'voiceBinding.conductorSid': conductorSid,
    };

    const created = await conversations(conversationSid).participants.create(fields);
    const updated = await created.update(fields);
    await services(serviceSid).conversations(conversationSid).participants.create(fields);

    expect(created.voiceBinding).toEqual(binding);
    expect(updated.toJSON()).toMatchObject({ sid: participantSid, voiceBinding: binding });
    const form = {
      'VoiceBinding.Address': '+1',
      'VoiceBinding.ProxyAddress': '+2',
      'VoiceBinding.ConductorSid': conductorSid,
    };
    expect(server.requests.map((request) => request.form)).toEqual([form, form, form]);
    expect(server.requests[1]?.path.endsWith(`/Participants/${participantSid}`)).toBe(true);
  });

  it('binds a call when it is made and when it is under way', async () => {
    await using server = await startRecorder(() => ({
      body: { sid: callSid, conductor_sid: conductorSid, participant_sid: participantSid },
    }));
    const { calls } = client(server.url);

    const made = await calls.create({ to: '+1', from: '+2', url: 'http://x', conductorSid });
    await calls(callSid).update({ conductorSid });

    expect(made.conductorSid).toBe(conductorSid);
    expect(made.participantSid).toBe(participantSid);
    expect(server.requests.map(({ form }) => form['ConductorSid'])).toEqual([
      conductorSid,
      conductorSid,
    ]);
  });

  it('calls a participant', async () => {
    await using server = await startRecorder(() => ({
      body: { sid: callSid, account_sid: accountSid, conversation_sid: conversationSid },
    }));
    const { conversations, services } = client(server.url).conversations.v1;

    const call = await conversations(conversationSid)
      .participants(participantSid)
      .calls.create({ twiml: new twilio.twiml.VoiceResponse(), statusCallbackEvent: ['answered'] });
    await services(serviceSid)
      .conversations(conversationSid)
      .participants(participantSid)
      .calls.create();
    await call.update({ status: 'completed' });

    expect(call.conversationSid).toBe(conversationSid);
    expect(server.requests.map(line)).toEqual([
      `POST /conversations/v1/Conversations/${conversationSid}/Participants/${participantSid}/Calls`,
      `POST /conversations/v1/Services/${serviceSid}/Conversations/${conversationSid}/Participants/${participantSid}/Calls`,
      `POST /api/2010-04-01/Accounts/${accountSid}/Calls/${callSid}.json`,
    ]);
    expect(server.requests[0]?.form).toEqual({
      Twiml: '<?xml version="1.0" encoding="UTF-8"?><Response/>',
      StatusCallbackEvent: 'answered',
    });
  });
});

describe('Conductors', () => {
  const root = `/conversations/v1/Conversations/${conversationSid}/Conductors`;

  it('are made, fetched, changed and removed', async () => {
    await using server = await startRecorder(({ method }) =>
      method === 'DELETE' ? { status: 204 } : { body: conductor },
    );
    const { conductors } = client(server.url).conversations.v1.conversations(conversationSid);

    const made = await conductors.create({
      friendlyName: 'a',
      maxCalls: 3,
      transcribe: 'dtmf',
      xTwilioWebhookEnabled: 'true',
    });
    await conductors('support').fetch();
    await made.update({ proxyAddress: '+1' });
    const removed = await conductors.get(conductorSid).remove();

    expect(made.toJSON()).toMatchObject({
      sid: conductorSid,
      conversationSid,
      callSids: [callSid],
      maxCalls: 250,
      dateCreated: new Date('2026-01-02T03:04:05Z'),
    });
    expect(inspect(made)).toContain(`sid: '${conductorSid}'`);
    expect(removed).toBe(true);
    expect(server.requests.map(line)).toEqual([
      `POST ${root}`,
      `GET ${root}/support`,
      `POST ${root}/${conductorSid}`,
      `DELETE ${root}/${conductorSid}`,
    ]);
    expect(server.requests[0]?.form).toEqual({
      FriendlyName: 'a',
      MaxCalls: '3',
      Transcribe: 'dtmf',
    });
    expect(server.requests[0]?.headers['x-twilio-webhook-enabled']).toBe('true');
  });

  it('are listed page by page', async () => {
    await using server = await startRecorder(({ query, host }) => ({
      body: {
        conductors: [conductor, conductor],
        meta: {
          key: 'conductors',
          next_page_url: query.has('PageToken') ? null : `http://${host}${root}?PageToken=2`,
        },
      },
    }));
    const { conductors } = client(server.url).conversations.v1.conversations(conversationSid);

    const all = await conductors.list({ status: 'ready' });
    const some = await conductors.list({ limit: 3 });
    const seen: string[] = [];
    await conductors.each((it) => seen.push(it.sid));
    const page = await conductors.page({ pageSize: 2 });
    const next = await conductors.getPage(page.nextPageUrl ?? '');

    expect([all.length, some.length, seen.length]).toEqual([4, 3, 4]);
    expect(next.instances[0]?.dateUpdated).toEqual(new Date('2026-01-02T03:04:06Z'));
    expect(next.nextPageUrl).toBeUndefined();
    expect(server.requests.slice(0, 3).map(line)).toEqual([
      `GET ${root}?Status=ready`,
      `GET ${root}?PageToken=2`,
      `GET ${root}?PageSize=3`,
    ]);
  });

  it('are looked up without their Conversation', async () => {
    await using server = await startRecorder(({ query }) => ({
      body: query.size > 0 ? { conductors: [conductor], meta: { key: 'conductors' } } : conductor,
    }));
    const { conductors, services } = client(server.url).conversations.v1;

    const [found] = await conductors.list({ callSid, applicationSid: 'AP1', proxyAddress: '+1' });
    await found?.update({ speak: 'all' });
    await conductors(conductorSid).fetch();
    await services(serviceSid).conductors.list({ conversationSid });
    await services(serviceSid).conversations(conversationSid).conductors(conductorSid).fetch();

    expect(server.requests.map(line)).toEqual([
      `GET /conversations/v1/Conductors?CallSid=${callSid}&ApplicationSid=AP1&ProxyAddress=%2B1`,
      `POST ${root}/${conductorSid}`,
      `GET /conversations/v1/Conductors/${conductorSid}`,
      `GET /conversations/v1/Services/${serviceSid}/Conductors?ConversationSid=${conversationSid}`,
      `GET /conversations/v1/Services/${serviceSid}/Conversations/${conversationSid}/Conductors/${conductorSid}`,
    ]);
  });

  it('are reached from an instance of a Conversation, too', async () => {
    await using server = await startRecorder(() => ({ body: { sid: conversationSid } }));

    const made = await client(server.url).conversations.v1.conversations.create();
    await made.conductors().create();

    expect(server.requests.at(-1)?.path).toBe(root);
  });

  it('tell a call-back, and reject with the error of the server', async () => {
    await using server = await startRecorder(({ method }) =>
      method === 'POST'
        ? { status: 409, body: { code: 75004, message: 'SID mismatch', status: 409 } }
        : { body: conductor },
    );
    const { conductors } = client(server.url).conversations.v1.conversations(conversationSid);

    const told = await new Promise((resolve) => {
      void conductors(conductorSid).fetch((_error, item) => resolve(item?.sid));
    });

    expect(told).toBe(conductorSid);
    await expect(conductors.create({})).rejects.toThrow(twilio.RestException);
    await expect(conductors.create({})).rejects.toMatchObject({
      status: 409,
      code: 75004,
      message: 'SID mismatch',
    });
  });

  it('refuse a SID that cannot be in a path', () => {
    const { conversations } = client('http://x').conversations.v1;

    expect(() => conversations(conversationSid).conductors('a/b')).toThrow(
      "Parameter 'sid' is not valid.",
    );
  });
});

describe('the timeline', () => {
  it('is listed with what each entry has to tell', async () => {
    await using server = await startRecorder(() => ({
      body: {
        timeline: [
          {
            account_sid: accountSid,
            conversation_sid: conversationSid,
            kind: 'call',
            event: 'answered',
            resource_sid: callSid,
            data: { from: '+1' },
            date_created: '2026-01-02T03:04:05Z',
            node_id: 'n1',
          },
        ],
        meta: { key: 'timeline' },
      },
    }));
    const { conversations, services } = client(server.url).conversations.v1;

    const [entry] = await conversations(conversationSid).timeline.list({ order: 'desc' });
    await services(serviceSid).conversations(conversationSid).timeline.list();

    expect(entry?.toJSON()).toEqual({
      accountSid,
      conversationSid,
      kind: 'call',
      event: 'answered',
      resourceSid: callSid,
      data: { from: '+1' },
      dateCreated: new Date('2026-01-02T03:04:05Z'),
      nodeId: 'n1',
    });
    expect(server.requests.map(line)).toEqual([
      `GET /conversations/v1/Conversations/${conversationSid}/Timeline?Order=desc`,
      `GET /conversations/v1/Services/${serviceSid}/Conversations/${conversationSid}/Timeline`,
    ]);
  });
});

it('TwiML of <Conversation> names its Conductor', () => {
  const response = new twilio.twiml.VoiceResponse();

  response.connect().conversation({ conductorSid });

  expect(response.toString()).toContain(`<Conversation conductorSid="${conductorSid}"/>`);
});
