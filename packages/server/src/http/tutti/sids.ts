import { explainSid, sidKinds, type Sid, type SidExplanation, type SidPrefix } from '@tutti/ids';
import type { ActionContext } from '../../actions/context.ts';
import { writeSidUses } from '../../actions/write-sid-uses.ts';
import type { Instant } from '../../base/clock.ts';
import { isoDateMs } from '../../base/http-date.ts';
import type { Account } from '../../model/account.ts';
import { isLive } from '../../model/call.ts';
import { sidUseOutcomes, type SidUse } from '../../model/sid-use.ts';
import { findAccount } from '../../store/accounts.ts';
import { findAlert } from '../../store/alerts.ts';
import { findApiKey } from '../../store/api-keys.ts';
import { findAudit } from '../../store/audits.ts';
import { findApplication } from '../../store/applications.ts';
import { findCall, listLiveCallsOfConductor } from '../../store/calls.ts';
import { findConference } from '../../store/conferences.ts';
import { listConferenceMembers } from '../../store/conference-participants.ts';
import { findConductor, listConductors, listOpenConductors } from '../../store/conductors.ts';
import { findConversation } from '../../store/conversations.ts';
import { findMonitorEvent } from '../../store/monitor-events.ts';
import { findMessageBySid } from '../../store/messages.ts';
import type { Db } from '../../store/open-store.ts';
import { findOutgoingCallerId } from '../../store/outgoing-caller-ids.ts';
import {
  findParticipantBySid,
  listParticipantsOfConductor,
  listVoiceParticipantsOfProxy,
} from '../../store/participants.ts';
import { findPhoneNumber, listPhoneNumbersOfApplication } from '../../store/phone-numbers.ts';
import { pageQueueMembers } from '../../store/queue-members.ts';
import { findQueue } from '../../store/queues.ts';
import { findRecordingEvenDeleted } from '../../store/recordings.ts';
import { findDeletion, findOwnerOfSid, listSidUses } from '../../store/sid-uses.ts';
import { findMedia } from '../../store/media.ts';
import { findService } from '../../store/services.ts';
import { findScopedWebhookBySid } from '../../store/webhooks.ts';
import { oneOf } from '../fields.ts';
import { form } from '../form.ts';
import { operation, type Routes } from '../operation.ts';
import { isoDate, productPage, type Json } from '../render.ts';

/** What is known of a SID besides its kind. */
interface Found {
  readonly state?: string;
  /** Path of the resource. */
  readonly path?: string;
  readonly dateCreated: Instant;
  /** SIDs it is bound to, by the name a parameter would carry them under. */
  readonly boundTo?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly hints?: readonly string[];
}

type Finder = (db: Db, account: Account, sid: string) => Promise<Found | undefined>;

const PAGE_MAX = 1000;
const filters = form({ Outcome: oneOf(sidUseOutcomes) });

/** `GET /v1/Sids/{text}`: what any text is, where it lives and what it is bound to; and its uses. */
export function sidRoutes(routes: Routes): void {
  const { context } = routes;
  const { db } = context;
  operation(routes, {
    method: 'GET',
    path: '/v1/Sids/:Sid',
    noted: false,
    handle: async (request) => {
      const sid = request.path['Sid'] ?? '';
      const { account } = request.caller;
      const explanation = explainSid(sid);
      const prefix = explanation.kind === 'sid' ? explanation.prefix : undefined;
      const found = prefix === undefined ? undefined : await finders[prefix]?.(db, account, sid);
      const missing =
        prefix === undefined || found !== undefined
          ? undefined
          : await whyMissing(context, account, prefix, sid);
      return {
        sid,
        kind: prefix === undefined ? explanation.kind : sidKinds[prefix].name,
        explanation: explanation.sentence,
        wrong_at: wrongAt(explanation),
        parameters: prefix === undefined ? [] : sidKinds[prefix].parameters,
        found: found !== undefined,
        account_sid: found === undefined ? null : account.sid,
        state: found?.state ?? null,
        url: found?.path === undefined ? null : request.base + found.path,
        date_created: found === undefined ? null : isoDate(found.dateCreated),
        date_deleted: missing?.deleted === undefined ? null : isoDate(missing.deleted),
        bound_to: found?.boundTo ?? {},
        hints: found?.hints ?? missing?.hints ?? [],
        links: { uses: `${request.base}/v1/Sids/${encodeURIComponent(sid)}/Uses` },
      } satisfies Json;
    },
  });

  operation(routes, {
    method: 'GET',
    path: '/v1/Sids/:Sid/Uses',
    parameters: filters,
    noted: false,
    handle: async (request) => {
      const wanted = request.page(PAGE_MAX);
      const sid = request.path['Sid'] ?? '';
      // What this process has not written yet is seen too.
      await writeSidUses(context);
      const page = await listSidUses(
        db,
        request.caller.account.sid,
        sid,
        { outcome: request.values.Outcome },
        wanted,
      );
      return productPage('uses', page.items.map(renderUse), request, wanted, page);
    },
  });
}

function renderUse(use: SidUse): Json {
  return {
    sid: use.sid,
    account_sid: use.accountSid,
    outcome: use.outcome,
    place: use.place,
    parameter: use.parameter,
    method: use.method,
    path: use.path,
    request_sid: use.requestSid,
    call_sid: use.callSid,
    error_code: use.errorCode === null ? null : String(use.errorCode),
    occurrences: use.occurrences,
    date_created: isoDateMs(use.dateCreated),
    date_last_occurred: isoDateMs(use.dateLastOccurred),
  };
}

/** Which characters of a malformed SID are wrong, counted from 1; null where it is something else that is wrong. */
function wrongAt(explanation: SidExplanation): Json | null {
  switch (explanation.kind) {
    case 'not-hexadecimal':
      return { character: explanation.index + 1, given: explanation.character };
    case 'wrong-length':
      return { length: explanation.length, expected: explanation.expected };
    case 'lower-case-prefix':
    case 'unknown-prefix':
      return { character: 1, given: explanation.prefix };
    case 'surrounded':
      return wrongAt(explanation.inner);
    default:
      return null;
  }
}

interface Missing {
  readonly hints: readonly string[];
  readonly deleted?: Instant;
}

/** Why a SID that is well formed names nothing of the account's. Of other accounts' it says that alone. */
async function whyMissing(
  context: ActionContext,
  account: Account,
  prefix: SidPrefix,
  sid: string,
): Promise<Missing> {
  const { db } = context;
  await writeSidUses(context);
  const deleted = await findDeletion(db, account.sid, sid);
  if (deleted !== undefined) {
    return { deleted, hints: [`It was deleted at ${isoDate(deleted)}. What names it is refused.`] };
  }
  const connectApp =
    prefix === 'CN'
      ? ['If it came from Twilio, it is a Connect App; Twilio has no Conductors.']
      : [];
  const owner = await findOwnerOfSid(db, prefix, sid);
  if (owner === undefined) {
    return {
      hints: [
        'Nothing in this account has this SID: it may be of another account or server, or deleted.',
        ...connectApp,
      ],
    };
  }
  const subaccount = await findAccount(db, owner);
  return subaccount?.parentSid === account.sid
    ? { hints: [`It is of your subaccount ${owner}: use its credentials.`] }
    : { hints: ['It is not of this account. Use the credentials of the account that it is of.'] };
}

const finders: Readonly<Partial<Record<SidPrefix, Finder>>> = {
  CH: async (db, { sid: accountSid }, sid) => {
    const conversation = await findConversation(db, sid);
    if (conversation?.accountSid !== accountSid) return undefined;
    const conductors = await listOpenConductors(db, conversation.sid);
    return {
      ...conversation,
      path: `/v1/Conversations/${sid}`,
      boundTo: {
        ChatServiceSid: conversation.chatServiceSid,
        ConductorSid: conductors.map((conductor) => conductor.sid),
      },
    };
  },
  CN: async (db, { sid: accountSid }, sid) => {
    const conductor = await findConductor(db, accountSid, sid);
    if (conductor === undefined) return undefined;
    const participants = await listParticipantsOfConductor(db, conductor.sid);
    const calls = await listLiveCallsOfConductor(db, conductor.sid);
    return {
      ...conductor,
      state: conductor.status,
      path: `/v1/Conversations/${conductor.conversationSid}/Conductors/${sid}`,
      boundTo: {
        ConversationSid: conductor.conversationSid,
        ApplicationSid: conductor.applicationSid,
        ParticipantSid: participants.map((participant) => participant.sid),
        CallSid: calls.map((call) => call.sid),
      },
    };
  },
  AP: async (db, { sid: accountSid }, sid) => {
    const application = await findApplication(db, accountSid, sid);
    if (application === undefined) return undefined;
    const first = { pageSize: 50, page: 0, cursor: undefined };
    const conductors = await listConductors(db, accountSid, { applicationSid: sid }, first);
    const numbers = await listPhoneNumbersOfApplication(db, application.sid);
    return {
      dateCreated: application.dateCreated,
      path: `/2010-04-01/Accounts/${accountSid}/Applications/${sid}.json`,
      boundTo: {
        ConductorSid: conductors.items.map((conductor) => conductor.sid),
        PhoneNumberSid: numbers.map((number) => number.sid),
      },
      hints:
        application.voiceUrl === null ? ['Its VoiceUrl is empty: its calls have no document.'] : [],
    };
  },
  MB: async (db, { sid: accountSid }, sid) => {
    const participant = await findParticipantBySid(db, accountSid, sid);
    return (
      participant && {
        dateCreated: participant.dateCreated,
        path: `/v1/Conversations/${participant.conversationSid}/Participants/${sid}`,
        boundTo: {
          ConversationSid: participant.conversationSid,
          ConductorSid: participant.conductorSid,
        },
      }
    );
  },
  IM: async (db, { sid: accountSid }, sid) => {
    const message = await findMessageBySid(db, accountSid, sid);
    return (
      message && {
        dateCreated: message.dateCreated,
        path: `/v1/Conversations/${message.conversationSid}/Messages/${sid}`,
        boundTo: {
          ConversationSid: message.conversationSid,
          ParticipantSid: message.participantSid,
        },
      }
    );
  },
  CA: async (db, { sid: accountSid }, sid) => {
    const call = await findCall(db, sid);
    if (call?.accountSid !== accountSid) return undefined;
    return {
      dateCreated: call.dateCreated,
      state: call.status,
      path: `/2010-04-01/Accounts/${accountSid}/Calls/${sid}.json`,
      boundTo: {
        ConductorSid: call.conductorSid,
        ConversationSid: call.conversationSid,
        ParticipantSid: call.participantSid,
        ApplicationSid: call.applicationSid,
        ParentCallSid: call.parentCallSid,
      },
      hints: isLive(call) && call.conductorSid === null ? ['It is bound to no Conductor.'] : [],
    };
  },
  CF: async (db, { sid: accountSid }, sid) => {
    const conference = await findConference(db, accountSid, sid);
    if (conference === undefined) return undefined;
    const members = await listConferenceMembers(db, conference.sid);
    return {
      dateCreated: conference.dateCreated,
      state: conference.status,
      path: `/2010-04-01/Accounts/${accountSid}/Conferences/${sid}.json`,
      boundTo: { CallSid: members.map(({ callSid }) => callSid) },
    };
  },
  QU: async (db, { sid: accountSid }, sid) => {
    const queue = await findQueue(db, accountSid, sid);
    if (queue === undefined) return undefined;
    const first = { pageSize: 50, page: 0, cursor: undefined };
    const members = await pageQueueMembers(db, queue.sid, first);
    return {
      dateCreated: queue.dateCreated,
      path: `/2010-04-01/Accounts/${accountSid}/Queues/${sid}.json`,
      boundTo: { CallSid: members.items.map(({ callSid }) => callSid) },
    };
  },
  PN: async (db, { sid: accountSid }, sid) => {
    const number = await findPhoneNumber(db, accountSid, sid);
    if (number === undefined) {
      const callerId = await findOutgoingCallerId(db, accountSid, sid);
      return (
        callerId && {
          dateCreated: callerId.dateCreated,
          state: callerId.phoneNumber,
          path: `/2010-04-01/Accounts/${accountSid}/OutgoingCallerIds/${sid}.json`,
        }
      );
    }
    const { phoneNumber, voiceApplicationSid } = number;
    const first = { pageSize: 50, page: 0, cursor: undefined };
    const conductors = await listConductors(db, accountSid, { proxyAddress: phoneNumber }, first);
    const callers = await listVoiceParticipantsOfProxy(db, accountSid, phoneNumber, 50);
    return {
      dateCreated: number.dateCreated,
      state: phoneNumber,
      path: `/2010-04-01/Accounts/${accountSid}/IncomingPhoneNumbers/${sid}.json`,
      boundTo: {
        VoiceApplicationSid: voiceApplicationSid,
        ConductorSid: conductors.items
          .filter(({ status }) => status !== 'closed')
          .map((conductor) => conductor.sid),
        ParticipantSid: callers.map((participant) => participant.sid),
      },
    };
  },
  IS: async (db, { sid: accountSid }, sid) => {
    const service = await findService(db, accountSid, sid);
    return service && { dateCreated: service.dateCreated, path: `/v1/Services/${sid}` };
  },
  WH: async (db, { sid: accountSid }, sid) => {
    const webhook = await findScopedWebhookBySid(db, accountSid, sid);
    return (
      webhook && {
        dateCreated: webhook.dateCreated,
        path: `/v1/Conversations/${webhook.conversationSid}/Webhooks/${sid}`,
        boundTo: { ConversationSid: webhook.conversationSid },
      }
    );
  },
  NO: async (db, { sid: accountSid }, sid) => {
    const alert = await findAlert(db, accountSid, sid);
    return (
      alert && {
        dateCreated: alert.dateCreated,
        state: String(alert.errorCode),
        path: `/v1/Alerts/${sid}`,
        boundTo: { ResourceSid: alert.resourceSid },
      }
    );
  },
  AE: async (db, { sid: accountSid }, sid) => {
    const event = await findMonitorEvent(db, accountSid, sid);
    return (
      event && {
        dateCreated: event.dateCreated,
        state: event.eventType,
        path: `/v1/Events/${sid}`,
        boundTo: { ActorSid: event.actorSid, ResourceSid: event.resourceSid },
      }
    );
  },
  RE: async (db, { sid: accountSid }, sid) => {
    const recording = await findRecordingEvenDeleted(db, sid as Sid<'RE'>);
    if (recording?.accountSid !== accountSid) return undefined;
    return {
      dateCreated: recording.dateCreated,
      state: recording.status,
      path: `/2010-04-01/Accounts/${accountSid}/Recordings/${sid}.json`,
      boundTo: { CallSid: recording.callSid, ConferenceSid: recording.conferenceSid },
    };
  },
  ME: async (db, { sid: accountSid }, sid) => {
    const media = await findMedia(db, sid as Sid<'ME'>);
    if (media?.accountSid !== accountSid) return undefined;
    return { dateCreated: media.dateCreated };
  },
  BC: async (db, { sid: accountSid }, sid) => {
    const audit = await findAudit(db, accountSid, sid);
    return audit && { dateCreated: audit.dateCreated, path: `/v1/Audits/${sid}` };
  },
  SK: async (db, { sid: accountSid }, sid) => {
    const key = await findApiKey(db, sid);
    if (key?.accountSid !== accountSid) return undefined;
    return {
      dateCreated: key.dateCreated,
      path: `/2010-04-01/Accounts/${accountSid}/Keys/${sid}.json`,
    };
  },
  AC: async (_db, account, sid) =>
    sid === account.sid
      ? {
          dateCreated: account.dateCreated,
          state: account.status,
          path: `/2010-04-01/Accounts/${sid}.json`,
          boundTo: { ChatServiceSid: account.defaultServiceSid },
        }
      : undefined,
};
