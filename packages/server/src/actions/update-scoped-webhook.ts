import { refusal } from '../base/app-error.ts';
import type { ScopedWebhook } from '../model/webhook.ts';
import { lockScopedWebhook, updateScopedWebhook } from '../store/webhooks.ts';
import type { ScopedWebhookSettings } from './add-scoped-webhook.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

/** Its target stays what it was made as. @throws RequestError scopedWebhookNotFound */
export async function changeScopedWebhook(
  context: ActionContext,
  webhook: ScopedWebhook,
  change: Partial<Omit<ScopedWebhookSettings, 'target'>>,
  origin: Origin,
): Promise<ScopedWebhook> {
  return context.transact(async (tx) => {
    const { sid } = webhook;
    const current = await lockScopedWebhook(tx, sid);
    if (current === undefined) throw refusal('scopedWebhookNotFound', { given: sid });
    const changed: ScopedWebhook = { ...current, ...change, dateUpdated: context.clock.now() };
    const { seq: _, ...columns } = changed;
    await updateScopedWebhook(tx, sid, columns);
    await recordEvent(tx, context, origin, {
      type: 'conversation-webhook',
      accountSid: current.accountSid,
      resourceSid: sid,
      previous: current,
      current: changed,
    });
    return changed;
  });
}
