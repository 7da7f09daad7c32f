import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { Instant } from '../base/clock.ts';
import { messagingBinding } from '../model/binding.ts';
import type { Participant } from '../model/participant.ts';
import { findParticipant, lockMessagingBinding, updateParticipant } from '../store/participants.ts';
import type { Tx } from '../store/transact.ts';
import { resolveRole } from './add-participant.ts';
import { announce, participantParameters } from './announce.ts';
import { askPreWebhook } from './ask-pre-webhook.ts';
import type { ActionContext, Origin } from './context.ts';
import { findConversationToAsk, findOpenConversation } from './find-open-conversation.ts';
import { resolveVoiceBinding, type VoiceBindingInput } from './resolve-voice-binding.ts';

export interface ParticipantChange {
  readonly attributes?: string | undefined;
  readonly roleSid?: Sid<'RL'> | undefined;
  /** null removes it. */
  readonly identity?: string | null | undefined;
  /** Empty removes it. */
  readonly proxyAddress?: string | undefined;
  readonly voice?: VoiceBindingInput | undefined;
  readonly lastReadMessageIndex?: number | null | undefined;
  readonly lastReadTimestamp?: Instant | null | undefined;
  readonly dateCreated?: Instant | undefined;
  readonly dateUpdated?: Instant | undefined;
}

/** @throws RequestError those of adding a participant, participantNotFound, rejectedByWebhook */
export async function changeParticipant(
  context: ActionContext,
  where: {
    readonly accountSid: Sid<'AC'>;
    readonly conversationSid: Sid<'CH'>;
    readonly key: string;
  },
  change: ParticipantChange,
  origin: Origin,
): Promise<Participant> {
  if (origin.webhooks) await askAbout(context, where, change, origin);
  return context.transact(async (tx) => {
    const conversation = await findOpenConversation(tx, where.accountSid, where.conversationSid);
    const participant = await findParticipant(tx, conversation.sid, where.key);
    if (participant === undefined) {
      throw refusal('participantNotFound', {
        given: where.key,
        conversation: conversation.sid,
        explanation: 'It may have been removed.',
      });
    }
    let changed: Participant = {
      ...participant,
      attributes: change.attributes ?? participant.attributes,
      roleSid:
        change.roleSid === undefined
          ? participant.roleSid
          : await resolveRole(tx, conversation, change.roleSid),
      lastReadMessageIndex:
        change.lastReadMessageIndex === undefined
          ? participant.lastReadMessageIndex
          : change.lastReadMessageIndex,
      lastReadTimestamp:
        change.lastReadTimestamp === undefined
          ? participant.lastReadTimestamp
          : change.lastReadTimestamp,
      dateCreated: change.dateCreated ?? participant.dateCreated,
      dateUpdated: change.dateUpdated ?? context.clock.now(),
    };
    if (change.identity !== undefined && change.identity !== participant.identity) {
      await requireIdentity(tx, participant, change);
      changed = { ...changed, identity: change.identity };
    }
    if (change.proxyAddress !== undefined) {
      const binding = messagingBinding(participant.address ?? undefined, change.proxyAddress);
      const proxyAddress = binding?.proxyAddress ?? null;
      if (participant.address !== null && proxyAddress !== null) {
        const { accountSid } = conversation;
        const other = await lockMessagingBinding(tx, accountSid, participant.address, proxyAddress);
        if (other !== undefined && other.sid !== participant.sid) {
          throw refusal('bindingTaken', { sid: other.conversationSid });
        }
      }
      changed = { ...changed, proxyAddress };
    }
    if (change.voice !== undefined) {
      const voice = await resolveVoiceBinding(
        tx,
        context,
        conversation,
        participant.sid,
        {
          identity: changed.identity,
          messaging: changed.address === null ? undefined : { address: changed.address },
          // What the change does not name stays as it is.
          voice: {
            address: change.voice.address ?? participant.voiceAddress ?? undefined,
            proxyAddress: change.voice.proxyAddress ?? participant.voiceProxyAddress ?? undefined,
            conductorSid: change.voice.conductorSid ?? participant.conductorSid ?? undefined,
          },
        },
        origin,
      );
      changed = { ...changed, ...voice };
    }
    const { seq: _, ...columns } = changed;
    await updateParticipant(tx, participant.sid, columns);
    const parameters = participantParameters(changed);
    await announce(
      tx,
      context,
      conversation,
      'onParticipantUpdated',
      origin,
      changed.sid,
      parameters,
    );
    return changed;
  });
}

/** @throws RequestError identityMissing, identityNotAcceptable, participantExists */
async function requireIdentity(
  tx: Tx,
  participant: Participant,
  { identity, voice }: ParticipantChange,
): Promise<void> {
  if (identity == null) {
    const address = participant.address ?? participant.voiceAddress ?? voice?.address;
    if (address === undefined) throw refusal('identityMissing', {});
    return;
  }
  if (participant.address !== null) throw refusal('identityNotAcceptable', { given: identity });
  const other = await findParticipant(tx, participant.conversationSid, identity);
  if (other !== undefined) {
    throw refusal('participantExists', { sid: other.sid, what: `the identity ${identity}` });
  }
}

/** @throws RequestError rejectedByWebhook */
async function askAbout(
  context: ActionContext,
  where: {
    readonly accountSid: Sid<'AC'>;
    readonly conversationSid: Sid<'CH'>;
    readonly key: string;
  },
  change: ParticipantChange,
  origin: Origin,
): Promise<void> {
  const conversation = await findConversationToAsk(context, where);
  const current = conversation && (await findParticipant(context.db, conversation.sid, where.key));
  if (conversation === undefined || current === undefined) return;
  const asked = { ...conversation, resourceSid: current.sid };
  await askPreWebhook(context, asked, 'onParticipantUpdate', origin, () =>
    participantParameters({
      ...current,
      identity: change.identity === undefined ? current.identity : change.identity,
      attributes: change.attributes ?? current.attributes,
      roleSid: change.roleSid ?? current.roleSid,
      proxyAddress: change.proxyAddress ?? current.proxyAddress,
      voiceAddress: change.voice?.address ?? current.voiceAddress,
      voiceProxyAddress: change.voice?.proxyAddress ?? current.voiceProxyAddress,
      conductorSid: change.voice?.conductorSid ?? current.conductorSid,
    }),
  );
}
