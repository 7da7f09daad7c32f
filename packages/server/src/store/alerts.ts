import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';
import type { Page, PageRequest } from '../base/page.ts';
import type { Alert } from '../model/alert.ts';
import { lockName } from './locks.ts';
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

export interface AlertFilter {
  readonly logLevel?: Alert['logLevel'] | undefined;
  readonly errorCode?: number | undefined;
  readonly resourceSid?: string | undefined;
  /** Of an alert that was raised again and again, any of the times. */
  readonly startDate?: Instant | undefined;
  readonly endDate?: Instant | undefined;
}

/** Those that occurred last come first. */
export async function listAlerts(
  db: Db,
  accountSid: Sid<'AC'>,
  filter: AlertFilter,
  page: PageRequest,
): Promise<Page<Alert>> {
  const { logLevel, errorCode, resourceSid, startDate, endDate } = filter;
  let query = db.selectFrom('alerts').selectAll().where('accountSid', '=', accountSid);
  if (logLevel !== undefined) query = query.where('logLevel', '=', logLevel);
  if (errorCode !== undefined) query = query.where('errorCode', '=', errorCode);
  if (resourceSid !== undefined) query = query.where('resourceSid', '=', resourceSid);
  if (startDate !== undefined) query = query.where('dateLastOccurred', '>=', startDate);
  if (endDate !== undefined) query = query.where('dateCreated', '<=', endDate);
  return paged(query, page, 'newest-first');
}

/** How many alerts of a family there are; nobody else adds one until the transaction ends. */
export async function lockAlertFamily(tx: Tx, familyKey: string): Promise<number> {
  await lockName(tx, 'alerts', familyKey);
  const { count } = await tx
    .selectFrom('alerts')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('familyKey', '=', familyKey)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** To be asked once the alert's family is locked. */
export async function findAlertByFloodKey(tx: Tx, floodKey: string): Promise<Alert | undefined> {
  return tx.selectFrom('alerts').selectAll().where('floodKey', '=', floodKey).executeTakeFirst();
}

export async function insertAlert(tx: Tx, alert: New<Alert>): Promise<void> {
  await tx.insertInto('alerts').values(alert).execute();
}

/** Written anew, so that its `seq` makes it the newest: for lists, and for who reads on from a number. */
export async function replaceAlert(tx: Tx, alert: New<Alert>): Promise<void> {
  await tx.deleteFrom('alerts').where('sid', '=', alert.sid).execute();
  await insertAlert(tx, alert);
}
