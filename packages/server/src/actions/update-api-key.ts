import { refusal } from '../base/app-error.ts';
import type { ApiKey } from '../model/api-key.ts';
import { lockApiKey, updateApiKey } from '../store/api-keys.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

/** Renames a key. @throws RequestError notFound when it was deleted meanwhile */
export async function renameApiKey(
  context: ActionContext,
  { sid }: Pick<ApiKey, 'sid'>,
  friendlyName: string,
  origin: Origin,
): Promise<ApiKey> {
  return context.transact(async (tx) => {
    const key = await lockApiKey(tx, sid);
    if (key === undefined) throw refusal('notFound', { path: `Keys/${sid}` });
    const change = { friendlyName, dateUpdated: context.clock.now() };
    await updateApiKey(tx, sid, change);
    const changed = { ...key, ...change };
    await recordEvent(tx, context, origin, {
      type: 'api-key',
      accountSid: key.accountSid,
      resourceSid: sid,
      previous: key,
      current: changed,
    });
    return changed;
  });
}
