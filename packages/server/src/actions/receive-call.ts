import type { Sid } from '@tutti/ids';
import { alertText } from '../base/app-error.ts';
import { catalogue, type ErrorName } from '../base/error-catalogue.ts';
import type { Application } from '../model/application.ts';
import type { Call } from '../model/call.ts';
import type { Conductor } from '../model/conductor.ts';
import type { Participant } from '../model/participant.ts';
import type { PhoneNumber } from '../model/phone-number.ts';
import type { SipDomain } from '../model/sip-domain.ts';
import { findMainAccount, holdActiveAccount } from '../store/accounts.ts';
import { findApplication } from '../store/applications.ts';
import { insertCall } from '../store/calls.ts';
import { findConductor, findConductorByProxyAddress } from '../store/conductors.ts';
import { lockConversation } from '../store/conversations.ts';
import { findVoiceBinding } from '../store/participants.ts';
import { findPhoneNumberByDigits } from '../store/phone-numbers.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import { announceBoundCall } from './announce-call.ts';
import { bindingOf, participantFor, type CallBinding } from './bind-call.ts';
import { systemOrigin, type ActionContext } from './context.ts';
import { lockForCall, requireRoom } from './find-conductor.ts';
import { firstConductor } from './first-conductor.ts';
import { addAlert, alertLevel } from './raise-alert.ts';
import { RequestError } from '../base/app-error.ts';
import { noteMade } from './note-made.ts';

/** An INVITE that came in. */
export interface CallReceived {
  /** Canonical addresses: E.164 or `sip:`. */
  readonly from: string;
  readonly to: string;
  /** The SIP domain that was called, whose lists have let it in. */
  readonly domain?: SipDomain;
  /** What its webhooks carry of SIP. */
  readonly sipParameters?: Readonly<Record<string, string>>;
  /** The registered phone that calls: to its own account it is `client:` and its name. */
  readonly phone?: { readonly accountSid: Sid<'AC'>; readonly client: string } | undefined;
}

type Addresses = Pick<CallReceived, 'from' | 'to' | 'domain' | 'sipParameters'>;

export type ReceivedCall =
  | { readonly kind: 'taken'; readonly call: New<Call> }
  | {
      /** Nobody is there, or there is no room. An alert says why. */
      readonly kind: 'refused';
      readonly sipStatus: 404 | 486;
    };

/**
 * Decides what an inbound call is for: the Conductor of the voice binding of (caller, dialled), else the Conductor
 * whose proxy address was dialled, else what the dialled number says. All of the account whose address it is; nobody
 * gets calls by naming a number of another account.
 */
export async function receiveCall(
  context: ActionContext,
  { from: caller, to, phone, domain, sipParameters }: CallReceived,
): Promise<ReceivedCall> {
  return context.transact(async (tx) => {
    const number = domain === undefined ? await findPhoneNumberByDigits(tx, to) : undefined;
    const owner =
      domain?.accountSid ??
      number?.accountSid ??
      (await findConductorByProxyAddress(tx, to))?.accountSid;
    const isOwn = phone !== undefined && (owner === undefined || owner === phone.accountSid);
    const received = {
      from: isOwn ? phone.client : caller,
      to,
      ...(domain === undefined ? {} : { domain }),
      ...(sipParameters === undefined ? {} : { sipParameters }),
    };
    const { from } = received;
    const bound = await findVoiceBinding(tx, isOwn ? phone.accountSid : owner, from, to);
    const called = owner ?? bound?.accountSid;
    if (called !== undefined && !(await holdActiveAccount(tx, called))) {
      const text = alertText('callToInactiveAccount', { from, to, account: called });
      await warn(tx, context, called, 'callToInactiveAccount', text, number?.sid ?? null);
      return { kind: 'refused', sipStatus: 404 };
    }
    const target = await findTarget(tx, context, bound, to, called);
    if (target !== undefined) {
      try {
        await requireRoom(tx, target.conductor);
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        await warn(
          tx,
          context,
          target.conductor.accountSid,
          error.errorName,
          error.message,
          target.conductor.sid,
        );
        return { kind: 'refused', sipStatus: 486 };
      }
      const participant =
        target.participantSid === undefined
          ? await participantFor(tx, context, target.conductor, from, to)
          : { sid: target.participantSid };
      const { accountSid, applicationSid } = target.conductor;
      const application =
        applicationSid === null ? undefined : await findApplication(tx, accountSid, applicationSid);
      const binding = bindingOf(target.conductor, participant);
      const call = newCall(context, received, accountSid, number, application, binding);
      await insertCall(tx, call);
      noteMade(tx, context, call);
      await announceBoundCall(tx, context, call, 'onCallAdded');
      return { kind: 'taken', call };
    }

    if (domain !== undefined) {
      const { accountSid, sid } = domain;
      if (domain.voiceUrl === null) {
        const text = alertText('sipDomainWithoutInstructions', {
          from,
          to,
          sid,
          account: accountSid,
        });
        await warn(tx, context, accountSid, 'sipDomainWithoutInstructions', text, sid);
        return { kind: 'refused', sipStatus: 404 };
      }
      const call = newCall(context, received, accountSid, undefined, undefined, undefined);
      await insertCall(tx, call);
      return { kind: 'taken', call };
    }
    if (number === undefined) {
      const main = await findMainAccount(tx);
      if (main !== undefined) {
        await warn(
          tx,
          context,
          main.sid,
          'nobodyAtAddress',
          alertText('nobodyAtAddress', { from, to }),
          null,
        );
      }
      return { kind: 'refused', sipStatus: 404 };
    }
    const { accountSid, voiceApplicationSid } = number;
    const application =
      voiceApplicationSid === null
        ? undefined
        : await findApplication(tx, accountSid, voiceApplicationSid);
    if ((application ?? number).voiceUrl === null) {
      const text = alertText('numberWithoutInstructions', {
        from,
        to,
        sid: number.sid,
        account: accountSid,
      });
      await warn(tx, context, accountSid, 'numberWithoutInstructions', text, number.sid);
      return { kind: 'refused', sipStatus: 404 };
    }
    const call = newCall(context, received, accountSid, number, application, undefined);
    await insertCall(tx, call);
    noteMade(tx, context, call);
    return { kind: 'taken', call };
  });
}

async function findTarget(
  tx: Tx,
  context: ActionContext,
  bound: Participant | undefined,
  to: string,
  accountSid: Sid<'AC'> | undefined,
): Promise<{ conductor: New<Conductor>; participantSid: Sid<'MB'> | undefined } | undefined> {
  const own = bound && (await conductorOf(tx, context, bound));
  if (own !== undefined && own.status !== 'closed') {
    return { conductor: own, participantSid: bound?.sid };
  }
  const found = await findConductorByProxyAddress(tx, to, accountSid);
  const conductor = found && (await lockForCall(tx, found));
  if (conductor?.status === 'closed') return undefined;
  return conductor && { conductor, participantSid: undefined };
}

/** The Conductor of a voice binding; of one whose Conductor is gone, that of its conversation. */
async function conductorOf(
  tx: Tx,
  context: ActionContext,
  { accountSid, conductorSid, conversationSid }: Participant,
): Promise<New<Conductor> | undefined> {
  if (conductorSid !== null) {
    const found = await findConductor(tx, accountSid, conductorSid);
    return found && lockForCall(tx, found);
  }
  const conversation = await lockConversation(tx, conversationSid);
  if (conversation === undefined || conversation.state === 'closed') return undefined;
  return firstConductor(tx, context, conversation, systemOrigin);
}

async function warn(
  tx: Tx,
  context: ActionContext,
  accountSid: Sid<'AC'>,
  name: ErrorName,
  text: string,
  resourceSid: string | null,
): Promise<void> {
  await addAlert(tx, context, {
    accountSid,
    errorCode: catalogue[name].code,
    level: alertLevel(name) ?? 'error',
    text,
    resourceSid: resourceSid ?? undefined,
    // Whoever reaches the port writes the numbers in the text.
    source: `INVITE ${resourceSid ?? ''}`,
  });
}

function newCall(
  { ids, clock, node }: ActionContext,
  { from, to, domain, sipParameters }: Addresses,
  accountSid: Sid<'AC'>,
  number: PhoneNumber | undefined,
  application: Application | undefined,
  binding: CallBinding | undefined,
): New<Call> {
  const now = clock.now();
  // A bound call without an application joins the bridge; it has no URLs of its own.
  const dialled = number ?? (domain && urlsOf(domain));
  const told = application ?? dialled;
  const urls = application ?? (binding === undefined ? dialled : undefined);
  return {
    sid: ids.sid('CA'),
    accountSid,
    parentCallSid: null,
    to,
    from,
    status: 'ringing',
    direction: 'inbound',
    startTime: null,
    endTime: null,
    phoneNumberSid: number?.sid ?? null,
    conductorSid: binding?.conductorSid ?? null,
    conversationSid: binding?.conversationSid ?? null,
    participantSid: binding?.participantSid ?? null,
    url: urls?.voiceUrl ?? null,
    method: urls?.voiceMethod ?? 'POST',
    twiml: null,
    applicationSid: application?.sid ?? null,
    fallbackUrl: urls?.voiceFallbackUrl ?? null,
    fallbackMethod: urls?.voiceFallbackMethod ?? 'POST',
    statusCallback: told?.statusCallback ?? null,
    statusCallbackMethod: told?.statusCallbackMethod ?? 'POST',
    statusCallbackEvents: JSON.stringify(['completed']),
    timeoutSec: 60,
    timeLimitSec: null,
    sipParameters: sipParameters === undefined ? null : JSON.stringify(sipParameters),
    sendDigits: null,
    sipAuthUsername: null,
    sipAuthPassword: null,
    recording: null,
    callReason: null,
    machineDetection: null,
    validation: null,
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

/** A domain's URLs under the names that a number's have. */
function urlsOf(domain: SipDomain) {
  return {
    ...domain,
    statusCallback: domain.voiceStatusCallbackUrl,
    statusCallbackMethod: domain.voiceStatusCallbackMethod,
  };
}
