import { parseAddress } from '@tutti/ids';
import { refusal } from '../../base/app-error.ts';
import { callProgressEvents, callStatuses } from '../../model/call.ts';
import {
  applicationSid,
  boolean,
  filter,
  integer,
  listOf,
  method,
  oneOf,
  sid,
  text,
  url,
} from '../fields.ts';
import type { Field } from '../form.ts';
import { looseSpan } from '../span.ts';
import { machineDetectionFields } from './machine-detection-fields.ts';
import { recordingFields } from './recording-fields.ts';

/** Twilio: voice/api/call-resource#timeout */
const TIMEOUT_MAX_SEC = 600;
const DAY_SEC = 86_400;
const TWIML_MAX = 4000;
const CALL_REASON_MAX = 50;

export const seconds = (min: number, max: number): Field<number> =>
  integer(min, max, (given, name) => refusal('invalidTimeout', { name, given, min, max }));

const twiml: Field<string> = {
  read: (values) => {
    const given = values.at(-1) ?? '';
    if (given.length > TWIML_MAX) throw refusal('twimlTooLong', { length: given.length });
    return given;
  },
};

/** Twilio: voice/api/call-resource#senddigits */
const sendDigits: Field<string> = {
  read: (values) => {
    const given = values.at(-1) ?? '';
    if (!/^[0-9A-Da-d#*wW]{1,32}$/.test(given)) throw refusal('invalidSendDigits', { given });
    return given;
  },
};

/** Twilio: voice/api/call-resource#callreason; a SIP header cannot have line breaks. */
const callReason: Field<string> = {
  read: (values, name) => {
    const given = values.at(-1) ?? '';
    if (given.length <= CALL_REASON_MAX && !/\p{Cc}/u.test(given)) return given;
    const problem = `${given.length} characters were given; at most ${CALL_REASON_MAX} in one line are expected.`;
    throw refusal('invalidParameter', { name, problem });
  },
};

/** A parameter of Twilio that nothing here carries: refused, unless it asks for what happens anyway. */
export const notCarried = (...harmless: string[]): Field<undefined> => ({
  read: (values, name) => {
    const given = values.at(-1) ?? '';
    if (given === '' || harmless.includes(given.toLowerCase())) return undefined;
    throw refusal('notCarried', { name, given, problem: `Leave ${name} out.` });
  },
});

/** What a call does, on creation and on update. */
const instructionFields = {
  Url: url('invalidUrl'),
  Method: method('invalidMethod'),
  Twiml: twiml,
  FallbackUrl: url('invalidUrl'),
  FallbackMethod: method('invalidMethod'),
  StatusCallback: url('invalidUrl'),
  StatusCallbackMethod: method('invalidMethod'),
  TimeLimit: seconds(1, DAY_SEC),
  ConductorSid: sid('CN'),
};

/** What calling a participant takes, too. */
export const dialFields = {
  ...instructionFields,
  From: text(),
  ApplicationSid: applicationSid,
  StatusCallbackEvent: listOf(oneOf(callProgressEvents)),
  Timeout: seconds(1, TIMEOUT_MAX_SEC),
  SendDigits: sendDigits,
  SipAuthUsername: text(),
  SipAuthPassword: text(),
  Record: boolean,
  ...recordingFields,
  ...machineDetectionFields,
  AsyncAmd: boolean,
  AsyncAmdStatusCallback: url('invalidUrl'),
  AsyncAmdStatusCallbackMethod: method('invalidMethod'),
  CallReason: callReason,
  CallToken: text(),
  Byoc: text(),
  ClientNotificationUrl: url('invalidUrl'),
  Passports: notCarried(),
};

export const createFields = {
  ...dialFields,
  To: text(),
  CallerId: text(),
};

export const updateFields = { ...instructionFields, Status: oneOf(['canceled', 'completed']) };

export const filterFields = {
  To: filter,
  From: filter,
  ParentCallSid: sid('CA'),
  Status: oneOf(callStatuses),
  ConductorSid: sid('CN'),
  StartTime: looseSpan,
  'StartTime<': looseSpan,
  'StartTime>': looseSpan,
  EndTime: looseSpan,
  'EndTime<': looseSpan,
  'EndTime>': looseSpan,
};

/** A number, SIP URI or `client:` identity to call. @throws RequestError noTo, invalidTo */
export function readTo(given: string | undefined): string {
  if (given === undefined || given === '') throw refusal('noTo', {});
  const parsed = parseAddress(given);
  if (parsed.ok) {
    const { type } = parsed.value;
    if (type === 'phone') return parsed.value.address;
    if (type === 'sip' || type === 'client') return given;
    throw refusal('invalidTo', { given, problem: `A ${type} address cannot be called.` });
  }
  throw refusal('invalidTo', { given, problem: parsed.error.message });
}

/** The caller id. @throws RequestError noFrom, invalidFrom */
export function readFrom(given: string | undefined, to: string): string {
  if (given === undefined || given === '') throw refusal('noFrom', {});
  const parsed = parseAddress(given);
  const toPhone = to.startsWith('+');
  if (parsed.ok && parsed.value.type === 'phone') return parsed.value.address;
  if (parsed.ok && !toPhone && (parsed.value.type === 'sip' || parsed.value.type === 'client')) {
    return given;
  }
  const problem = toPhone
    ? 'A call to a number shows a number of yours: +15551234567.'
    : parsed.ok
      ? `A ${parsed.value.type} address cannot be a caller.`
      : parsed.error.message;
  throw refusal('invalidFrom', { given, problem });
}
