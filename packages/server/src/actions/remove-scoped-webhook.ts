import type { ScopedWebhook } from '../model/webhook.ts';
import { deleteScopedWebhook } from '../store/webhooks.ts';
import type { ActionContext } from './context.ts';

/** Removes a conversation's webhook; what is already on its way to it is still sent. */
export async function removeScopedWebhook(
  context: ActionContext,
  { sid }: Pick<ScopedWebhook, 'sid'>,
): Promise<void> {
  await context.transact((tx) => deleteScopedWebhook(tx, sid));
}
