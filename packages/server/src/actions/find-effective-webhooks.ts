import type { Conversation } from '../model/conversation.ts';
import type { HttpMethod } from '../model/voice-urls.ts';
import type { Db } from '../store/open-store.ts';
import type { Tx } from '../store/transact.ts';
import { listWebhookConfigurations } from '../store/webhooks.ts';

/** The pre- and post-event webhooks that hear of a service's conversations. */
export interface EffectiveWebhooks {
  readonly preWebhookUrl: string | null;
  readonly postWebhookUrl: string | null;
  readonly method: HttpMethod;
  readonly filters: readonly string[];
}

/** The service's own, when one of its URLs is set; else the account's. See docs/choices.md. */
export async function findEffectiveWebhooks(
  db: Db | Tx,
  { accountSid, chatServiceSid }: Pick<Conversation, 'accountSid' | 'chatServiceSid'>,
): Promise<EffectiveWebhooks | undefined> {
  const found = await listWebhookConfigurations(db, { chatServiceSid, accountSid });
  for (const owner of [chatServiceSid, accountSid]) {
    const own = found.find(({ ownerSid }) => ownerSid === owner);
    if (own !== undefined && (own.preWebhookUrl ?? own.postWebhookUrl) !== null) {
      return { ...own, filters: JSON.parse(own.filters) as string[] };
    }
  }
  return undefined;
}
