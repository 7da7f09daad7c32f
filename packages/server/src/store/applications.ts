import type { Sid } from '@tutti/ids';
import type { Page, PageRequest } from '../base/page.ts';
import type { Application } from '../model/application.ts';
import { held, lockName } from './locks.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

export async function findApplication(
  db: Db | Tx,
  accountSid: Sid<'AC'>,
  sid: string,
): Promise<Application | undefined> {
  return db
    .selectFrom('applications')
    .selectAll()
    .where('sid', '=', sid as Sid<'AP'>)
    .where('accountSid', '=', accountSid)
    .executeTakeFirst();
}

export async function listApplications(
  db: Db,
  accountSid: Sid<'AC'>,
  filter: { readonly friendlyName: string | undefined },
  page: PageRequest,
): Promise<Page<Application>> {
  let query = db.selectFrom('applications').selectAll().where('accountSid', '=', accountSid);
  if (filter.friendlyName !== undefined) {
    query = query.where('friendlyName', '=', filter.friendlyName);
  }
  return paged(query, page, 'newest-first');
}

/** The application, which nobody else deletes, changes or gives to anything until the transaction ends. */
export async function lockApplication(
  tx: Tx,
  accountSid: Sid<'AC'>,
  sid: string,
): Promise<Application | undefined> {
  const query = tx
    .selectFrom('applications')
    .selectAll()
    .where('sid', '=', sid as Sid<'AP'>)
    .where('accountSid', '=', accountSid);
  return held(tx, query).executeTakeFirst();
}

/** How many the account has; nobody else adds one until the transaction ends. */
export async function lockApplicationCount(tx: Tx, accountSid: Sid<'AC'>): Promise<number> {
  await lockName(tx, 'applications', accountSid);
  const { count } = await tx
    .selectFrom('applications')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('accountSid', '=', accountSid)
    .executeTakeFirstOrThrow();
  return count;
}

export async function insertApplication(tx: Tx, application: New<Application>): Promise<void> {
  await tx.insertInto('applications').values(application).execute();
}

export async function updateApplication(
  tx: Tx,
  sid: Sid<'AP'>,
  change: Partial<New<Application>>,
): Promise<void> {
  await tx.updateTable('applications').set(change).where('sid', '=', sid).execute();
}

export async function deleteApplication(tx: Tx, sid: Sid<'AP'>): Promise<void> {
  await tx.deleteFrom('applications').where('sid', '=', sid).execute();
}
