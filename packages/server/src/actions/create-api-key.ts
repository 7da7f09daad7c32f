import { createHash } from 'node:crypto';
import type { Sid } from '@tutti/ids';
import type { ApiKey } from '../model/api-key.ts';
import { insertApiKey } from '../store/api-keys.ts';
import type { New } from '../store/schema.ts';
import type { ActionContext } from './context.ts';

export interface CreatedApiKey {
  readonly key: New<ApiKey>;
  /** Shown once; only its hash is kept. */
  readonly secret: string;
}

export async function createApiKey(
  context: ActionContext,
  accountSid: Sid<'AC'>,
  friendlyName: string,
): Promise<CreatedApiKey> {
  const created = newApiKey(context, accountSid, friendlyName);
  await context.transact((tx) => insertApiKey(tx, created.key));
  return created;
}

export function newApiKey(
  { ids, clock }: Pick<ActionContext, 'ids' | 'clock'>,
  accountSid: Sid<'AC'>,
  friendlyName: string,
): CreatedApiKey {
  const secret = ids.secret();
  const now = clock.now();
  const key = {
    sid: ids.sid('SK'),
    accountSid,
    friendlyName,
    // 128 random bits cannot be guessed from a hash, so no slow one is needed.
    secretHash: createHash('sha256').update(secret).digest('hex'),
    dateCreated: now,
    dateUpdated: now,
  };
  return { key, secret };
}
