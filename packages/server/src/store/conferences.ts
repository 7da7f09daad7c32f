import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';
import type { Page, PageRequest } from '../base/page.ts';
import type { Conference } from '../model/conference.ts';
import { held } from './locks.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

export async function findConference(
  db: Db | Tx,
  accountSid: Sid<'AC'>,
  sid: string,
): Promise<Conference | undefined> {
  return db
    .selectFrom('conferences')
    .selectAll()
    .where('sid', '=', sid as Sid<'CF'>)
    .where('accountSid', '=', accountSid)
    .executeTakeFirst();
}

/** The conference, which nobody else joins, leaves or changes until the transaction ends. */
export async function lockConference(tx: Tx, sid: Sid<'CF'>): Promise<Conference | undefined> {
  return held(
    tx,
    tx.selectFrom('conferences').selectAll().where('sid', '=', sid),
  ).executeTakeFirst();
}

/** As `lockConference`, the one of that name that has not ended. */
export async function lockLiveConference(
  tx: Tx,
  accountSid: Sid<'AC'>,
  name: string,
): Promise<Conference | undefined> {
  const query = tx
    .selectFrom('conferences')
    .selectAll()
    .where('accountSid', '=', accountSid)
    .where('liveName', '=', name);
  return held(tx, query).executeTakeFirst();
}

export interface ConferenceFilter {
  readonly friendlyName?: string | undefined;
  readonly status?: Conference['status'] | undefined;
  readonly createdFrom?: Instant | undefined;
  readonly createdUntil?: Instant | undefined;
  readonly updatedFrom?: Instant | undefined;
  readonly updatedUntil?: Instant | undefined;
}

export async function listConferences(
  db: Db,
  accountSid: Sid<'AC'>,
  filter: ConferenceFilter,
  page: PageRequest,
): Promise<Page<Conference>> {
  const { createdFrom, createdUntil, updatedFrom, updatedUntil } = filter;
  let query = db.selectFrom('conferences').selectAll().where('accountSid', '=', accountSid);
  if (filter.friendlyName !== undefined) {
    query = query.where('friendlyName', '=', filter.friendlyName);
  }
  if (filter.status !== undefined) query = query.where('status', '=', filter.status);
  if (createdFrom !== undefined) query = query.where('dateCreated', '>=', createdFrom);
  if (createdUntil !== undefined) query = query.where('dateCreated', '<=', createdUntil);
  if (updatedFrom !== undefined) query = query.where('dateUpdated', '>=', updatedFrom);
  if (updatedUntil !== undefined) query = query.where('dateUpdated', '<=', updatedUntil);
  return paged(query, page, 'newest-first');
}

export async function insertConference(tx: Tx, conference: New<Conference>): Promise<void> {
  await tx.insertInto('conferences').values(conference).execute();
}

export async function updateConference(
  tx: Tx,
  sid: Sid<'CF'>,
  change: Partial<New<Conference>>,
): Promise<void> {
  await tx.updateTable('conferences').set(change).where('sid', '=', sid).execute();
}
