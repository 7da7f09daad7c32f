import { refusal } from '../base/app-error.ts';
import type { ScopedWebhook } from '../model/webhook.ts';
import { findScopedWebhook, updateScopedWebhook } from '../store/webhooks.ts';
import type { ScopedWebhookSettings } from './add-scoped-webhook.ts';
import type { ActionContext } from './context.ts';

/** Its target stays what it was made as. @throws RequestError scopedWebhookNotFound */
export async function changeScopedWebhook(
  context: ActionContext,
  webhook: ScopedWebhook,
  change: Partial<Omit<ScopedWebhookSettings, 'target'>>,
): Promise<ScopedWebhook> {
  return context.transact(async (tx) => {
    const { conversationSid, sid } = webhook;
    const current = await findScopedWebhook(tx, conversationSid, sid);
    if (current === undefined) throw refusal('scopedWebhookNotFound', { given: sid });
    const changed: ScopedWebhook = { ...current, ...change, dateUpdated: context.clock.now() };
    const { seq: _, ...columns } = changed;
    await updateScopedWebhook(tx, sid, columns);
    return changed;
  });
}
