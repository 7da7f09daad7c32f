import type { Sid } from '@tutti/ids';
import type { Page, PageRequest } from '../base/page.ts';
import type { Audit } from '../model/audit.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

export async function findAudit(
  db: Db,
  accountSid: Sid<'AC'>,
  sid: string,
): Promise<Audit | undefined> {
  return db
    .selectFrom('audits')
    .selectAll()
    .where('sid', '=', sid as Sid<'BC'>)
    .where('accountSid', '=', accountSid)
    .executeTakeFirst();
}

/** Newest first. */
export async function listAudits(
  db: Db,
  accountSid: Sid<'AC'>,
  page: PageRequest,
): Promise<Page<Audit>> {
  const query = db.selectFrom('audits').selectAll().where('accountSid', '=', accountSid);
  return paged(query, page, 'newest-first');
}

/** The newest audit of an account; of those that asked voice URLs, where only such can be compared with. */
export async function findLastAudit(
  db: Db | Tx,
  accountSid: Sid<'AC'>,
  probed: boolean,
): Promise<Audit | undefined> {
  return db
    .selectFrom('audits')
    .selectAll()
    .where('accountSid', '=', accountSid)
    .$if(probed, (query) => query.where('probed', '=', 1))
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
}

export async function insertAudit(tx: Tx, audit: New<Audit>): Promise<void> {
  await tx.insertInto('audits').values(audit).execute();
}
