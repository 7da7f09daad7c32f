import type { FastifyInstance } from 'fastify';
import { randomIds } from '../../src/base/ids.ts';
import { mintSid, type Sid } from '@tutti/ids';
import { createPocketsphinxEngine } from '@tutti/media';
import twilio from 'twilio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { products } from '../../src/http/products.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { Readiness } from '../../src/http/tutti/readiness.ts';
import { auditRules, type AuditRuleName } from '../../src/model/audit.ts';
import { updateConductor } from '../../src/store/conductors.ts';
import { MediaFiles } from '../../src/store/media-files.ts';
import { insertOutgoingCallerId } from '../../src/store/outgoing-caller-ids.ts';
import { updateParticipant } from '../../src/store/participants.ts';
import { createSender } from '../../src/callback/send.ts';
import { SettableClock } from '../_settable-clock.ts';
import { startReceiver, type Receiver } from '../_receiver.ts';
import type { Form, Json } from '../_server.ts';

import { open, postgres, sqlite, type OpenedStore } from '../store/_engines.ts';

const { AccessToken } = twilio.jwt;

interface Who {
  readonly sid: string;
  readonly authToken: string;
  /** The path of the account. */
  readonly own: string;
}

let opened: OpenedStore;
let files: MediaFiles;
/** By which requests to voice URLs are timed. */
const clock = new SettableClock();
let app: FastifyInstance;
let customer: Receiver;

beforeAll(async () => {
  opened =
    process.env['TUTTI_TEST_ENGINE'] === 'postgres'
      ? await open(postgres)
      : await open(sqlite, { kind: 'memory' });
  files = new MediaFiles(opened.config);
  const counts = { calls: 0, bridges: 0, legs: 0, ticks: 0, lateTicks: 0 };
  app = createHttpServer(
    { ...opened.context, sender: createSender({ clock }) },
    { strict: false, trustedProxies: [] },
    products(files, createPocketsphinxEngine(), {
      info: { uri: 'sip:127.0.0.1', secureUri: undefined, counts },
      deliveries: { receiversDown: () => [] },
      readiness: new Readiness(opened.context, { isOpen: true }),
    }),
  );
  // `/<what>/<auth token>`
  customer = await startReceiver((received, response) => {
    const [, what, token = ''] = received.path.split('?')[0]?.split('/') ?? [];
    response.setHeader('content-type', 'text/xml');
    const isChecked = what === 'checked' || what === 'slow' || what === 'patient';
    if (isChecked && !received.isSignedWith(token)) response.statusCode = 403;
    if (what === 'slow') clock.advance(3001);
    if (what === 'patient') clock.advance(3000);
    response.end(what === 'wrong' ? '<Answer/>' : '<Response/>');
  });
});
afterAll(async () => {
  await app.close();
  await customer[Symbol.asyncDispose]();
  await files.close();
  await opened[Symbol.asyncDispose]();
});

async function ask(who: Who, method: string, path: string, form: Form = {}): Promise<Json> {
  const isPost = method === 'POST';
  const { statusCode, body } = await app.inject({
    method: method as 'GET',
    url: path,
    headers: {
      authorization: `Basic ${Buffer.from(`${who.sid}:${who.authToken}`).toString('base64')}`,
      ...(isPost && { 'content-type': 'application/x-www-form-urlencoded' }),
    },
    ...(isPost && { payload: encode(form) }),
  });
  if (statusCode >= 300) throw new Error(`${method} ${path}: ${statusCode} ${body}`);
  return body === '' ? {} : JSON.parse(body);
}

function encode(form: Form): string {
  const sent = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) {
    for (const each of typeof value === 'string' ? [value] : value) sent.append(name, each);
  }
  return sent.toString();
}

const post = (who: Who, path: string, form?: Form): Promise<Json> => ask(who, 'POST', path, form);

function whoIs(sid: string, authToken: string): Who {
  return { sid, authToken, own: `/api/2010-04-01/Accounts/${sid}` };
}

async function newAccount(): Promise<Who> {
  const main = await opened.account();
  const made = await post(whoIs(main.sid, main.authToken), '/api/2010-04-01/Accounts.json');
  return whoIs(made.sid, made.auth_token);
}

const v1 = '/conversations/v1';
const checked = (who: Who): string => `${customer.url}/checked/${who.authToken}`;
const application = (who: Who, form: Form = {}): Promise<Json> =>
  post(who, `${who.own}/Applications.json`, { FriendlyName: 'x', VoiceUrl: checked(who), ...form });

/** A conversation with a Conductor; and the path of both. */
async function conducted(who: Who, form: Form = {}) {
  const conversation = await post(who, `${v1}/Conversations`);
  const path = `${v1}/Conversations/${conversation.sid}`;
  const conductor = await post(who, `${path}/Conductors`, form);
  return { conversation, conductor, path, at: `${path}/Conductors/${conductor.sid}` };
}

async function served(who: Who, form: Form = {}) {
  const made = await application(who, form);
  const rest = await conducted(who, { ApplicationSid: made.sid });
  return { ...rest, application: made, of: `${who.own}/Applications/${made.sid}.json` };
}

const voiced = (who: Who, path: string): Promise<Json> =>
  post(who, `${path}/Participants`, { Identity: 'a', 'VoiceBinding.Address': 'client:a' });

const close = (sid: string): Promise<unknown> =>
  opened.context.transact((tx) => updateConductor(tx, sid as Sid<'CN'>, { status: 'closed' }));

const auditOf = (who: Who, form: Form = {}): Promise<Json> => post(who, `${v1}/Audits`, form);

/** An access token as Twilio's helper library mints them, for calls by that application. */
function token(who: Who, outgoingApplicationSid: string, ttl = 3600): string {
  const minted = new AccessToken(who.sid, mintSid('SK', 0), 'secret', { identity: 'ann', ttl });
  minted.addGrant(new AccessToken.VoiceGrant({ outgoingApplicationSid }));
  return minted.toJwt();
}

/** A setting that the rule finds wrong, and what puts it right. A safe request of the finding is used instead. */
type Broken = (who: Who) => Promise<() => Promise<unknown>>;

const nothing = async (): Promise<void> => undefined;

const broken: Readonly<Record<AuditRuleName, Broken>> = {
  'application-unused': async (who) => {
    const { sid } = await application(who);
    return () => ask(who, 'DELETE', `${who.own}/Applications/${sid}.json`);
  },
  'conductor-application-gone': async (who) => {
    const { conductor } = await served(who);
    const applicationSid = mintSid('AP', 0);
    await opened.context.transact((tx) => updateConductor(tx, conductor.sid, { applicationSid }));
    return nothing;
  },
  'conductor-without-application': async (who) => {
    const { at } = await conducted(who);
    const { sid } = await application(who);
    return () => post(who, at, { ApplicationSid: sid });
  },
  'conductors-share-proxy-address': async (who) => {
    await conducted(who, { ProxyAddress: 'client:desk' });
    const { at } = await conducted(who, { ProxyAddress: 'client:desk' });
    return () => post(who, at, { ProxyAddress: '' });
  },
  'conversation-without-conductor': async (who) => {
    const { conductor, path } = await conducted(who);
    await voiced(who, path);
    await close(conductor.sid);
    return nothing;
  },
  'number-application-unused': async (who) => {
    const { sid } = await application(who);
    const number = await post(who, `${who.own}/IncomingPhoneNumbers.json`, {
      AreaCode: '415',
      VoiceApplicationSid: sid,
    });
    const { at } = await served(who);
    await post(who, at, { ProxyAddress: number.phone_number });
    return nothing;
  },
  'participant-conductor-closed': async (who) => {
    const { conductor, path } = await conducted(who);
    await voiced(who, path);
    await post(who, `${path}/Conductors`);
    await close(conductor.sid);
    return nothing;
  },
  'participant-conductor-elsewhere': async (who) => {
    const { path } = await conducted(who);
    const { sid } = await voiced(who, path);
    const { conductor } = await conducted(who);
    await opened.context.transact((tx) =>
      updateParticipant(tx, sid, { conductorSid: conductor.sid }),
    );
    return nothing;
  },
  'proxy-address-not-ours': async (who) => {
    const { at } = await conducted(who, { ProxyAddress: '+15005550001' });
    const number = await post(who, `${who.own}/IncomingPhoneNumbers.json`, { AreaCode: '415' });
    return () => post(who, at, { ProxyAddress: number.phone_number });
  },
  'status-callback-is-voice-url': async (who) => {
    await served(who, { StatusCallback: checked(who) });
    return nothing;
  },
  'token-application-gone': async (who) => {
    const { application: used, at } = await served(who);
    const { sid } = await application(who);
    await auditOf(who, { Token: token(who, sid) });
    await ask(who, 'DELETE', `${who.own}/Applications/${sid}.json`);
    return async () => {
      // The token that named it has died meanwhile.
      await opened.store.transact((tx) =>
        tx
          .updateTable('sidUses')
          .set({ dateLastOccurred: opened.context.clock.now() - 24 * 3_600_000 - 1 })
          .where('sid', '=', sid)
          .execute(),
      );
      await auditOf(who, { Token: token(who, used.sid) });
      await post(who, at, { ApplicationSid: used.sid });
    };
  },
  'voice-url-accepts-unsigned': async (who) => {
    const { of } = await served(who, { VoiceUrl: `${customer.url}/open` });
    return () => post(who, of, { VoiceUrl: checked(who) });
  },
  'voice-url-empty': async (who) => {
    const { of } = await served(who, { VoiceUrl: '' });
    return () => post(who, of, { VoiceUrl: checked(who) });
  },
  'voice-url-invalid-twiml': async (who) => {
    const { of } = await served(who, { VoiceUrl: `${customer.url}/wrong` });
    return () => post(who, of, { VoiceUrl: checked(who) });
  },
  'voice-url-slow': async (who) => {
    const { of } = await served(who, { VoiceUrl: `${customer.url}/slow/${who.authToken}` });
    return () => post(who, of, { VoiceUrl: checked(who) });
  },
  'voice-url-unreachable': async (who) => {
    const { of } = await served(who, { VoiceUrl: 'http://127.0.0.1:1/' });
    return () => post(who, of, { VoiceUrl: checked(who) });
  },
  'webhook-never-fires': async (who) => {
    const { path } = await conducted(who);
    const { sid } = await post(who, `${path}/Webhooks`, {
      Target: 'webhook',
      'Configuration.Url': `${customer.url}/events`,
      'Configuration.Filters': 'onDeliveryUpdated',
    });
    return () =>
      post(who, `${path}/Webhooks/${sid}`, { 'Configuration.Filters': 'onMessageAdded' });
  },
};

test.each(Object.entries(broken))(
  '%s is found, and not any more once it is put right',
  async (rule, breakIt) => {
    const who = await newAccount();
    const repair = await breakIt(who);

    const audit = await auditOf(who);
    const own: Json[] = audit.findings.filter((finding: Json) => finding.rule === rule);

    expect(own).toMatchObject([{ severity: auditRules[rule as AuditRuleName], is_new: true }]);
    expect(own[0].text).toContain(own[0].sids[0]);
    expect(own[0].fix).not.toBe('');
    const { request } = own[0];
    if (request === null) await repair();
    else await ask(who, request.method, request.path, request.form);
    const after = await auditOf(who);
    expect(after.findings.filter((finding: Json) => finding.rule === rule)).toEqual([]);
  },
);

test('a VoiceUrl that answers within 3 s is not slow', async () => {
  const who = await newAccount();
  await served(who, { VoiceUrl: `${customer.url}/patient/${who.authToken}` });

  expect((await auditOf(who)).findings).toEqual([]);
});

test('every rule has a broken setting and its repaired twin', () => {
  expect(Object.keys(broken).toSorted()).toEqual(Object.keys(auditRules).toSorted());
});

test('an account whose bindings fit has no findings', async () => {
  const who = await newAccount();
  await served(who);

  const audit = await auditOf(who);

  expect(audit).toMatchObject({ findings: [], errors: 0, probed: true, complete: true });
});

test('a voice URL is asked as a call would, once with a wrong signature, and can tell that it is an audit', async () => {
  const who = await newAccount();
  await served(who);
  const before = customer.received.length;

  await auditOf(who);

  const asked = customer.received.slice(before);
  expect(asked.map((each) => each.isSignedWith(who.authToken))).toEqual([true, false]);
  for (const { parameters } of asked) {
    expect(parameters).toMatchObject({ AccountSid: who.sid, TuttiProbe: 'audit' });
    expect(parameters['CallSid']).toMatch(/^CA0{16}[0-9a-f]{16}$/);
  }
});

test('Probe=false asks nobody', async () => {
  const who = await newAccount();
  await served(who, { VoiceUrl: `${customer.url}/wrong` });
  const before = customer.received.length;

  const audit = await auditOf(who, { Probe: 'false' });

  expect(audit).toMatchObject({ probed: false, findings: [] });
  expect(customer.received).toHaveLength(before);
});

test('what the audit before had found is not new, and raises its alert once', async () => {
  const who = await newAccount();
  await served(who, { VoiceUrl: '' });

  const first = await auditOf(who);
  const second = await auditOf(who);
  const { alerts } = await ask(who, 'GET', '/monitor/v1/Alerts?ErrorCode=75040');
  const { audits } = await ask(who, 'GET', `${v1}/Audits`);
  const fetched = await ask(who, 'GET', `${v1}/Audits/${first.sid}`);

  expect(first).toMatchObject({ errors: 1, new_findings: 1, findings: [{ is_new: true }] });
  expect(second).toMatchObject({ errors: 1, new_findings: 0, findings: [{ is_new: false }] });
  expect(alerts).toMatchObject([
    { log_level: 'error', resource_sid: first.findings[0].sids[0], occurrences: 1 },
  ]);
  expect(alerts[0].alert_text).toContain('voice-url-empty');
  expect(audits.map(({ sid }: Json) => sid)).toEqual([second.sid, first.sid]);
  expect(audits[0]).not.toHaveProperty('findings');
  expect(fetched).toEqual(first);
});

test('a number fits whose Application is that of a caller’s Conductor, or of callers whom nobody names', async () => {
  const who = await newAccount();
  const { application: own, path } = await served(who);
  const number = async (sid: string): Promise<string> => {
    const form = { AreaCode: '415', VoiceApplicationSid: sid };
    return (await post(who, `${who.own}/IncomingPhoneNumbers.json`, form)).phone_number;
  };
  const shared = await number(own.sid);
  const { at } = await served(who);
  await post(who, at, { ProxyAddress: shared });
  const other = await number((await application(who)).sid);
  for (const [address, proxy] of [
    ['+15551230001', shared],
    ['+15551230002', other],
  ] as const) {
    await post(who, `${path}/Participants`, {
      'VoiceBinding.Address': address,
      'VoiceBinding.ProxyAddress': proxy,
    });
  }

  expect((await auditOf(who)).findings).toEqual([]);
});

test('a verified caller id may be a proxy address', async () => {
  const who = await newAccount();
  const { at } = await served(who);
  const phoneNumber = '+15005550001';
  const now = opened.context.clock.now();
  await opened.context.transact((tx) =>
    insertOutgoingCallerId(tx, {
      sid: mintSid('PN', now),
      accountSid: who.sid as Sid<'AC'>,
      phoneNumber,
      friendlyName: 'shop',
      dateCreated: now,
      dateUpdated: now,
    }),
  );

  await post(who, at, { ProxyAddress: phoneNumber });

  expect((await auditOf(who)).findings).toEqual([]);
});

test('the SIDs that a token grants are told to the ledger, and the token to nobody', async () => {
  const who = await newAccount();
  const other = (await application(who)).sid;
  const given = token(who, mintSid('CN', 0));

  const { findings } = await auditOf(who, { Token: [given, token(who, other)] });

  expect(findings).toMatchObject([{ rule: 'token-application-gone', is_new: true }]);
  const [sid] = findings[0].sids;
  expect(findings[0].text).toContain('This is the SID of a Conductor.');
  expect((await ask(who, 'GET', `${v1}/Sids/${sid}/Uses`)).uses).toMatchObject([
    {
      outcome: 'passed',
      place: 'grant',
      parameter: 'voice.outgoing.application_sid',
      method: 'POST',
      path: '/conversations/v1/Audits',
    },
  ]);
  // The application that a token names is used.
  expect((await auditOf(who)).findings.map(({ rule }: Json) => rule)).toEqual([
    'token-application-gone',
  ]);
});

test('what is no token of the account that is valid is refused, and nothing of it is kept', async () => {
  const [who, other] = [await newAccount(), await newAccount()];
  const { sid } = await application(who);
  for (const [wrong, problem] of [
    ['eyJhbGciOiJIUzI1NiJ9', 'three parts'],
    ['a.b.c', 'its header is no JSON'],
    [token(other, sid), `its sub is ${other.sid}; a token of ${who.sid} is expected`],
    [token(who, sid, -10), 'it expired at 20'],
  ] as const) {
    await expect(auditOf(who, { Token: [token(who, sid), wrong] })).rejects.toThrow(problem);
  }
  const many = Array.from({ length: 21 }, () => token(who, sid));
  await expect(auditOf(who, { Token: many })).rejects.toThrow('at most 20');

  expect((await ask(who, 'GET', `${v1}/Audits`)).audits).toEqual([]);
  const { uses } = await ask(who, 'GET', `${v1}/Sids/${sid}/Uses`);
  expect(uses.map(({ place }: Json) => place)).toEqual(['answer']);
});

test('an Application that a call named is used', async () => {
  const who = await newAccount();
  const { sid } = await application(who);
  const { phone_number: From } = await post(who, `${who.own}/IncomingPhoneNumbers.json`, {
    AreaCode: '415',
  });
  const before = await auditOf(who);

  await post(who, `${who.own}/Calls.json`, {
    From,
    To: 'sip:ann@127.0.0.1:1',
    ApplicationSid: sid,
  });

  expect(before.findings).toMatchObject([{ rule: 'application-unused' }]);
  expect((await auditOf(who)).findings).toEqual([]);
});

test('an audit of another account is not found', async () => {
  const [who, other] = [await newAccount(), await newAccount()];
  const { sid } = await auditOf(other);

  await expect(ask(who, 'GET', `${v1}/Audits/${sid}`)).rejects.toThrow('404');
  expect((await ask(who, 'GET', `${v1}/Audits`)).audits).toEqual([]);
  await expect(ask(who, 'GET', `${v1}/Audits/${randomIds.sid('BC')}`)).rejects.toThrow('20404');
});
