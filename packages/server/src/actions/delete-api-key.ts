import { refusal } from '../base/app-error.ts';
import type { ApiKey } from '../model/api-key.ts';
import { deleteApiKey, lockApiKey } from '../store/api-keys.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

/** @throws RequestError notFound when it was deleted meanwhile */
export async function removeApiKey(
  context: ActionContext,
  { sid }: Pick<ApiKey, 'sid'>,
  origin: Origin,
): Promise<void> {
  await context.transact(async (tx) => {
    const key = await lockApiKey(tx, sid);
    if (key === undefined) throw refusal('notFound', { path: `Keys/${sid}` });
    await deleteApiKey(tx, sid);
    await recordEvent(tx, context, origin, {
      type: 'api-key',
      accountSid: key.accountSid,
      resourceSid: sid,
      previous: key,
    });
  });
}
