import { createHash } from 'node:crypto';
import type { Sid } from '@tutti/ids';
import type { ApiKey } from '../model/api-key.ts';
import { insertApiKey } from '../store/api-keys.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

export interface CreatedApiKey {
  readonly key: New<ApiKey>;
  /** Shown once; only its hash is kept. */
  readonly secret: string;
}

export async function createApiKey(
  context: ActionContext,
  accountSid: Sid<'AC'>,
  friendlyName: string,
  origin: Origin,
): Promise<CreatedApiKey> {
  return context.transact((tx) => insertNewApiKey(tx, context, accountSid, friendlyName, origin));
}

/** As `createApiKey`, inside a transaction under way. */
export async function insertNewApiKey(
  tx: Tx,
  { ids, clock }: Pick<ActionContext, 'ids' | 'clock'>,
  accountSid: Sid<'AC'>,
  friendlyName: string,
  origin: Origin,
): Promise<CreatedApiKey> {
  const secret = ids.keySecret();
  const now = clock.now();
  const key = {
    sid: ids.sid('SK'),
    accountSid,
    friendlyName,
    // 190 random bits cannot be guessed from a hash, so no slow one is needed.
    secretHash: createHash('sha256').update(secret).digest('hex'),
    dateCreated: now,
    dateUpdated: now,
  };
  await insertApiKey(tx, key);
  await recordEvent(tx, { ids, clock }, origin, {
    type: 'api-key',
    accountSid,
    resourceSid: key.sid,
    current: key,
  });
  return { key, secret };
}
