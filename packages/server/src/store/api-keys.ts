import type { Sid } from '@tutti/ids';
import type { Page, PageRequest } from '../base/page.ts';
import type { ApiKey } from '../model/api-key.ts';
import { held } from './locks.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

export async function findApiKey(db: Db | Tx, sid: string): Promise<ApiKey | undefined> {
  return db
    .selectFrom('apiKeys')
    .selectAll()
    .where('sid', '=', sid as Sid<'SK'>)
    .executeTakeFirst();
}

/** The key, which nobody else changes until the transaction ends. */
export async function lockApiKey(tx: Tx, sid: Sid<'SK'>): Promise<ApiKey | undefined> {
  const query = tx.selectFrom('apiKeys').selectAll().where('sid', '=', sid);
  return held(tx, query).executeTakeFirst();
}

export async function listApiKeys(
  db: Db,
  accountSid: Sid<'AC'>,
  page: PageRequest,
): Promise<Page<ApiKey>> {
  return paged(
    db.selectFrom('apiKeys').selectAll().where('accountSid', '=', accountSid),
    page,
    'newest-first',
  );
}

export async function insertApiKey(tx: Tx, key: New<ApiKey>): Promise<void> {
  await tx.insertInto('apiKeys').values(key).execute();
}

export async function updateApiKey(
  tx: Tx,
  sid: Sid<'SK'>,
  change: Partial<New<ApiKey>>,
): Promise<void> {
  await tx.updateTable('apiKeys').set(change).where('sid', '=', sid).execute();
}

export async function deleteApiKey(tx: Tx, sid: Sid<'SK'>): Promise<void> {
  await tx.deleteFrom('apiKeys').where('sid', '=', sid).execute();
}
