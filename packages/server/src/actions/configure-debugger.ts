import type { Sid } from '@tutti/ids';
import type { DebuggerWebhook } from '../model/debugger-webhook.ts';
import { lockDebuggerWebhook, putDebuggerWebhook } from '../store/debugger-webhooks.ts';
import type { New } from '../store/schema.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

/** Sets where the account hears of its alerts; null: nowhere. */
export async function configureDebugger(
  context: ActionContext,
  accountSid: Sid<'AC'>,
  url: string | null,
  origin: Origin,
): Promise<New<DebuggerWebhook>> {
  return context.transact(async (tx) => {
    const now = context.clock.now();
    const current = await lockDebuggerWebhook(tx, accountSid);
    const webhook: New<DebuggerWebhook> = {
      accountSid,
      url,
      dateCreated: current?.dateCreated ?? now,
      dateUpdated: now,
    };
    await putDebuggerWebhook(tx, webhook);
    await recordEvent(tx, context, origin, {
      type: 'debugger-webhook',
      accountSid,
      resourceSid: accountSid,
      previous: { url: current?.url ?? null },
      current: { url },
    });
    return webhook;
  });
}
