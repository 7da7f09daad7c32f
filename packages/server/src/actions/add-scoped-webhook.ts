import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { Conversation } from '../model/conversation.ts';
import type { ScopedWebhook } from '../model/webhook.ts';
import { listMessagesAfter } from '../store/messages.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import { insertScopedWebhook, listScopedWebhooks } from '../store/webhooks.ts';
import { listensTo, messageParameters, tell } from './announce.ts';
import type { ActionContext, Origin } from './context.ts';
import { findOpenConversation } from './find-open-conversation.ts';
import { recordEvent } from './record-event.ts';

/** Twilio: conversations/api/conversation-scoped-webhook-resource */
const WEBHOOK_LIMIT = 5;
const REPLAY_BATCH = 200;

export type ScopedWebhookSettings = Pick<
  ScopedWebhook,
  'target' | 'url' | 'method' | 'filters' | 'triggers'
>;

/**
 * Gives a conversation a webhook of its own. With `replayAfter`, the messages behind that index are told to it
 * first, as if they were added now.
 *
 * @throws RequestError conversationClosed, tooManyScopedWebhooks
 */
export async function addScopedWebhook(
  context: ActionContext,
  where: { readonly accountSid: Sid<'AC'>; readonly conversationSid: Sid<'CH'> },
  settings: ScopedWebhookSettings,
  replayAfter: number | undefined,
  origin: Origin,
): Promise<New<ScopedWebhook>> {
  return context.transact(async (tx) => {
    const conversation = await findOpenConversation(tx, where.accountSid, where.conversationSid);
    if ((await listScopedWebhooks(tx, conversation.sid)).length >= WEBHOOK_LIMIT) {
      throw refusal('tooManyScopedWebhooks', { limit: WEBHOOK_LIMIT });
    }
    const now = context.clock.now();
    const webhook: New<ScopedWebhook> = {
      ...settings,
      sid: context.ids.sid('WH'),
      accountSid: conversation.accountSid,
      chatServiceSid: conversation.chatServiceSid,
      conversationSid: conversation.sid,
      dateCreated: now,
      dateUpdated: now,
    };
    await insertScopedWebhook(tx, webhook);
    await recordEvent(tx, context, origin, {
      type: 'conversation-webhook',
      accountSid: webhook.accountSid,
      resourceSid: webhook.sid,
      current: webhook,
    });
    if (replayAfter !== undefined) {
      await replay(tx, context, conversation, webhook, replayAfter, origin);
    }
    return webhook;
  });
}

async function replay(
  tx: Tx,
  context: Pick<ActionContext, 'ids' | 'clock'>,
  conversation: Conversation,
  webhook: New<ScopedWebhook>,
  replayAfter: number,
  origin: Origin,
): Promise<void> {
  for (let index = replayAfter; ;) {
    const messages = await listMessagesAfter(tx, conversation.sid, index, REPLAY_BATCH);
    for (const message of messages) {
      const parameters = messageParameters(message, conversation.messagingServiceSid);
      if (!listensTo(webhook, 'onMessageAdded', parameters)) continue;
      tell(tx, context, conversation, webhook, {
        event: 'onMessageAdded',
        source: origin.source,
        resourceSid: message.sid,
        parameters,
      });
    }
    const last = messages.at(-1);
    if (last === undefined || messages.length < REPLAY_BATCH) return;
    index = last.messageIndex;
  }
}
