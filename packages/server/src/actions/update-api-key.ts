import { refusal } from '../base/app-error.ts';
import type { ApiKey } from '../model/api-key.ts';
import { findApiKey, updateApiKey } from '../store/api-keys.ts';
import type { ActionContext } from './context.ts';

/** Renames a key. @throws RequestError notFound when it was deleted meanwhile */
export async function renameApiKey(
  context: ActionContext,
  { sid }: Pick<ApiKey, 'sid'>,
  friendlyName: string,
): Promise<ApiKey> {
  return context.transact(async (tx) => {
    const key = await findApiKey(tx, sid);
    if (key === undefined) throw refusal('notFound', { path: `Keys/${sid}` });
    const change = { friendlyName, dateUpdated: context.clock.now() };
    await updateApiKey(tx, sid, change);
    return { ...key, ...change };
  });
}
