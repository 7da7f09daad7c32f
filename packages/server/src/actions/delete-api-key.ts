import type { ApiKey } from '../model/api-key.ts';
import { deleteApiKey } from '../store/api-keys.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

export async function removeApiKey(
  context: ActionContext,
  key: ApiKey,
  origin: Origin,
): Promise<void> {
  const { sid, accountSid } = key;
  await context.transact(async (tx) => {
    await deleteApiKey(tx, sid);
    await recordEvent(tx, context, origin, {
      type: 'api-key',
      accountSid,
      resourceSid: sid,
      previous: key,
    });
  });
}
