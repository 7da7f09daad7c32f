import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import { deadlines, type Conversation } from '../model/conversation.ts';
import { findConversationByUniqueName, updateConversation } from '../store/conversations.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import { announce, conversationParameters } from './announce.ts';
import { announceState } from './announce-state.ts';
import { askPreWebhook } from './ask-pre-webhook.ts';
import { closeConductorsOf } from './close-conductors.ts';
import type { ActionContext, Origin } from './context.ts';
import { findConversationToAsk, findOpenConversation } from './find-open-conversation.ts';

export type ConversationChange = Partial<
  Pick<
    New<Conversation>,
    | 'friendlyName'
    | 'uniqueName'
    | 'attributes'
    | 'messagingServiceSid'
    | 'state'
    | 'timerInactive'
    | 'timerClosed'
    | 'emailAddress'
    | 'emailName'
    | 'dateCreated'
    | 'dateUpdated'
  >
>;

/** @throws RequestError conversationClosed, uniqueNameTaken, rejectedByWebhook */
export async function changeConversation(
  context: ActionContext,
  where: { readonly accountSid: Sid<'AC'>; readonly conversationSid: Sid<'CH'> },
  change: ConversationChange,
  origin: Origin,
): Promise<Conversation> {
  const wanted = origin.webhooks ? await askAbout(context, where, change, origin) : change;
  return context.transact(async (tx) => {
    const conversation = await findOpenConversation(tx, where.accountSid, where.conversationSid);
    const { uniqueName } = wanted;
    if (uniqueName != null && uniqueName !== conversation.uniqueName) {
      const other = await findConversationByUniqueName(tx, conversation.chatServiceSid, uniqueName);
      if (other !== undefined)
        throw refusal('uniqueNameTaken', { given: uniqueName, sid: other.sid });
    }
    const changed = await applyChange(tx, context, conversation, wanted, 'API', origin);
    const parameters = conversationParameters(changed);
    await announce(tx, context, changed, 'onConversationUpdated', origin, changed.sid, parameters);
    return changed;
  });
}

/** What the pre-event webhook makes of the change: another friendly name. */
async function askAbout(
  context: ActionContext,
  where: { readonly accountSid: Sid<'AC'>; readonly conversationSid: Sid<'CH'> },
  change: ConversationChange,
  origin: Origin,
): Promise<ConversationChange> {
  const conversation = await findConversationToAsk(context, where);
  if (conversation === undefined) return change;
  const asked = { ...conversation, resourceSid: conversation.sid };
  const modified = await askPreWebhook(context, asked, 'onConversationUpdate', origin, () =>
    conversationParameters({ ...conversation, ...change }),
  );
  return { ...change, ...modified };
}

/** Writes the change and what follows from a new state: timers restart, Conductors close, the news goes out. */
export async function applyChange(
  tx: Tx,
  context: Pick<ActionContext, 'ids' | 'clock' | 'metrics' | 'ledger'>,
  conversation: Conversation,
  change: ConversationChange,
  reason: 'API' | 'TIMER',
  origin: Origin,
): Promise<Conversation> {
  const now = context.clock.now();
  let changed: Conversation = { ...conversation, dateUpdated: now, ...change };
  const restarts =
    changed.state !== conversation.state ||
    change.timerInactive !== undefined ||
    change.timerClosed !== undefined;
  if (restarts) changed = { ...changed, ...deadlines(changed, now) };
  const { seq: _, ...columns } = changed;
  await updateConversation(tx, conversation.sid, columns);
  if (changed.state !== conversation.state) {
    await announceState(tx, context, {
      conversation: changed,
      from: conversation.state,
      to: changed.state,
      at: now,
      reason,
      origin,
    });
    if (changed.state === 'closed') await closeConductorsOf(tx, context, changed, origin);
  }
  return changed;
}
