import { isSid, type Sid } from '@tutti/ids';
import { placeCall, type CallToPlace } from '../../actions/place-call.ts';
import { removeCall } from '../../actions/remove-call.ts';
import { changeCall, methodAlone } from '../../actions/update-call.ts';
import { refusal } from '../../base/app-error.ts';
import { durationSec, type Call } from '../../model/call.ts';
import { spoken } from '../../model/phone-number.ts';
import { findCall, listCalls } from '../../store/calls.ts';
import type { Db } from '../../store/open-store.ts';
import { form, type FormValues } from '../form.ts';
import { nullable, orNull } from '../given.ts';
import { pathNotFound } from '../path-not-found.ts';
import { operation, type Routes } from '../operation.ts';
import { page2010, rfc2822Date, type Json } from '../render.ts';
import { dayOf } from '../span.ts';
import { alertNamed, type AlertSaid } from '../../actions/raise-alert.ts';
import { machineDetectionWarnings, readMachineDetection } from './machine-detection-fields.ts';
import { readRecording } from './recording-fields.ts';
import type { ScopedRequest } from '../conversations-v1/scope.ts';
import {
  createFields,
  type dialFields,
  filterFields,
  readFrom,
  readTo,
  updateFields,
} from './call-fields.ts';

const PAGE_MAX = 1000;
/** Twilio: voice/api/call-resource#timeout */
const DEFAULT_TIMEOUT_SEC = 60;

const create = form(createFields);
const update = form(updateFields);
const filters = form(filterFields);

/** Twilio: voice/api/call-resource */
export function callRoutes(routes: Routes): void {
  const { context } = routes;
  const { db } = context;
  const collection = '/2010-04-01/Accounts/:AccountSid/Calls';
  const item = '/2010-04-01/Accounts/:AccountSid/Calls/:Sid';

  operation(routes, {
    method: 'POST',
    path: collection,
    parameters: create,
    status: 201,
    handle: async (request) => {
      const { values } = request;
      const to = readTo(values.To);
      const call = await placeCall(context, {
        ...toPlace(values),
        accountSid: request.caller.account.sid,
        to,
        from: readFrom(values.CallerId ?? values.From, to),
      });
      return renderCall(call);
    },
  });

  operation(routes, {
    method: 'GET',
    path: collection,
    parameters: filters,
    handle: async (request) => {
      const { values } = request;
      const wanted = request.page(PAGE_MAX);
      const page = await listCalls(
        db,
        request.caller.account.sid,
        {
          to: values.To,
          from: values.From,
          parentCallSid: values.ParentCallSid,
          status: values.Status,
          conductorSid: values.ConductorSid,
          // A plain StartTime is that day. Twilio: voice/api/call-resource#read-multiple-call-resources
          startedFrom: (values['StartTime>'] ?? dayOf(values.StartTime))?.from,
          startedUntil: (values['StartTime<'] ?? dayOf(values.StartTime))?.until,
          endedFrom: (values['EndTime>'] ?? dayOf(values.EndTime))?.from,
          endedUntil: (values['EndTime<'] ?? dayOf(values.EndTime))?.until,
        },
        wanted,
      );
      return page2010('calls', page.items.map(renderCall), request, wanted, page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: item,
    handle: async (request) => renderCall(await callOf(db, request)),
  });

  operation(routes, {
    method: 'POST',
    path: item,
    parameters: update,
    handle: async (request) => {
      const call = await callOf(db, request);
      const { values } = request;
      const changed = await changeCall(
        context,
        { accountSid: call.accountSid, callSid: call.sid },
        {
          status: values.Status,
          url: values.Url === '' ? undefined : values.Url,
          method: values.Method,
          twiml: values.Twiml === '' ? undefined : values.Twiml,
          fallbackUrl: nullable(values.FallbackUrl),
          fallbackMethod: values.FallbackMethod,
          statusCallback: nullable(values.StatusCallback),
          statusCallbackMethod: values.StatusCallbackMethod,
          timeLimitSec: values.TimeLimit,
          conductorSid: values.ConductorSid,
        },
      );
      return renderCall(changed);
    },
  });

  operation(routes, {
    method: 'DELETE',
    path: item,
    status: 204,
    handle: async (request) => {
      const call = await callOf(db, request);
      await removeCall(context, { accountSid: call.accountSid, callSid: call.sid });
    },
  });
}

async function callOf(db: Db, request: ScopedRequest): Promise<Call> {
  const key = request.path['Sid'] ?? '';
  const call = isSid(key, 'CA') ? await findCall(db, key) : undefined;
  if (call === undefined || call.accountSid !== request.caller.account.sid) {
    throw pathNotFound(request, key, 'CA');
  }
  return call;
}

/** What the parameters of a new call come to, besides who is called. */
export function toPlace(
  values: Partial<FormValues<typeof dialFields>>,
): Omit<CallToPlace, 'accountSid' | 'to' | 'from'> {
  const url = orNull(values.Url);
  const twiml = orNull(values.Twiml);
  const applicationSid: Sid<'AP'> | null = values.ApplicationSid ?? null;
  const conductorSid = values.ConductorSid ?? null;
  const username = orNull(values.SipAuthUsername);
  const password = orNull(values.SipAuthPassword);
  if (username !== null && password === null) throw refusal('sipPasswordMissing', {});
  return {
    url,
    method: values.Method ?? 'POST',
    twiml,
    applicationSid,
    fallbackUrl: orNull(values.FallbackUrl),
    fallbackMethod: values.FallbackMethod ?? 'POST',
    statusCallback: orNull(values.StatusCallback),
    statusCallbackMethod: values.StatusCallbackMethod ?? 'POST',
    statusCallbackEvents: values.StatusCallbackEvent ?? ['completed'],
    timeoutSec: values.Timeout ?? DEFAULT_TIMEOUT_SEC,
    timeLimitSec: values.TimeLimit ?? null,
    sendDigits: values.SendDigits ?? null,
    sipAuthUsername: username,
    sipAuthPassword: password,
    recording:
      values.Record === true
        ? readRecording(values, { source: 'OutboundAPI', trim: 'trim-silence' })
        : null,
    callReason: orNull(values.CallReason),
    machineDetection: readMachineDetection(values, {
      isAsync: values.AsyncAmd ?? false,
      statusCallback: orNull(values.AsyncAmdStatusCallback),
      statusCallbackMethod: values.AsyncAmdStatusCallbackMethod,
    }),
    warnings: [...withoutEffect(values), ...machineDetectionWarnings(values)],
    conductorSid,
  };
}

const problems = {
  CallToken: 'The number that From shows must be one of the account; none is shown by a token.',
  Byoc: 'Calls to numbers leave by the trunk of TUTTI_SIP_TRUNK.',
  ClientNotificationUrl: 'A client hears of a call by its own registration.',
} as const;

/** What was given and changes nothing. */
function withoutEffect(values: Partial<FormValues<typeof dialFields>>): AlertSaid[] {
  const names = Object.keys(problems) as (keyof typeof problems)[];
  const ignored: { name: string; problem: string }[] = names
    .filter((name) => orNull(values[name]) !== null)
    .map((name) => ({ name, problem: problems[name] }));
  if (orNull(values.RecordingStatusCallback) !== null && values.Record !== true) {
    const problem = 'The call is not recorded: send Record=true too.';
    ignored.push({ name: 'RecordingStatusCallback', problem });
  }
  if (values.Method !== undefined && orNull(values.Url) === null) ignored.push(methodAlone);
  return ignored.map((each) => alertNamed('parameterWithoutEffect', each));
}

/** When it was answered; of a call that ended unanswered, when it was placed. Null while it waits or rings. */
function startOf(call: Omit<Call, 'seq'>): string | null {
  if (call.startTime !== null) return rfc2822Date(call.startTime);
  return call.endTime === null ? null : rfc2822Date(call.dateCreated);
}

/** Twilio: voice/api/call-resource#call-properties; the three SIDs of a binding are ours. */
export function renderCall(call: Omit<Call, 'seq'>): Json {
  const base = `/2010-04-01/Accounts/${call.accountSid}/Calls/${call.sid}`;
  const seconds = durationSec(call);
  return {
    sid: call.sid,
    account_sid: call.accountSid,
    parent_call_sid: call.parentCallSid,
    to: call.to,
    to_formatted: spoken(call.to),
    from: call.from,
    from_formatted: spoken(call.from),
    phone_number_sid: call.phoneNumberSid,
    status: call.status,
    start_time: startOf(call),
    end_time: call.endTime === null ? null : rfc2822Date(call.endTime),
    duration: seconds === undefined ? null : String(seconds),
    price: null,
    price_unit: 'USD',
    direction: call.direction,
    answered_by: call.answeredBy,
    annotation: null,
    api_version: '2010-04-01',
    forwarded_from: null,
    group_sid: null,
    caller_name: null,
    queue_time: '0',
    trunk_sid: null,
    conductor_sid: call.conductorSid,
    conversation_sid: call.conversationSid,
    participant_sid: call.participantSid,
    date_created: rfc2822Date(call.dateCreated),
    date_updated: rfc2822Date(call.dateUpdated),
    uri: `${base}.json`,
    subresource_uris: {
      notifications: `${base}/Notifications.json`,
      recordings: `${base}/Recordings.json`,
      payments: `${base}/Payments.json`,
      events: `${base}/Events.json`,
      siprec: `${base}/Siprec.json`,
      streams: `${base}/Streams.json`,
      transcriptions: `${base}/Transcriptions.json`,
      user_defined_message_subscriptions: `${base}/UserDefinedMessageSubscriptions.json`,
      user_defined_messages: `${base}/UserDefinedMessages.json`,
    },
  };
}
