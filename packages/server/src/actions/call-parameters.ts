import { rfc2822Date } from '../base/http-date.ts';
import { durationSec, isLive, type Call } from '../model/call.ts';
import type { Validation } from '../model/outgoing-caller-id.ts';

/** Where a number is at home is known to nobody here; programs that read the names find them empty. */
const placeParameters = Object.fromEntries(
  ['From', 'To', 'Caller', 'Called'].flatMap((side) =>
    ['City', 'State', 'Zip', 'Country'].map((part) => [side + part, '']),
  ),
);

/** What every voice webhook of a call carries; the three last when it is bound. Twilio: voice/twiml#request-parameters */
export function callParameters(call: Omit<Call, 'seq'>): Record<string, string> {
  return {
    CallSid: call.sid,
    AccountSid: call.accountSid,
    From: call.from,
    To: call.to,
    Caller: call.from,
    Called: call.to,
    CallStatus: call.status,
    ApiVersion: '2010-04-01',
    Direction: call.direction,
    ...sipParameters(call),
    ...placeParameters,
    ...answerParameters(call),
    ...(call.parentCallSid === null ? {} : { ParentCallSid: call.parentCallSid }),
    ...(call.applicationSid === null ? {} : { ApplicationSid: call.applicationSid }),
    ...(call.conversationSid === null ? {} : { ConversationSid: call.conversationSid }),
    ...(call.conductorSid === null ? {} : { ConductorSid: call.conductorSid }),
    ...(call.participantSid === null ? {} : { ParticipantSid: call.participantSid }),
  };
}

/** Who answered, once it is known. Twilio: voice/answering-machine-detection */
export function answerParameters({
  answeredBy,
  machineDetectionMs,
}: Pick<Call, 'answeredBy' | 'machineDetectionMs'>): Record<string, string> {
  if (answeredBy === null) return {};
  return { AnsweredBy: answeredBy, MachineDetectionDuration: String(machineDetectionMs ?? 0) };
}

/** What a status callback carries. Twilio: voice/api/call-resource#statuscallback */
export function progressParameters(
  call: Omit<Call, 'seq'>,
  sequenceNumber: number,
  at: number,
): Record<string, string> {
  const seconds = durationSec(call);
  return {
    ...callParameters(call),
    Timestamp: rfc2822Date(at),
    CallbackSource: 'call-progress-events',
    SequenceNumber: String(sequenceNumber),
    ...(seconds === undefined
      ? {}
      : { CallDuration: String(seconds), Duration: String(Math.ceil(seconds / 60)) }),
    ...(call.sipResponseCode === null ? {} : { SipResponseCode: String(call.sipResponseCode) }),
    ...validationParameters(call),
  };
}

/** Whether a number was verified. Twilio: voice/api/outgoing-caller-ids#add-an-outgoing-caller-id, StatusCallback */
function validationParameters(call: Omit<Call, 'seq'>): Record<string, string> {
  if (call.validation === null || isLive(call)) return {};
  const { outgoingCallerIdSid: sid } = JSON.parse(call.validation) as Validation;
  if (sid === null) return { VerificationStatus: 'failed' };
  return { VerificationStatus: 'success', OutgoingCallerIdSid: sid };
}

/** Of a call to a SIP domain: SipDomain, SipCallId and what else its INVITE told. */
function sipParameters({ sipParameters: kept }: Omit<Call, 'seq'>): Record<string, string> {
  return kept === null ? {} : (JSON.parse(kept) as Record<string, string>);
}
