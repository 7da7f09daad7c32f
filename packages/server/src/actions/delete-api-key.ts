import type { ApiKey } from '../model/api-key.ts';
import { deleteApiKey } from '../store/api-keys.ts';
import type { ActionContext } from './context.ts';

export async function removeApiKey(
  context: ActionContext,
  { sid }: Pick<ApiKey, 'sid'>,
): Promise<void> {
  await context.transact((tx) => deleteApiKey(tx, sid));
}
