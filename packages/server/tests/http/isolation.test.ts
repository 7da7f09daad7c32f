import { raiseAlert } from '../../src/actions/raise-alert.ts';
import { writeFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import type { TableMetadata } from 'kysely';
import type { Sid } from '@tutti/ids';
import { createPocketsphinxEngine } from '@tutti/media';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addRecording } from '../../src/actions/add-recording.ts';
import { enqueueCall } from '../../src/actions/enqueue-call.ts';
import { finishRecording } from '../../src/actions/finish-recording.ts';
import { leaveQueue } from '../../src/actions/leave-queue.ts';
import { recordValidation } from '../../src/actions/record-validation.ts';
import { recordCallProgress } from '../../src/actions/record-call-progress.ts';
import { updateRecording } from '../../src/store/recordings.ts';
import { writeSidUses } from '../../src/actions/write-sid-uses.ts';
import { startRecording } from '../../src/actions/start-recording.ts';
import { startLiveTranscription } from '../../src/actions/start-live-transcription.ts';
import { startStream } from '../../src/actions/start-stream.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { products } from '../../src/http/products.ts';
import { Readiness } from '../../src/http/tutti/readiness.ts';
import { deliveryId } from '../../src/model/delivery.ts';
import { updateCall } from '../../src/store/calls.ts';
import { insertDeliveryAttempt } from '../../src/store/delivery-attempts.ts';
import { MediaFiles } from '../../src/store/media-files.ts';
import { updatePendingEntry } from '../../src/store/outbox.ts';
import { insertTranscription } from '../../src/store/transcriptions.ts';
import type { Form, Json } from '../_server.ts';
import { open, postgres, sqlite, type OpenedStore } from '../store/_engines.ts';

/**
 * Every route that the server registers is tried by one account with the SIDs and names of another: in each segment of
 * its path and each parameter that carries one. A route, collection or parameter that is not known here fails the test.
 */

interface Route {
  readonly method: string;
  readonly url: string;
  readonly parameters: readonly string[];
  readonly isPublic: boolean;
}

/** An account with one of every resource. */
interface World {
  readonly accountSid: Sid<'AC'>;
  readonly authToken: string;
  /** In every text of its own that is no name. */
  readonly mark: string;
  readonly sids: Readonly<Record<Kind, string>>;
  /** What its resources are found by besides SIDs. */
  readonly names: Readonly<Partial<Record<Kind, string>>>;
  /** A service that is not the default, so that it can be deleted. */
  readonly otherService: string;
  readonly phoneNumber: string;
}

type Kind =
  | 'AC'
  | 'AE'
  | 'AL'
  | 'AP'
  | 'BC'
  | 'CA'
  | 'CF'
  | 'CH'
  | 'CL'
  | 'CN'
  | 'CR'
  | 'dlv'
  | 'GT'
  | 'guest'
  | 'tape'
  | 'verified'
  | 'IM'
  | 'IP'
  | 'IS'
  | 'MB'
  | 'ME'
  | 'member'
  | 'MG'
  | 'MZ'
  | 'NO'
  | 'PN'
  | 'QU'
  | 'RE'
  | 'RL'
  | 'SD'
  | 'SK'
  | 'TR'
  | 'WH';

const collections: Readonly<Record<string, Kind>> = {
  Accounts: 'AC',
  Alerts: 'NO',
  Applications: 'AP',
  Audits: 'BC',
  Calls: 'CA',
  Conferences: 'CF',
  Conductors: 'CN',
  Conversations: 'CH',
  CredentialListMappings: 'CL',
  CredentialLists: 'CL',
  Credentials: 'CR',
  Deliveries: 'dlv',
  Domains: 'SD',
  Events: 'AE',
  IncomingPhoneNumbers: 'PN',
  IpAccessControlListMappings: 'AL',
  IpAccessControlLists: 'AL',
  IpAddresses: 'IP',
  Keys: 'SK',
  Media: 'ME',
  Messages: 'IM',
  Notifications: 'NO',
  OutgoingCallerIds: 'verified',
  Members: 'member',
  Participants: 'MB',
  Queues: 'QU',
  Recordings: 'RE',
  Services: 'IS',
  Sids: 'CH',
  Streams: 'MZ',
  Transcriptions: 'TR',
  Voice: 'CA',
  Webhooks: 'WH',
};

/** What routes say is not carried, whosever the call is. */
const uncarried = new Set([
  'Payments',
  'Siprec',
  'UserDefinedMessages',
  'UserDefinedMessageSubscriptions',
]);

/** By the last part of a parameter's name. Undefined: no account has one. */
const parameterKinds: Readonly<Record<string, Kind | undefined>> = {
  AccountSid: 'AC',
  ActorSid: 'SK',
  AddressSid: undefined,
  ApplicationSid: 'AP',
  BundleSid: undefined,
  ByocTrunkSid: undefined,
  CallSid: 'CA',
  CallSidToCoach: 'CA',
  ConductorSid: 'CN',
  ConferenceSid: undefined,
  ContentSid: undefined,
  ConversationSid: 'CH',
  CredentialListSid: 'CL',
  EmergencyAddressSid: undefined,
  EmergencyCallerSid: undefined,
  FlowSid: undefined,
  IdentitySid: undefined,
  IpAccessControlListSid: 'AL',
  MediaSid: 'ME',
  MessagingServiceSid: 'MG',
  ParentCallSid: 'CA',
  ResourceSid: 'CA',
  RoleSid: 'RL',
  SmsApplicationSid: 'AP',
  TrunkSid: undefined,
  VoiceApplicationSid: 'AP',
};

/** Parameters that carry a phone number: another account's is refused. */
const numberParameters = new Set(['From', 'CallerId', 'PhoneNumber']);

/** Several accounts may verify one number, each for itself. */
const VERIFIED = '+15105559999';

const PASSWORD = 'IWasAtSignal2018';

let count = 0;
const unique = (): string => `${(count += 1)}`;

const url = (world: World): string => `https://${world.mark}.example.com/hook`;

/** A form that each POST takes, by its path without the service. */
const forms: Readonly<Record<string, (world: World) => Form>> = {
  '/accounts/v1/AuthTokens/Promote': () => ({}),
  '/accounts/v1/AuthTokens/Secondary': () => ({}),
  '/api/2010-04-01/Accounts': () => ({}),
  '/monitor/v1/Debugger/Webhook': (world) => ({ Url: url(world) }),
  '/api/2010-04-01/Accounts/:AccountSid': ({ mark }) => ({ FriendlyName: mark }),
  '/api/2010-04-01/Accounts/:AccountSid/Applications': ({ mark }) => ({ FriendlyName: mark }),
  '/api/2010-04-01/Accounts/:AccountSid/Applications/:Sid': ({ mark }) => ({ FriendlyName: mark }),
  '/api/2010-04-01/Accounts/:AccountSid/Calls': ({ phoneNumber }) => ({
    To: 'sip:nobody@127.0.0.1',
    From: phoneNumber,
    Twiml: '<Response/>',
  }),
  '/api/2010-04-01/Accounts/:AccountSid/Calls/:Sid': (world) => ({ FallbackUrl: url(world) }),
  '/api/2010-04-01/Accounts/:AccountSid/Calls/:CallSid/Recordings': () => ({}),
  '/api/2010-04-01/Accounts/:AccountSid/Calls/:CallSid/Recordings/:Sid': () => ({
    Status: 'paused',
  }),
  '/api/2010-04-01/Accounts/:AccountSid/Calls/:CallSid/Payments': () => ({}),
  '/api/2010-04-01/Accounts/:AccountSid/Calls/:CallSid/Siprec': () => ({}),
  '/api/2010-04-01/Accounts/:AccountSid/Calls/:CallSid/UserDefinedMessages': () => ({}),
  '/api/2010-04-01/Accounts/:AccountSid/Calls/:CallSid/UserDefinedMessageSubscriptions': () => ({}),
  '/api/2010-04-01/Accounts/:AccountSid/Calls/:CallSid/Transcriptions': (world) => ({
    StatusCallbackUrl: url(world),
  }),
  '/api/2010-04-01/Accounts/:AccountSid/Calls/:CallSid/Transcriptions/:Sid': () => ({
    Status: 'stopped',
  }),
  '/api/2010-04-01/Accounts/:AccountSid/Calls/:CallSid/Streams': ({ mark }) => ({
    Url: `wss://${mark}.example.com/stream`,
  }),
  '/api/2010-04-01/Accounts/:AccountSid/Calls/:CallSid/Streams/:Sid': () => ({
    Status: 'stopped',
  }),
  '/api/2010-04-01/Accounts/:AccountSid/Conferences/:Sid': () => ({ Status: 'completed' }),
  '/api/2010-04-01/Accounts/:AccountSid/Conferences/:ConferenceSid/Recordings/:Sid': () => ({
    Status: 'paused',
  }),
  '/api/2010-04-01/Accounts/:AccountSid/Conferences/:ConferenceSid/Participants': ({
    phoneNumber,
  }) => ({ To: 'sip:nobody@127.0.0.1', From: phoneNumber }),
  '/api/2010-04-01/Accounts/:AccountSid/Conferences/:ConferenceSid/Participants/:CallSid': () => ({
    Hold: 'true',
  }),
  '/api/2010-04-01/Accounts/:AccountSid/IncomingPhoneNumbers': () => ({ AreaCode: '510' }),
  '/api/2010-04-01/Accounts/:AccountSid/IncomingPhoneNumbers/Local': () => ({ AreaCode: '510' }),
  '/api/2010-04-01/Accounts/:AccountSid/IncomingPhoneNumbers/Mobile': () => ({ AreaCode: '510' }),
  '/api/2010-04-01/Accounts/:AccountSid/IncomingPhoneNumbers/TollFree': () => ({ AreaCode: '510' }),
  '/api/2010-04-01/Accounts/:AccountSid/IncomingPhoneNumbers/:Sid': ({ mark }) => ({
    FriendlyName: mark,
  }),
  '/api/2010-04-01/Accounts/:AccountSid/OutgoingCallerIds': () => ({
    PhoneNumber: `+1510555${unique().padStart(4, '0')}`,
  }),
  '/api/2010-04-01/Accounts/:AccountSid/OutgoingCallerIds/:Sid': ({ mark }) => ({
    FriendlyName: mark,
  }),
  '/api/2010-04-01/Accounts/:AccountSid/Queues': () => ({ FriendlyName: unique() }),
  '/api/2010-04-01/Accounts/:AccountSid/Queues/:Sid': () => ({ MaxSize: '10' }),
  '/api/2010-04-01/Accounts/:AccountSid/Queues/:QueueSid/Members/:CallSid': (world) => ({
    Url: url(world),
  }),
  '/api/2010-04-01/Accounts/:AccountSid/Keys': ({ mark }) => ({ FriendlyName: mark }),
  '/api/2010-04-01/Accounts/:AccountSid/Keys/:Sid': ({ mark }) => ({ FriendlyName: mark }),
  ...sipForms(),
  '/conversations/v1/Audits': () => ({ Probe: 'false' }),
  '/conversations/v1/Configuration/Webhooks': (world) => ({ PostWebhookUrl: url(world) }),
  '/conversations/v1/Conversations': ({ mark }) => ({ FriendlyName: mark }),
  '/conversations/v1/Conversations/:ConversationSid/Conductors': ({ mark }) => ({
    FriendlyName: mark,
  }),
  '/conversations/v1/Conversations/:ConversationSid/Conductors/:Sid': ({ mark }) => ({
    FriendlyName: mark,
  }),
  '/conversations/v1/Deliveries/:Id/Replay': () => ({}),
  '/conversations/v1/Deliveries/Replay': () => ({}),
  '/conversations/v1/Conversations/:ConversationSid/Messages': ({ mark }) => ({ Body: mark }),
  '/conversations/v1/Conversations/:ConversationSid/Messages/:Sid': ({ mark }) => ({ Body: mark }),
  '/conversations/v1/Conversations/:ConversationSid/Participants': () => ({ Identity: unique() }),
  '/conversations/v1/Conversations/:ConversationSid/Participants/:ParticipantSid/Calls': (
    world,
  ) => ({ From: world.phoneNumber }),
  '/conversations/v1/Conversations/:ConversationSid/Participants/:Sid': ({ mark }) => ({
    Attributes: JSON.stringify({ mark }),
  }),
  '/conversations/v1/Conversations/:ConversationSid/Webhooks': (world) => ({
    Target: 'webhook',
    'Configuration.Url': url(world),
    'Configuration.Filters': 'onMessageAdded',
  }),
  '/conversations/v1/Conversations/:ConversationSid/Webhooks/:Sid': (world) => ({
    'Configuration.Url': url(world),
  }),
  '/conversations/v1/Conversations/:Sid': ({ mark }) => ({ FriendlyName: mark }),
  '/conversations/v1/Services': ({ mark }) => ({ FriendlyName: mark }),
};

function sipForms(): Record<string, (world: World) => Form> {
  const sip = '/api/2010-04-01/Accounts/:AccountSid/SIP';
  const named = ({ mark }: World): Form => ({ FriendlyName: mark });
  const credentialList = ({ sids }: World): Form => ({ CredentialListSid: sids.CL });
  const accessList = ({ sids }: World): Form => ({ IpAccessControlListSid: sids.AL });
  const mappings = `${sip}/Domains/:DomainSid`;
  return {
    [`${sip}/Domains`]: () => ({ DomainName: `d${unique()}.example.com` }),
    [`${sip}/Domains/:Sid`]: named,
    [`${sip}/CredentialLists`]: named,
    [`${sip}/CredentialLists/:Sid`]: named,
    [`${sip}/CredentialLists/:CredentialListSid/Credentials`]: () => ({
      Username: unique(),
      Password: PASSWORD,
    }),
    [`${sip}/CredentialLists/:CredentialListSid/Credentials/:Sid`]: () => ({ Password: PASSWORD }),
    [`${sip}/IpAccessControlLists`]: named,
    [`${sip}/IpAccessControlLists/:Sid`]: named,
    [`${sip}/IpAccessControlLists/:IpAccessControlListSid/IpAddresses`]: ({ mark }) => ({
      FriendlyName: mark,
      IpAddress: '192.0.2.1',
    }),
    [`${sip}/IpAccessControlLists/:IpAccessControlListSid/IpAddresses/:Sid`]: named,
    [`${mappings}/CredentialListMappings`]: credentialList,
    [`${mappings}/IpAccessControlListMappings`]: accessList,
    [`${mappings}/Auth/Calls/CredentialListMappings`]: credentialList,
    [`${mappings}/Auth/Calls/IpAccessControlListMappings`]: accessList,
    [`${mappings}/Auth/Registrations/CredentialListMappings`]: credentialList,
  };
}

const inService = '/Services/:ChatServiceSid';
const withoutService = (path: string): string =>
  path.startsWith('/conversations/') ? path.replace(inService, '') : path;

let opened: OpenedStore;
let files: MediaFiles;
let app: FastifyInstance;
const routes: Route[] = [];
let main: World;
let tables: readonly TableMetadata[];

beforeAll(async () => {
  opened =
    process.env['TUTTI_TEST_ENGINE'] === 'postgres'
      ? await open(postgres)
      : await open(sqlite, { kind: 'memory' });
  files = new MediaFiles(opened.config);
  const info = {
    uri: 'sip:127.0.0.1',
    secureUri: undefined,
    counts: { calls: 0, bridges: 0, legs: 0, ticks: 0, lateTicks: 0 },
  };
  app = createHttpServer(opened.context, { strict: false, trustedProxies: [] }, [
    (given) => {
      given.app.addHook('onRoute', ({ method, url: path, config }) => {
        for (const each of [method].flat()) {
          const { parameters = [], public: isPublic = false } = config ?? {};
          routes.push({ method: each, url: path, parameters, isPublic });
        }
      });
    },
    ...products(files, createPocketsphinxEngine(), {
      info,
      deliveries: { receiversDown: () => [] },
      readiness: new Readiness(opened.context, { isOpen: true }),
    }),
  ]);
  await app.ready();
  tables = await opened.store.db.introspection.getTables();
  main = await populate(await opened.account());
});
afterAll(async () => {
  await app.close();
  await files.close();
  await opened[Symbol.asyncDispose]();
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: Json;
}

async function ask(
  world: Pick<World, 'accountSid' | 'authToken'>,
  method: string,
  path: string,
  form: Form = {},
): Promise<Answer> {
  const encoded = new URLSearchParams(
    Object.entries(form).flatMap(([name, value]) =>
      [value].flat().map((each): [string, string] => [name, each]),
    ),
  ).toString();
  const isPost = method === 'POST';
  const { statusCode, body } = await app.inject({
    method: method as 'GET',
    url: isPost || encoded === '' ? path : `${path}?${encoded}`,
    headers: {
      authorization: `Basic ${Buffer.from(`${world.accountSid}:${world.authToken}`).toString('base64')}`,
      ...(isPost && { 'content-type': 'application/x-www-form-urlencoded' }),
    },
    ...(isPost && { payload: encoded }),
  });
  return { status: statusCode, text: body, body: body.startsWith('{') ? JSON.parse(body) : {} };
}

async function must(
  world: Pick<World, 'accountSid' | 'authToken'>,
  method: string,
  path: string,
  form?: Form,
): Promise<Json> {
  const { status, text, body } = await ask(world, method, path, form);
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
  return body;
}

async function newWorld(): Promise<World> {
  const made = await must(main, 'POST', '/api/2010-04-01/Accounts', {});
  return populate({ sid: made.sid, authToken: made.auth_token });
}

/** Gives the account one of every resource. */
async function populate(account: { sid: Sid<'AC'>; authToken: string }): Promise<World> {
  const { sid: accountSid, authToken } = account;
  const who = { accountSid, authToken };
  const mark = `private-${accountSid.slice(-12)}`;
  const name = `name-${accountSid.slice(-12)}`;
  const own = `/api/2010-04-01/Accounts/${accountSid}`;
  const hook = `https://${mark}.example.com/hook`;
  const v1 = '/conversations/v1';

  await must(who, 'POST', own, { FriendlyName: mark });
  const key = await must(who, 'POST', `${own}/Keys`, { FriendlyName: mark });
  const application = await must(who, 'POST', `${own}/Applications`, {
    FriendlyName: mark,
    VoiceUrl: hook,
  });
  const number = await must(who, 'POST', `${own}/IncomingPhoneNumbers`, {
    AreaCode: '415',
    FriendlyName: mark,
    VoiceApplicationSid: application.sid,
  });
  const domain = await must(who, 'POST', `${own}/SIP/Domains`, {
    DomainName: `${mark}.example.com`,
    FriendlyName: mark,
    VoiceUrl: hook,
  });
  const credentialList = await must(who, 'POST', `${own}/SIP/CredentialLists`, {
    FriendlyName: mark,
  });
  const credential = await must(
    who,
    'POST',
    `${own}/SIP/CredentialLists/${credentialList.sid}/Credentials`,
    { Username: mark, Password: PASSWORD },
  );
  const accessList = await must(who, 'POST', `${own}/SIP/IpAccessControlLists`, {
    FriendlyName: mark,
  });
  const address = await must(
    who,
    'POST',
    `${own}/SIP/IpAccessControlLists/${accessList.sid}/IpAddresses`,
    { FriendlyName: mark, IpAddress: '192.0.2.1' },
  );
  const authorize = `${own}/SIP/Domains/${domain.sid}/Auth`;
  for (const purpose of ['Calls', 'Registrations']) {
    await must(who, 'POST', `${authorize}/${purpose}/CredentialListMappings`, {
      CredentialListSid: credentialList.sid,
    });
  }
  await must(who, 'POST', `${authorize}/Calls/IpAccessControlListMappings`, {
    IpAccessControlListSid: accessList.sid,
  });
  const other = await must(who, 'POST', `${v1}/Services`, { FriendlyName: mark });
  const conversation = await must(who, 'POST', `${v1}/Conversations`, {
    FriendlyName: mark,
    UniqueName: name,
    Attributes: JSON.stringify({ mark }),
  });
  const inside = `${v1}/Conversations/${conversation.sid}`;
  const conductor = await must(who, 'POST', `${inside}/Conductors`, {
    UniqueName: name,
    FriendlyName: mark,
    ApplicationSid: application.sid,
    ProxyAddress: number.phone_number,
  });
  const participant = await must(who, 'POST', `${inside}/Participants`, {
    Identity: name,
    Attributes: JSON.stringify({ mark }),
    'VoiceBinding.Address': `client:${mark}`,
    'VoiceBinding.ConductorSid': conductor.sid,
  });
  const message = await must(who, 'POST', `${inside}/Messages`, { Author: name, Body: mark });
  const webhook = await must(who, 'POST', `${inside}/Webhooks`, {
    Target: 'webhook',
    'Configuration.Url': hook,
    'Configuration.Filters': 'onMessageAdded',
  });
  const configurations = [
    `${v1}/Configuration/Webhooks`,
    `${v1}/Services/${conversation.chat_service_sid}/Configuration/Webhooks`,
  ];
  for (const path of configurations) await must(who, 'POST', path, { PostWebhookUrl: hook });
  const call = await must(who, 'POST', `${own}/Calls`, {
    To: `sip:${mark}@127.0.0.1`,
    From: number.phone_number,
    ConductorSid: conductor.sid,
  });
  const { sid: recordingSid } = await startRecording(
    opened.context,
    { accountSid, callSid: call.sid },
    {
      source: 'RecordVerb',
      channels: 1,
      track: 'both',
      trim: 'do-not-trim',
      statusCallback: hook,
      statusCallbackMethod: 'POST',
      statusCallbackEvents: '[]',
    },
  );
  const transcriptionSid = opened.context.ids.sid('TR');
  await opened.context.transact((tx) =>
    insertTranscription(tx, {
      sid: transcriptionSid,
      accountSid,
      recordingSid,
      callSid: call.sid,
      status: 'completed',
      recordingUrl: hook,
      durationSec: 3,
      text: mark,
      callback: hook,
      errorCode: null,
      errorMessage: null,
      dateCreated: 1,
      dateUpdated: 1,
    }),
  );
  const { sid: liveTranscriptionSid } = await startLiveTranscription(
    opened.context,
    { accountSid, callSid: call.sid },
    {
      name: null,
      track: 'both_tracks',
      languageCode: 'en-US',
      partialResults: false,
      hints: mark,
      inboundTrackLabel: mark,
      outboundTrackLabel: null,
      statusCallback: hook,
      statusCallbackMethod: 'POST',
    },
  );
  const { sid: streamSid } = await startStream(
    opened.context,
    { accountSid, callSid: call.sid },
    {
      name: null,
      url: `wss://${mark}.example.com/stream`,
      track: 'inbound_track',
      parameters: '{}',
      statusCallback: hook,
      statusCallbackMethod: 'POST',
    },
  );
  const guest = await must(who, 'POST', `${own}/Conferences/${mark}/Participants`, {
    To: `sip:${mark}@127.0.0.1`,
    From: number.phone_number,
  });
  const waiting = await must(who, 'POST', `${own}/Calls`, {
    To: `sip:${mark}@127.0.0.1`,
    From: number.phone_number,
    Twiml: '<Response/>',
  });
  const { sid: waitingSid } = waiting;
  const answered = { status: 'in-progress' } as const;
  await recordCallProgress(opened.context, waitingSid, answered);
  const enqueued = await enqueueCall(opened.context, { sid: waitingSid, accountSid }, mark);
  const validation = await must(who, 'POST', `${own}/OutgoingCallerIds`, {
    PhoneNumber: VERIFIED,
    FriendlyName: mark,
  });
  await recordValidation(opened.context, validation.call_sid);
  const verified = await must(who, 'GET', `${own}/OutgoingCallerIds`);
  const tape = await recordedConference(opened, accountSid, guest);
  const sid = opened.context.ids.sid('ME');
  await writeFile(await files.pathOf(sid), mark);
  await addRecording(opened.context, {
    sid,
    accountSid,
    conductorSid: conductor.sid,
    sizeBytes: mark.length,
    durationMs: 1000,
  });
  const { seq: outboxSeq } = await opened.store.db
    .selectFrom('outbox')
    .select('seq')
    .where('accountSid', '=', accountSid)
    .where('kind', '=', 'webhook')
    .executeTakeFirstOrThrow();
  await opened.context.transact(async (tx) => {
    const done = { status: 'done', attempts: 1, dateAvailable: 1 } as const;
    await updatePendingEntry(tx, { seq: outboxSeq, attempts: 0 }, done);
    await insertDeliveryAttempt(tx, {
      outboxSeq,
      accountSid,
      eventType: 'onMessageAdded',
      resourceSid: message.sid,
      method: 'POST',
      url: hook,
      host: new URL(hook).host,
      idempotencyToken: null,
      replayOf: null,
      attempt: 1,
      requests: 1,
      statusCode: 200,
      errorCode: null,
      problem: null,
      durationMs: 1,
      dateCreated: 1,
    });
  });
  await ask(who, 'GET', `${v1}/Conversations/${mark}`);
  await must(who, 'POST', '/monitor/v1/Debugger/Webhook', { Url: hook });
  const alertSid = await raiseAlert(opened.context, {
    accountSid,
    errorCode: 11_200,
    level: 'error',
    text: mark,
    resourceSid: call.sid,
  });
  const audit = await must(who, 'POST', `${v1}/Audits`, { Probe: 'false' });
  const { events } = await must(who, 'GET', '/monitor/v1/Events');
  const { defaultConversationRoleSid } = await opened.store.db
    .selectFrom('services')
    .select('defaultConversationRoleSid')
    .where('sid', '=', conversation.chat_service_sid)
    .executeTakeFirstOrThrow();
  return {
    ...who,
    mark,
    names: { CH: name, CN: name, MB: name },
    otherService: other.sid,
    phoneNumber: number.phone_number,
    sids: {
      AC: accountSid,
      dlv: deliveryId(outboxSeq),
      AE: events[0].sid,
      AL: accessList.sid,
      AP: application.sid,
      BC: audit.sid,
      CA: call.sid,
      CF: guest.conference_sid,
      guest: guest.call_sid,
      member: waitingSid,
      QU: enqueued?.queue.sid ?? '',
      tape,
      verified: verified.outgoing_caller_ids[0].sid,
      CH: conversation.sid,
      CL: credentialList.sid,
      CN: conductor.sid,
      CR: credential.sid,
      IM: message.sid,
      IP: address.sid,
      IS: conversation.chat_service_sid,
      MB: participant.sid,
      ME: sid,
      MG: conversation.messaging_service_sid,
      MZ: streamSid,
      NO: alertSid,
      PN: number.sid,
      RE: recordingSid,
      RL: defaultConversationRoleSid,
      SD: domain.sid,
      SK: key.sid,
      TR: transcriptionSid,
      GT: liveTranscriptionSid,
      WH: webhook.sid,
    },
  };
}

/** Every row of the account, by table. */
async function rowsOf({ accountSid }: World): Promise<Record<string, string>> {
  const { db } = opened.store;
  const rows: Record<string, string> = {};
  for (const { name, columns } of tables) {
    if (name.startsWith('kysely') || name.startsWith('sqlite')) continue;
    const owner = name === 'accounts' ? 'sid' : 'accountSid';
    if (!columns.some((column) => column.name === owner)) {
      throw new Error(`the table ${name} does not say whose a row is`);
    }
    rows[name] = JSON.stringify(
      await db
        .selectFrom(name as 'alerts')
        .selectAll()
        .where(owner as 'accountSid', '=', accountSid)
        .orderBy('seq')
        .execute(),
    );
  }
  return rows;
}

interface Segment {
  /** Its place in the path. */
  readonly at: number;
  readonly name: string;
  readonly kind: Kind;
}

function segmentsOf(route: Route): Segment[] {
  const parts = route.url.split('/');
  return parts.flatMap((part, at) => {
    if (!part.startsWith(':') || part === ':CountryCode') return [];
    const collection = parts[at - 1] ?? '';
    // Of a conference participants are calls, and recordings are its own; of a call transcriptions are live.
    const kind =
      part === ':CallSid' && collection === 'Participants'
        ? 'guest'
        : part === ':Sid' && route.url.includes('/:ConferenceSid/Recordings/')
          ? 'tape'
          : part === ':Sid' && route.url.includes('/:CallSid/Transcriptions/')
            ? 'GT'
            : collections[collection];
    if (kind === undefined) throw new Error(`${route.url}: nothing is known of ${collection}`);
    return [{ at, name: part.slice(1), kind }];
  });
}

/** A recording of the conference that `guest` is called into. */
async function recordedConference(
  { context }: OpenedStore,
  accountSid: Sid<'AC'>,
  guest: { readonly call_sid: string; readonly conference_sid: string },
): Promise<string> {
  const call = { accountSid, callSid: guest.call_sid as Sid<'CA'> };
  const { sid } = await startRecording(context, call, {
    source: 'Conference',
    channels: 1,
    track: 'both',
    trim: 'do-not-trim',
    statusCallback: null,
    statusCallbackMethod: 'POST',
    statusCallbackEvents: '[]',
  });
  const conferenceSid = guest.conference_sid as Sid<'CF'>;
  await context.transact((tx) => updateRecording(tx, sid, { conferenceSid }));
  return sid;
}

/** The route's path in the world of its caller, with what is given at some places of it. */
function pathOf(route: Route, world: World, given: ReadonlyMap<number, string> = new Map()) {
  const parts = route.url.split('/');
  for (const { at, name, kind } of segmentsOf(route)) {
    const own = kind === 'IS' && name === 'Sid' ? world.otherService : world.sids[kind];
    parts[at] = given.get(at) ?? own;
  }
  // Without the name of the format it is the sound, which is open to everybody.
  const path = parts.join('/').replace(':CountryCode', 'US');
  return path + (route.url.endsWith('/Recordings/:Sid') ? '.json' : '');
}

interface Attempt {
  readonly path: string;
  readonly form: Form;
  /** Whether the path names something of the other's. */
  readonly inPath: boolean;
  /** Whether the path names the other account itself. */
  readonly inAccount: boolean;
}

/** The other's SIDs and names in each segment, in all of them, and in each parameter that takes one. */
function attemptsOf(route: Route, caller: World, other: World): Attempt[] {
  const form = (): Form => forms[withoutService(route.url)]?.(caller) ?? {};
  const segments = segmentsOf(route);
  const attempts: Attempt[] = [];
  const inPath = (changed: readonly Segment[], value: (segment: Segment) => string): void => {
    attempts.push({
      path: pathOf(route, caller, new Map(changed.map((each) => [each.at, value(each)]))),
      form: route.method === 'POST' ? form() : {},
      inPath: true,
      inAccount: changed.some(({ kind }) => kind === 'AC'),
    });
  };
  for (const segment of segments) {
    inPath([segment], ({ kind }) => other.sids[kind]);
    const name = other.names[segment.kind];
    if (name !== undefined) inPath([segment], () => name);
  }
  // What explains any SID is asked for one of each kind.
  for (const sid of route.url.endsWith('/Sids/:Sid') ? Object.values(other.sids) : []) {
    inPath(segments, () => sid);
  }
  if (segments.length > 1) inPath(segments, ({ kind }) => other.sids[kind]);
  for (const parameter of route.parameters) {
    const last = parameter.split('.').at(-1) ?? '';
    if (!last.endsWith('Sid') && !numberParameters.has(last)) continue;
    if (last.endsWith('Sid') && !(last in parameterKinds)) {
      throw new Error(`${route.method} ${route.url}: nothing is known of ${parameter}`);
    }
    const kind = parameterKinds[last];
    const value = numberParameters.has(last) ? other.phoneNumber : kind && other.sids[kind];
    if (value === undefined) continue;
    attempts.push({
      path: pathOf(route, caller),
      form: { ...(route.method === 'POST' && form()), [parameter]: value },
      inPath: false,
      inAccount: kind === 'AC',
    });
  }
  return attempts;
}

/**
 * The main account is told which of its subaccounts has a SID that it asks for; and whoever used SIDs of others in paths
 * finds those paths among its uses.
 */
function isOwnUse(secret: string, { path }: Attempt, other: World, who?: World): boolean {
  if (path.endsWith('/Uses')) return Object.values(other.sids).includes(secret);
  return who === main && path.includes('/v1/Sids/') && secret === other.accountSid;
}

/** What of the other's is in the answer besides what was sent. */
function leaks(answer: Answer, attempt: Attempt, other: World, who?: World): string[] {
  const sent = `${attempt.path} ${Object.values(attempt.form).join(' ')}`;
  const secrets = [
    other.mark,
    other.authToken,
    other.phoneNumber,
    other.otherService,
    ...Object.values(other.sids),
  ].filter((secret) => !isOwnUse(secret, attempt, other, who));
  return secrets.filter((secret) => !sent.includes(secret) && answer.text.includes(secret));
}

function isAsPromised(
  route: Route,
  { inPath, inAccount }: Attempt,
  answer: Answer,
  who: World,
): boolean {
  const { status, body } = answer;
  // It explains any text, and says of another account's SID what it says of one that nobody has.
  if (route.url.endsWith('/Sids/:Sid')) return status === 200 && body.found === false;
  // Its own uses of it alone.
  if (route.url.endsWith('/Sids/:Sid/Uses')) {
    return body.uses.every((use: Json) => use.account_sid === who.accountSid);
  }
  if (inPath) return status === (inAccount ? 401 : 404);
  // Chooses as a list does, and finds nothing.
  if (route.url.endsWith('/Deliveries/Replay')) return status === 200;
  if (route.method === 'POST') return status === 400 || status === 404 || status === 409;
  return status === 200 || status === 400;
}

test('no route lets an account see or change what is of another', async () => {
  const [caller, sibling] = [await newWorld(), await newWorld()];
  const wrong: string[] = [];
  const posts = routes.filter(({ method, isPublic }) => method === 'POST' && !isPublic);
  expect(posts.map((each) => withoutService(each.url)).filter((path) => !(path in forms))).toEqual(
    [],
  );
  let attempted = 0;

  for (const [who, other] of [
    [caller, sibling],
    [caller, main],
    [main, caller],
  ] as const) {
    await writeSidUses(opened.context);
    const before = await rowsOf(other);
    // A table without a row of the other's would prove nothing.
    expect(Object.keys(before).filter((table) => before[table] === '[]')).toEqual([]);
    for (const route of routes) {
      if (route.isPublic) continue;
      for (const attempt of attemptsOf(route, who, other)) {
        // Its parent works in a subaccount.
        if (who === main && attempt.inPath && attempt.inAccount) continue;
        const answer = await ask(who, route.method, attempt.path, attempt.form);
        attempted += 1;
        const what = `${route.method} ${attempt.path} ${JSON.stringify(attempt.form)}`;
        if (!isAsPromised(route, attempt, answer, who)) {
          wrong.push(`${what}: ${answer.status} ${answer.text}`);
        }
        const leaked = leaks(answer, attempt, other, who);
        if (leaked.length > 0) wrong.push(`${what} tells ${leaked.join(' ')}: ${answer.text}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(await rowsOf(other)).toEqual(before);
  }

  expect(attempted).toBeGreaterThan(500);
}, 120_000);

/** What must be done first in a world where the route is then tried. */
const preparations: Readonly<Record<string, (world: World) => Promise<unknown>>> = {
  'DELETE /accounts/v1/AuthTokens/Secondary': (world) =>
    must(world, 'POST', '/accounts/v1/AuthTokens/Secondary'),
  'POST /accounts/v1/AuthTokens/Promote': (world) =>
    must(world, 'POST', '/accounts/v1/AuthTokens/Secondary'),
  'DELETE /api/2010-04-01/Accounts/:AccountSid/Calls/:Sid': endCall,
  'DELETE /api/2010-04-01/Accounts/:AccountSid/Calls/:CallSid/Recordings/:Sid': endRecording,
  'DELETE /api/2010-04-01/Accounts/:AccountSid/Recordings/:Sid': endRecording,
  'DELETE /api/2010-04-01/Accounts/:AccountSid/Conferences/:ConferenceSid/Recordings/:Sid': endTape,
  'DELETE /api/2010-04-01/Accounts/:AccountSid/SIP/CredentialLists/:Sid': removeDomain,
  'DELETE /api/2010-04-01/Accounts/:AccountSid/SIP/IpAccessControlLists/:Sid': removeDomain,
  'POST /api/2010-04-01/Accounts/:AccountSid/Calls/:CallSid/Recordings': answerCall,
  'POST /api/2010-04-01/Accounts/:AccountSid/Calls/:CallSid/Streams': answerCall,
  'POST /api/2010-04-01/Accounts/:AccountSid/Calls/:CallSid/Transcriptions': answerCall,
  'DELETE /conversations/v1/Conversations/:ConversationSid/Conductors/:Sid': endCall,
  // Ends it: another of its world would not be there any more.
  'POST /api/2010-04-01/Accounts/:AccountSid/Conferences/:Sid': async () => undefined,
  // Takes the member out.
  'POST /api/2010-04-01/Accounts/:AccountSid/Queues/:QueueSid/Members/:CallSid': async () =>
    undefined,
  'DELETE /api/2010-04-01/Accounts/:AccountSid/Queues/:Sid': ({ sids }) =>
    leaveQueue(opened.context, sids.member as Sid<'CA'>),
};

/** A list that decides something at a domain is not deleted. */
function removeDomain(world: World): Promise<unknown> {
  const path = `/api/2010-04-01/Accounts/${world.accountSid}/SIP/Domains/${world.sids.SD}`;
  return must(world, 'DELETE', path);
}

function endRecording({ sids }: World): Promise<unknown> {
  const outcome = { kind: 'absent', errorCode: null } as const;
  return finishRecording(opened.context, sids.RE as Sid<'RE'>, outcome);
}

function endTape({ sids }: World): Promise<unknown> {
  return endRecording({ sids: { ...sids, RE: sids.tape } } as World);
}

function answerCall({ sids }: World): Promise<unknown> {
  return opened.context.transact((tx) =>
    updateCall(tx, sids.CA as Sid<'CA'>, { status: 'in-progress' }),
  );
}

function endCall({ accountSid, sids, ...world }: World): Promise<unknown> {
  const path = `/api/2010-04-01/Accounts/${accountSid}/Calls/${sids.CA}`;
  return must({ ...world, accountSid }, 'POST', path, { Status: 'completed' });
}

test('every route takes the same with the SIDs of the account itself, and lists nothing of others', async () => {
  const [world, other] = [await newWorld(), await newWorld()];
  const wrong: string[] = [];

  for (const route of routes) {
    if (route.isPublic) continue;
    const prepare = preparations[`${route.method} ${withoutService(route.url)}`];
    const isFresh = route.method === 'DELETE' || prepare !== undefined;
    // Subaccounts are the main account's to make, and the whole server is its to watch.
    const makesAccount = route.method === 'POST' && route.url === '/api/2010-04-01/Accounts';
    const who =
      makesAccount || route.url === '/metrics' ? main : isFresh ? await newWorld() : world;
    await prepare?.(who);
    const isCarried = !uncarried.has(route.url.split('/').at(-1) ?? '');
    const form = route.method === 'POST' ? (forms[withoutService(route.url)]?.(who) ?? {}) : {};
    const path = pathOf(route, who);

    const answer = await ask(who, route.method, path, form);

    if (isCarried ? answer.status >= 300 : answer.status !== 501)
      wrong.push(`${route.method} ${path}: ${answer.status} ${answer.text}`);
    const attempt = { path, form, inPath: false, inAccount: false };
    const leaked = leaks(answer, attempt, other);
    if (leaked.length > 0) wrong.push(`${route.method} ${path} tells ${leaked.join(' ')}`);
  }

  expect(wrong).toEqual([]);
}, 120_000);

test('what is open to everybody is known, and a link to a medium opens no other', async () => {
  const [world, other] = [await newWorld(), await newWorld()];
  const item = '/mcs/v1/Services/:ChatServiceSid/Media/:Sid';

  const open = routes.filter(({ isPublic }) => isPublic).map((each) => each.url);
  const linkOf = async ({ sids, ...who }: World): Promise<URL> => {
    const path = `/mcs/v1/Services/${sids.IS}/Media/${sids.ME}`;
    return new URL(
      (await must({ ...who }, 'GET', path)).links.content_direct_temporary,
      'http://a',
    );
  };
  const own = await linkOf(world);
  const others = await linkOf(other);

  expect(open.toSorted()).toEqual(
    [
      '/',
      '/api/2010-04-01/Accounts/:AccountSid/RecordingMedia/:File',
      '/docs/errors/:Code',
      '/health',
      '/ready',
      `${item}/Content`,
    ].toSorted(),
  );
  const fetched = await app.inject({ url: own.pathname + own.search });
  const stolen = await app.inject({ url: others.pathname + own.search });
  expect([fetched.statusCode, fetched.body]).toEqual([200, world.mark]);
  expect([stolen.statusCode, stolen.body.includes(other.mark)]).toEqual([403, false]);
});
