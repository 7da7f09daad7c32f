import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import { isoDateMs } from '../base/http-date.ts';
import { listLiveCallsOfParticipant } from '../store/calls.ts';
import { deleteParticipant, findParticipant } from '../store/participants.ts';
import { insertTimelineEntry } from '../store/timeline.ts';
import { announce, participantParameters } from './announce.ts';
import { askPreWebhook } from './ask-pre-webhook.ts';
import type { ActionContext, Origin } from './context.ts';
import { endCalls } from './record-call-progress.ts';
import { findConversationToAsk, findOpenConversation } from './find-open-conversation.ts';

/** Removes a participant and ends its calls; its messages stay. @throws RequestError participantNotFound, rejectedByWebhook */
export async function removeParticipant(
  context: ActionContext,
  where: {
    readonly accountSid: Sid<'AC'>;
    readonly conversationSid: Sid<'CH'>;
    readonly key: string;
  },
  origin: Origin,
): Promise<void> {
  if (origin.webhooks) await askAbout(context, where, origin);
  await context.transact(async (tx) => {
    const conversation = await findOpenConversation(tx, where.accountSid, where.conversationSid);
    const participant = await findParticipant(tx, conversation.sid, where.key);
    if (participant === undefined) {
      throw refusal('participantNotFound', {
        given: where.key,
        conversation: conversation.sid,
        explanation: 'It may have been removed before.',
      });
    }
    await endCalls(tx, context, await listLiveCallsOfParticipant(tx, participant.sid));
    await deleteParticipant(tx, participant.sid);
    const now = context.clock.now();
    await insertTimelineEntry(tx, {
      accountSid: conversation.accountSid,
      conversationSid: conversation.sid,
      kind: 'participant',
      event: 'removed',
      resourceSid: participant.sid,
      data: JSON.stringify({ identity: participant.identity, address: participant.address }),
      dateCreated: now,
    });
    await announce(tx, context, conversation, 'onParticipantRemoved', origin, participant.sid, {
      ...participantParameters(participant),
      DateRemoved: isoDateMs(now),
    });
  });
}

/** @throws RequestError rejectedByWebhook */
async function askAbout(
  context: ActionContext,
  where: {
    readonly accountSid: Sid<'AC'>;
    readonly conversationSid: Sid<'CH'>;
    readonly key: string;
  },
  origin: Origin,
): Promise<void> {
  const conversation = await findConversationToAsk(context, where);
  const participant =
    conversation && (await findParticipant(context.db, conversation.sid, where.key));
  if (conversation === undefined || participant === undefined) return;
  const asked = { ...conversation, resourceSid: participant.sid };
  await askPreWebhook(context, asked, 'onParticipantRemove', origin, () =>
    participantParameters(participant),
  );
}
