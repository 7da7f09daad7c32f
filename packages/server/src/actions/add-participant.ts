import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { Instant } from '../base/clock.ts';
import type { MessagingBinding } from '../model/binding.ts';
import type { Conversation } from '../model/conversation.ts';
import type { Participant } from '../model/participant.ts';
import {
  countParticipants,
  findParticipant,
  insertParticipant,
  lockMessagingBinding,
} from '../store/participants.ts';
import type { New } from '../store/schema.ts';
import { findService } from '../store/services.ts';
import { insertTimelineEntry } from '../store/timeline.ts';
import type { Tx } from '../store/transact.ts';
import { announce, participantParameters } from './announce.ts';
import { askPreWebhook } from './ask-pre-webhook.ts';
import type { ActionContext, Origin } from './context.ts';
import { findConversationToAsk, findOpenConversation } from './find-open-conversation.ts';
import { addAlert, alertNamed } from './raise-alert.ts';
import { resolveVoiceBinding, type VoiceBindingInput } from './resolve-voice-binding.ts';
import { noteMade } from './note-made.ts';

/** Twilio: conversations/conversations-limits */
const PARTICIPANT_LIMIT = 1000;

export interface NewParticipant {
  readonly identity: string | null;
  readonly messaging: MessagingBinding | undefined;
  readonly voice: VoiceBindingInput | undefined;
  readonly attributes: string;
  readonly roleSid?: Sid<'RL'> | undefined;
  readonly dateCreated?: Instant | undefined;
  readonly dateUpdated?: Instant | undefined;
}

/**
 * Adds a participant; a voice binding that names no Conductor gets the conversation's oldest, or a new one.
 *
 * @throws RequestError conversationClosed, participantExists, bindingTaken, participantLimit, roleNotFound,
 * rejectedByWebhook and those of the Conductor
 */
export async function addParticipant(
  context: ActionContext,
  where: { readonly accountSid: Sid<'AC'>; readonly conversationSid: Sid<'CH'> },
  input: NewParticipant,
  origin: Origin,
): Promise<New<Participant>> {
  if (origin.webhooks) await askAbout(context, where, input, origin);
  return context.transact(async (tx) => {
    const conversation = await findOpenConversation(tx, where.accountSid, where.conversationSid);
    return insertNewParticipant(tx, context, conversation, input, origin);
  });
}

/** @throws RequestError rejectedByWebhook */
async function askAbout(
  context: ActionContext,
  where: { readonly accountSid: Sid<'AC'>; readonly conversationSid: Sid<'CH'> },
  { identity, messaging, voice, attributes, roleSid }: NewParticipant,
  origin: Origin,
): Promise<void> {
  const conversation = await findConversationToAsk(context, where);
  if (conversation === undefined) return;
  const asked = { ...conversation, resourceSid: conversation.sid };
  await askPreWebhook(context, asked, 'onParticipantAdd', origin, () => ({
    ConversationSid: conversation.sid,
    ChatServiceSid: conversation.chatServiceSid,
    Identity: identity,
    RoleSid: roleSid,
    Attributes: attributes,
    'MessagingBinding.Type': messaging?.type ?? (identity === null ? null : 'chat'),
    'MessagingBinding.Address': messaging?.address,
    'MessagingBinding.ProxyAddress': messaging?.proxyAddress,
    'VoiceBinding.Address': voice?.address,
    'VoiceBinding.ProxyAddress': voice?.proxyAddress,
    'VoiceBinding.ConductorSid': voice?.conductorSid,
  }));
}

/** As `addParticipant`, inside a transaction under way. */
export async function insertNewParticipant(
  tx: Tx,
  context: Pick<ActionContext, 'ids' | 'clock' | 'metrics' | 'ledger'>,
  conversation: Conversation,
  input: NewParticipant,
  origin: Origin,
): Promise<New<Participant>> {
  const { identity, messaging } = input;
  await requireFree(tx, conversation, input);
  const voice =
    input.voice && (await resolveVoiceBinding(tx, context, conversation, undefined, input, origin));
  const now = context.clock.now();
  const participant: New<Participant> = {
    sid: context.ids.sid('MB'),
    accountSid: conversation.accountSid,
    chatServiceSid: conversation.chatServiceSid,
    conversationSid: conversation.sid,
    identity,
    attributes: input.attributes,
    roleSid: await resolveRole(tx, conversation, input.roleSid),
    bindingType: messaging?.type ?? null,
    address: messaging?.address ?? null,
    proxyAddress: messaging?.proxyAddress ?? null,
    projectedAddress: null,
    voiceType: voice?.voiceType ?? null,
    voiceAddress: voice?.voiceAddress ?? null,
    voiceProxyAddress: voice?.voiceProxyAddress ?? null,
    conductorSid: voice?.conductorSid ?? null,
    lastReadMessageIndex: null,
    lastReadTimestamp: null,
    dateCreated: input.dateCreated ?? now,
    dateUpdated: input.dateUpdated ?? input.dateCreated ?? now,
  };
  await insertParticipant(tx, participant);
  // What the API adds, its answer tells of.
  if (origin.source === 'SDK') noteMade(tx, context, participant);
  await insertTimelineEntry(tx, {
    accountSid: conversation.accountSid,
    conversationSid: conversation.sid,
    kind: 'participant',
    event: 'added',
    resourceSid: participant.sid,
    data: JSON.stringify({
      identity,
      address: participant.address,
      voice_address: participant.voiceAddress,
      conductor_sid: participant.conductorSid,
    }),
    dateCreated: now,
  });
  if (messaging?.type === 'email' && messaging.proxyAddress?.startsWith('+') === true) {
    const { address, proxyAddress } = messaging;
    await addAlert(tx, context, {
      accountSid: conversation.accountSid,
      ...alertNamed('emailProxyIsPhone', { sid: participant.sid, address, proxy: proxyAddress }),
      resourceSid: participant.sid,
      serviceSid: conversation.chatServiceSid,
    });
  }
  const parameters = participantParameters({ ...participant, seq: 0 });
  await announce(
    tx,
    context,
    conversation,
    'onParticipantAdded',
    origin,
    participant.sid,
    parameters,
  );
  return participant;
}

async function requireFree(
  tx: Tx,
  conversation: Conversation,
  { identity, messaging }: NewParticipant,
): Promise<void> {
  if (identity !== null) {
    const other = await findParticipant(tx, conversation.sid, identity);
    if (other !== undefined) {
      throw refusal('participantExists', { sid: other.sid, what: `the identity ${identity}` });
    }
  }
  if (messaging?.proxyAddress != null) {
    const { address, proxyAddress } = messaging;
    const other = await lockMessagingBinding(tx, conversation.accountSid, address, proxyAddress);
    if (other?.conversationSid === conversation.sid) {
      throw refusal('participantExists', {
        sid: other.sid,
        what: `${address} and ${proxyAddress}`,
      });
    }
    if (other !== undefined) throw refusal('bindingTaken', { sid: other.conversationSid });
  }
  if ((await countParticipants(tx, conversation.sid)) >= PARTICIPANT_LIMIT) {
    throw refusal('participantLimit', { limit: PARTICIPANT_LIMIT });
  }
}

/** Until roles are kept one by one, a service has the ones it was made with. */
export async function resolveRole(
  tx: Tx,
  conversation: Conversation,
  given: Sid<'RL'> | undefined,
): Promise<Sid<'RL'> | null> {
  const service = await findService(tx, conversation.accountSid, conversation.chatServiceSid);
  if (given === undefined) return service?.defaultConversationRoleSid ?? null;
  const roles = [service?.defaultConversationCreatorRoleSid, service?.defaultConversationRoleSid];
  if (roles.includes(given)) return given;
  throw refusal('roleNotFound', {
    given,
    explanation: `The conversation roles of the service are ${roles.join(' and ')}.`,
  });
}
