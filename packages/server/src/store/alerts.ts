import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';
import type { Page, PageRequest } from '../base/page.ts';
import type { Alert } from '../model/alert.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

export async function findAlert(
  db: Db,
  accountSid: Sid<'AC'>,
  sid: string,
): Promise<Alert | undefined> {
  return db
    .selectFrom('alerts')
    .selectAll()
    .where('sid', '=', sid as Sid<'NO'>)
    .where('accountSid', '=', accountSid)
    .executeTakeFirst();
}

export async function listAlerts(
  db: Db,
  accountSid: Sid<'AC'>,
  filter: {
    readonly logLevel: Alert['logLevel'] | undefined;
    readonly startDate: Instant | undefined;
    readonly endDate: Instant | undefined;
  },
  page: PageRequest,
): Promise<Page<Alert>> {
  let query = db.selectFrom('alerts').selectAll().where('accountSid', '=', accountSid);
  if (filter.logLevel !== undefined) query = query.where('logLevel', '=', filter.logLevel);
  if (filter.startDate !== undefined) query = query.where('dateCreated', '>=', filter.startDate);
  if (filter.endDate !== undefined) query = query.where('dateCreated', '<=', filter.endDate);
  return paged(query, page, 'newest-first');
}

export async function insertAlert(tx: Tx, alert: New<Alert>): Promise<void> {
  await tx.insertInto('alerts').values(alert).execute();
}
