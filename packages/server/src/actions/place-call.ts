import type { Sid } from '@tutti/ids';
import { parseAddress } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { Application } from '../model/application.ts';
import type { Call, CallProgressEvent } from '../model/call.ts';
import type { Conductor } from '../model/conductor.ts';
import type { MachineDetection } from '../model/machine-detection.ts';
import type { Validation } from '../model/outgoing-caller-id.ts';
import type { RecordingSettings } from '../model/recording.ts';
import type { HttpMethod } from '../model/voice-urls.ts';
import { holdActiveAccount } from '../store/accounts.ts';
import { findApplication } from '../store/applications.ts';
import { insertCall } from '../store/calls.ts';
import { listConductors } from '../store/conductors.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import { notify } from './announce.ts';
import { announceBoundCall, announceProgress } from './announce-call.ts';
import { bindingOf, participantFor, type CallBinding } from './bind-call.ts';
import { systemOrigin, type ActionContext } from './context.ts';
import { findCallerId } from './find-caller-id.ts';
import { findOpenConductor, requireRoom } from './find-conductor.ts';
import { findOpenConversation } from './find-open-conversation.ts';
import { firstConductor } from './first-conductor.ts';
import { addAlert, alertNamed, type AlertSaid } from './raise-alert.ts';
import { requireApplication } from './require-application.ts';

export interface CallToPlace {
  readonly accountSid: Sid<'AC'>;
  readonly to: string;
  readonly from: string;
  readonly url: string | null;
  readonly method: HttpMethod;
  readonly twiml: string | null;
  readonly applicationSid: Sid<'AP'> | null;
  readonly fallbackUrl: string | null;
  readonly fallbackMethod: HttpMethod;
  readonly statusCallback: string | null;
  readonly statusCallbackMethod: HttpMethod;
  readonly statusCallbackEvents: readonly CallProgressEvent[];
  readonly timeoutSec: number;
  readonly timeLimitSec: number | null;
  readonly sendDigits: string | null;
  readonly sipAuthUsername: string | null;
  readonly sipAuthPassword: string | null;
  /** Recorded from its answer. */
  readonly recording?: RecordingSettings | null;
  readonly callReason?: string | null;
  /** Who answers is found out. */
  readonly machineDetection?: MachineDetection | null;
  /** What of the request is not carried out as it was given. */
  readonly warnings?: readonly AlertSaid[];
  /** It verifies a number, and has no instructions. */
  readonly validation?: Validation;
  /** Binds the call. */
  readonly conductorSid: Sid<'CN'> | null;
  /** The participant who is called; absent: found by address, or made. */
  readonly participantSid?: Sid<'MB'>;
  /** In whose conversation the Conductor must be, and is sought when none is named; absent: any, or none. */
  readonly conversationSid?: Sid<'CH'>;
}

/**
 * Puts a call into the queue of the voice door; a refused one changes nothing and dials nobody.
 *
 * @throws RequestError callFromInactiveAccount, fromNotOurs, invalidApplicationSid, sidMismatch and those of the Conductor
 */
export async function placeCall(context: ActionContext, input: CallToPlace): Promise<New<Call>> {
  return context.transact((tx) => placeCallIn(tx, context, input));
}

/** As `placeCall`, inside a transaction under way. */
export async function placeCallIn(
  tx: Tx,
  context: ActionContext,
  input: CallToPlace,
): Promise<New<Call>> {
  const { url, twiml, applicationSid, conductorSid, conversationSid, validation } = input;
  const isBound = conductorSid !== null || conversationSid !== undefined;
  const isServed = isBound || validation !== undefined;
  if (url === null && twiml === null && applicationSid === null && !isServed) {
    throw refusal('noInstructions', {});
  }
  await requireActiveAccount(tx, input);
  const phoneNumberSid = await callerIdOf(tx, input);
  const conductor = await conductorFor(tx, context, input);
  const application = await applicationFor(tx, input, conductor);
  const binding = conductor && (await bind(tx, context, input, conductor));
  const call = newCall(context, input, application, binding);
  const placed: New<Call> = { ...call, phoneNumberSid };
  const nextSequenceNumber = await announceProgress(tx, context, placed, 'initiated');
  await insertCall(tx, { ...placed, nextSequenceNumber });
  await announceBoundCall(tx, context, placed, 'onCallAdded');
  await warn(tx, context, placed, input);
  notify(tx, context, placed, placed.sid, { kind: 'call-placed', callSid: placed.sid });
  return placed;
}

/** What of the request is not carried out as it was given. */
async function warn(
  tx: Tx,
  context: ActionContext,
  { sid: resourceSid, accountSid }: New<Call>,
  { url, twiml, warnings = [] }: CallToPlace,
): Promise<void> {
  const both = url !== null && twiml !== null ? [alertNamed('bothUrlAndTwiml', { url })] : [];
  for (const said of [...warnings, ...both])
    await addAlert(tx, context, { accountSid, ...said, resourceSid });
}

/** The Conductor that is named, else that of the conversation. @throws RequestError of the Conductor */
async function conductorFor(
  tx: Tx,
  context: ActionContext,
  { accountSid, conductorSid, conversationSid }: CallToPlace,
): Promise<New<Conductor> | undefined> {
  const conversation = conversationSid && { sid: conversationSid };
  if (conductorSid !== null) {
    return findOpenConductor(tx, accountSid, conductorSid, 'ConductorSid', conversation);
  }
  if (conversationSid === undefined) return undefined;
  const open = await findOpenConversation(tx, accountSid, conversationSid);
  return firstConductor(tx, context, open, systemOrigin);
}

async function bind(
  tx: Tx,
  context: ActionContext,
  input: CallToPlace,
  conductor: New<Conductor>,
): Promise<CallBinding> {
  await requireRoom(tx, conductor);
  const participant =
    input.participantSid === undefined
      ? await participantFor(tx, context, conductor, input.to, input.from)
      : { sid: input.participantSid };
  return bindingOf(conductor, participant);
}

/** Its parent may still ask for calls of a suspended account. Twilio: errors 10001 */
async function requireActiveAccount(tx: Tx, { accountSid }: CallToPlace): Promise<void> {
  if (await holdActiveAccount(tx, accountSid)) return;
  throw refusal('callFromInactiveAccount', { account: accountSid }, { resourceSid: accountSid });
}

/** A number that is shown is one that the account has, or has verified. Twilio: errors 21210 */
async function callerIdOf(tx: Tx, { from, accountSid }: CallToPlace): Promise<Sid<'PN'> | null> {
  const parsed = parseAddress(from);
  if (!parsed.ok || parsed.value.type !== 'phone') return null;
  const sid = await findCallerId(tx, accountSid, from);
  if (sid === undefined) throw refusal('fromNotOurs', { given: from, account: accountSid });
  return sid;
}

/** The Application that is named, which must serve; else the Conductor's. @throws RequestError invalidApplicationSid, sidMismatch */
async function applicationFor(
  tx: Tx,
  { accountSid, applicationSid }: CallToPlace,
  conductor: New<Conductor> | undefined,
): Promise<Application | undefined> {
  if (applicationSid === null) {
    if (conductor?.applicationSid == null) return undefined;
    return findApplication(tx, accountSid, conductor.applicationSid);
  }
  const application = await requireApplication(tx, accountSid, applicationSid);
  if (conductor !== undefined && conductor.applicationSid !== applicationSid) {
    throw await mismatch(tx, conductor, applicationSid);
  }
  if (application.voiceUrl === null && conductor === undefined) {
    throw refusal('invalidApplicationSid', {
      given: applicationSid,
      explanation: 'Its VoiceUrl is empty, so the call would have nothing to do. Set VoiceUrl.',
    });
  }
  return application;
}

async function mismatch(
  tx: Tx,
  conductor: New<Conductor>,
  applicationSid: Sid<'AP'>,
): Promise<Error> {
  const { items } = await listConductors(
    tx,
    conductor.accountSid,
    { applicationSid },
    { pageSize: 5, page: 0, cursor: undefined },
  );
  const own =
    conductor.applicationSid === null
      ? `Conductor ${conductor.sid} has no Application.`
      : `Conductor ${conductor.sid} is bound to Application ${conductor.applicationSid}.`;
  const others =
    items.length === 0
      ? `Application ${applicationSid} has no Conductor.`
      : `The Conductors of Application ${applicationSid}: ${items.map(({ sid }) => sid).join(', ')}.`;
  return refusal(
    'sidMismatch',
    {
      application: applicationSid,
      conductor: conductor.sid,
      hint: `${own} ${others} Leave ApplicationSid out, or set it on the Conductor.`,
    },
    { resourceSid: conductor.sid, details: { related: items.map(({ sid }) => sid) } },
  );
}

/**
 * The row of a placed call. An Application given with the call wins over all URLs given with it
 * (Twilio: voice/api/call-resource#applicationsid); that of a Conductor is asked only when nothing else is said.
 */
function newCall(
  { ids, clock, node }: Pick<ActionContext, 'ids' | 'clock' | 'node'>,
  input: CallToPlace,
  application: Application | undefined,
  binding: CallBinding | undefined,
): New<Call> {
  const now = clock.now();
  const explicit = input.applicationSid !== null && application !== undefined;
  const callbackOfApplication = explicit || (application && input.statusCallback === null);
  const callback =
    callbackOfApplication && application?.statusCallback != null
      ? {
          statusCallback: application.statusCallback,
          statusCallbackMethod: application.statusCallbackMethod,
          statusCallbackEvents: JSON.stringify(['completed']),
        }
      : {
          statusCallback: explicit ? null : input.statusCallback,
          statusCallbackMethod: input.statusCallbackMethod,
          statusCallbackEvents: JSON.stringify(input.statusCallbackEvents),
        };
  const instructed = explicit || (input.url === null && input.twiml === null);
  const serving = instructed ? application : undefined;
  const instructions = serving
    ? {
        url: serving.voiceUrl,
        method: serving.voiceMethod,
        twiml: null,
        fallbackUrl: serving.voiceFallbackUrl,
        fallbackMethod: serving.voiceFallbackMethod,
      }
    : {
        url: input.url,
        method: input.method,
        twiml: input.url === null ? input.twiml : null,
        fallbackUrl: input.fallbackUrl,
        fallbackMethod: input.fallbackMethod,
      };
  return {
    sid: ids.sid('CA'),
    accountSid: input.accountSid,
    parentCallSid: null,
    to: input.to,
    from: input.from,
    status: 'queued',
    direction: 'outbound-api',
    startTime: null,
    endTime: null,
    phoneNumberSid: null,
    conductorSid: binding?.conductorSid ?? null,
    conversationSid: binding?.conversationSid ?? null,
    participantSid: binding?.participantSid ?? null,
    ...instructions,
    applicationSid: serving?.sid ?? null,
    ...callback,
    timeoutSec: input.timeoutSec,
    timeLimitSec: input.timeLimitSec,
    sipParameters: null,
    sendDigits: input.sendDigits,
    sipAuthUsername: input.sipAuthUsername,
    sipAuthPassword: input.sipAuthPassword,
    recording: input.recording == null ? null : JSON.stringify(input.recording),
    callReason: input.callReason ?? null,
    machineDetection:
      input.machineDetection == null ? null : JSON.stringify(input.machineDetection),
    validation: input.validation === undefined ? null : JSON.stringify(input.validation),
    answeredBy: null,
    machineDetectionMs: null,
    sipResponseCode: null,
    media: null,
    node,
    nextSequenceNumber: 0,
    dateCreated: now,
    dateUpdated: now,
  };
}
