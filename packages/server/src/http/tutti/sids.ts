import { explainSid, sidKinds, type SidPrefix } from '@tutti/ids';
import type { Instant } from '../../base/clock.ts';
import type { Account } from '../../model/account.ts';
import { isLive } from '../../model/call.ts';
import { findAlert } from '../../store/alerts.ts';
import { findApiKey } from '../../store/api-keys.ts';
import { findApplication } from '../../store/applications.ts';
import { findCall, listLiveCallsOfConductor } from '../../store/calls.ts';
import { findConference } from '../../store/conferences.ts';
import { listConferenceMembers } from '../../store/conference-participants.ts';
import { findConductor, listConductors, listOpenConductors } from '../../store/conductors.ts';
import { findConversation } from '../../store/conversations.ts';
import { findMonitorEvent } from '../../store/monitor-events.ts';
import { findMessageBySid } from '../../store/messages.ts';
import type { Db } from '../../store/open-store.ts';
import { findParticipantBySid, listParticipantsOfConductor } from '../../store/participants.ts';
import { findPhoneNumber, listPhoneNumbersOfApplication } from '../../store/phone-numbers.ts';
import { pageQueueMembers } from '../../store/queue-members.ts';
import { findQueue } from '../../store/queues.ts';
import { findService } from '../../store/services.ts';
import { findScopedWebhookBySid } from '../../store/webhooks.ts';
import { operation, type Routes } from '../operation.ts';
import { isoDate, type Json } from '../render.ts';

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

/** `GET /v1/Sids/{text}`: what any text is, where it lives and what it is bound to. */
export function sidRoutes(routes: Routes): void {
  const { db } = routes.context;
  operation(routes, {
    method: 'GET',
    path: '/v1/Sids/:Sid',
    handle: async (request) => {
      const sid = request.path['Sid'] ?? '';
      const { account } = request.caller;
      const explanation = explainSid(sid);
      const prefix = explanation.kind === 'sid' ? explanation.prefix : undefined;
      const found = prefix === undefined ? undefined : await finders[prefix]?.(db, account, sid);
      return {
        sid,
        kind: prefix === undefined ? explanation.kind : sidKinds[prefix].name,
        explanation: explanation.sentence,
        parameters: prefix === undefined ? [] : sidKinds[prefix].parameters,
        found: found !== undefined,
        account_sid: found === undefined ? null : account.sid,
        state: found?.state ?? null,
        url: found?.path === undefined ? null : request.base + found.path,
        date_created: found === undefined ? null : isoDate(found.dateCreated),
        bound_to: found?.boundTo ?? {},
        hints: found?.hints ?? missingHints(prefix, found),
      } satisfies Json;
    },
  });
}

function missingHints(prefix: SidPrefix | undefined, found: Found | undefined): string[] {
  if (prefix === undefined || found !== undefined) return [];
  const hints = [
    'Nothing in this account has this SID: it may be of another account or server, or deleted.',
  ];
  if (prefix === 'CN')
    hints.push('If it came from Twilio, it is a Connect App; Twilio has no Conductors.');
  return hints;
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
    return (
      number && {
        dateCreated: number.dateCreated,
        state: number.phoneNumber,
        path: `/2010-04-01/Accounts/${accountSid}/IncomingPhoneNumbers/${sid}.json`,
        boundTo: { VoiceApplicationSid: number.voiceApplicationSid },
      }
    );
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
