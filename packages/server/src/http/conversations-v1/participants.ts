import type { Sid } from '@tutti/ids';
import { addParticipant } from '../../actions/add-participant.ts';
import { removeParticipant } from '../../actions/remove-participant.ts';
import { changeParticipant } from '../../actions/update-participant.ts';
import { refusal } from '../../base/app-error.ts';
import { messagingBinding } from '../../model/binding.ts';
import type { Participant } from '../../model/participant.ts';
import { listLiveCallsOfParticipants } from '../../store/calls.ts';
import { findConductor } from '../../store/conductors.ts';
import type { Db } from '../../store/open-store.ts';
import { findParticipant, listParticipants } from '../../store/participants.ts';
import { date, integer, json, sid, text } from '../fields.ts';
import { form, type Field, type FormValues } from '../form.ts';
import { found } from '../path-not-found.ts';
import { operation, type Routes } from '../operation.ts';
import { isoDate, productPage, type Json } from '../render.ts';
import { conversationOf, scoped, scopeUrl, type ScopedRequest } from './scope.ts';

const ATTRIBUTES_MAX_BYTES = 4 * 1024;
const NAME_MAX = 256;
const PAGE_MAX = 100;

const identity: Field<string> = {
  read: (values, name) => {
    const given = text(NAME_MAX, 'identityTooLong').read(values, name);
    if (/^US[0-9a-f]{32}$/i.test(given)) throw refusal('identityLikeSid', { given });
    return given;
  },
};

const projectedAddress: Field<string> = {
  read: (values) => {
    if ((values.at(-1) ?? '') !== '') throw refusal('groupMmsDisabled', {});
    return '';
  },
};

/** Empty text and the word null clear. Twilio: conversations/api/conversation-participant-resource */
const nullable = (field: Field<string>): Field<string> => ({
  read: (values, name) => (values.at(-1) === 'null' ? '' : field.read(values, name)),
});

const voice = {
  'VoiceBinding.Address': text(NAME_MAX, 'identityTooLong'),
  'VoiceBinding.ProxyAddress': text(NAME_MAX, 'identityTooLong'),
  'VoiceBinding.ConductorSid': sid('CN'),
};

const common = {
  Identity: identity,
  'MessagingBinding.ProxyAddress': nullable(text()),
  'MessagingBinding.ProjectedAddress': nullable(projectedAddress),
  ...voice,
  Attributes: json(ATTRIBUTES_MAX_BYTES),
  RoleSid: sid('RL'),
  DateCreated: date(),
  DateUpdated: date(),
};

const create = form({ ...common, 'MessagingBinding.Address': text() });
const update = form({
  ...common,
  LastReadMessageIndex: integer(0, Number.MAX_SAFE_INTEGER, (given) =>
    refusal('invalidLastReadIndex', { given }),
  ),
  LastReadTimestamp: date('invalidLastReadTimestamp'),
});

export function participantRoutes(routes: Routes): void {
  const { context } = routes;
  const { db } = context;
  const collection = scoped('/Conversations/:ConversationSid/Participants');
  const item = scoped('/Conversations/:ConversationSid/Participants/:Sid');

  operation(routes, {
    method: 'POST',
    path: collection,
    parameters: create,
    status: 201,
    handle: async (request) => {
      const { values } = request;
      const conversation = await conversationOf(db, request, request.path['ConversationSid'] ?? '');
      const messaging = messagingBinding(
        values['MessagingBinding.Address'],
        values['MessagingBinding.ProxyAddress'],
      );
      const name = values.Identity === '' ? undefined : values.Identity;
      if (name !== undefined && messaging !== undefined) {
        throw refusal('identityNotAcceptable', { given: name });
      }
      const voiceInput = voiceOf(values);
      if (name === undefined && messaging === undefined && voiceInput?.address === undefined) {
        throw refusal('identityMissing', {});
      }
      const participant = await addParticipant(
        context,
        { accountSid: conversation.accountSid, conversationSid: conversation.sid },
        {
          identity: name ?? null,
          messaging,
          voice: voiceInput,
          attributes: values.Attributes ?? '{}',
          roleSid: values.RoleSid,
          dateCreated: values.DateCreated,
          dateUpdated: values.DateUpdated,
        },
        request.origin,
      );
      return (await renderParticipants(db, [participant], request))[0];
    },
  });

  operation(routes, {
    method: 'GET',
    path: collection,
    parameters: form({}),
    handle: async (request) => {
      const conversation = await conversationOf(db, request, request.path['ConversationSid'] ?? '');
      const wanted = request.page(PAGE_MAX);
      const page = await listParticipants(db, conversation.sid, wanted);
      const items = await renderParticipants(db, page.items, request);
      return productPage('participants', items, request, wanted, page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: item,
    handle: async (request) => {
      const participant = await participantOf(db, request);
      return (await renderParticipants(db, [participant], request))[0];
    },
  });

  operation(routes, {
    method: 'POST',
    path: item,
    parameters: update,
    handle: async (request) => {
      const { values } = request;
      const participant = await participantOf(db, request);
      if (request.isEmpty) throw refusal('emptyUpdate', { known: update.names.join(', ') });
      const changed = await changeParticipant(
        context,
        {
          accountSid: participant.accountSid,
          conversationSid: participant.conversationSid,
          key: participant.sid,
        },
        {
          identity: values.Identity === '' ? null : values.Identity,
          proxyAddress: values['MessagingBinding.ProxyAddress'],
          voice: voiceOf(values),
          attributes: values.Attributes,
          roleSid: values.RoleSid,
          lastReadMessageIndex: values.LastReadMessageIndex,
          lastReadTimestamp: values.LastReadTimestamp,
          dateCreated: values.DateCreated,
          dateUpdated: values.DateUpdated,
        },
        request.origin,
      );
      return (await renderParticipants(db, [changed], request))[0];
    },
  });

  operation(routes, {
    method: 'DELETE',
    path: item,
    status: 204,
    handle: async (request) => {
      const { accountSid, conversationSid, sid: key } = await participantOf(db, request);
      await removeParticipant(context, { accountSid, conversationSid, key }, request.origin);
    },
  });
}

/** The participant of the path, by SID or identity. */
export async function participantOf(
  db: Db,
  request: ScopedRequest,
  segment = 'Sid',
): Promise<Participant> {
  const conversation = await conversationOf(db, request, request.path['ConversationSid'] ?? '');
  const key = request.path[segment] ?? '';
  const participant = found(await findParticipant(db, conversation.sid, key), request, key, 'MB');
  if (key !== participant.sid) request.named?.(key, participant.sid);
  return participant;
}

function voiceOf(values: FormValues<typeof voice>) {
  const address = values['VoiceBinding.Address'];
  const proxyAddress = values['VoiceBinding.ProxyAddress'];
  const conductorSid = values['VoiceBinding.ConductorSid'];
  const none = address === undefined && proxyAddress === undefined && conductorSid === undefined;
  return none ? undefined : { address, proxyAddress, conductorSid };
}

/** Renders participants together with what their voice bindings point at. */
async function renderParticipants(
  db: Db,
  participants: readonly Omit<Participant, 'seq'>[],
  request: ScopedRequest,
): Promise<Json[]> {
  const voiced = participants.filter(({ voiceType }) => voiceType !== null);
  const calls = await listLiveCallsOfParticipants(
    db,
    voiced.map((participant) => participant.sid),
  );
  const applications = new Map<string, Sid<'AP'> | null>();
  for (const { conductorSid, accountSid } of voiced) {
    if (conductorSid === null || applications.has(conductorSid)) continue;
    const conductor = await findConductor(db, accountSid, conductorSid);
    applications.set(conductorSid, conductor?.applicationSid ?? null);
  }
  return participants.map((participant) => ({
    sid: participant.sid,
    account_sid: participant.accountSid,
    chat_service_sid: participant.chatServiceSid,
    conversation_sid: participant.conversationSid,
    identity: participant.identity,
    attributes: participant.attributes,
    messaging_binding: renderMessagingBinding(participant),
    voice_binding:
      participant.voiceType === null
        ? null
        : {
            type: participant.voiceType,
            address: participant.voiceAddress,
            proxy_address: participant.voiceProxyAddress,
            conductor_sid: participant.conductorSid,
            application_sid: applications.get(participant.conductorSid ?? '') ?? null,
            call_sid: calls.find((call) => call.participantSid === participant.sid)?.sid ?? null,
          },
    role_sid: participant.roleSid,
    last_read_message_index: participant.lastReadMessageIndex,
    last_read_timestamp:
      participant.lastReadTimestamp === null ? null : isoDate(participant.lastReadTimestamp),
    date_created: isoDate(participant.dateCreated),
    date_updated: isoDate(participant.dateUpdated),
    url: `${scopeUrl(request)}/Conversations/${participant.conversationSid}/Participants/${participant.sid}`,
  }));
}

/** Absent keys are left out. Twilio: conversations/api/conversation-participant-resource */
function renderMessagingBinding(participant: Omit<Participant, 'seq'>): Json | null {
  if (participant.bindingType === null) return null;
  return {
    type: participant.bindingType,
    address: participant.address,
    ...(participant.proxyAddress === null ? {} : { proxy_address: participant.proxyAddress }),
  };
}
