import { refusal } from '../base/app-error.ts';
import type { ScopedWebhook } from '../model/webhook.ts';
import { deleteScopedWebhook, lockScopedWebhook } from '../store/webhooks.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

/**
 * Removes a conversation's webhook; what is already on its way to it is still sent.
 *
 * @throws RequestError scopedWebhookNotFound when it was removed meanwhile
 */
export async function removeScopedWebhook(
  context: ActionContext,
  { sid }: Pick<ScopedWebhook, 'sid'>,
  origin: Origin,
): Promise<void> {
  await context.transact(async (tx) => {
    const webhook = await lockScopedWebhook(tx, sid);
    if (webhook === undefined) throw refusal('scopedWebhookNotFound', { given: sid });
    await deleteScopedWebhook(tx, sid);
    await recordEvent(tx, context, origin, {
      type: 'conversation-webhook',
      accountSid: webhook.accountSid,
      resourceSid: sid,
      previous: webhook,
    });
  });
}
