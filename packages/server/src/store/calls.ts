import type { Sid } from '@tutti/ids';
import { sql } from 'kysely';
import type { Instant } from '../base/clock.ts';
import type { Page, PageRequest } from '../base/page.ts';
import { liveStatuses, type Call, type CallStatus } from '../model/call.ts';
import { held } from './locks.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import { prepared, preparedOne } from './prepared.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

const bySid = preparedOne<{ sid: string }, Call>((db, p) =>
  db
    .selectFrom('calls')
    .selectAll()
    .where('sid', '=', p('sid') as Sid<'CA'>),
);

const bySidHeld = preparedOne<{ sid: string }, Call>((db, p) =>
  held(
    db,
    db
      .selectFrom('calls')
      .selectAll()
      .where('sid', '=', p('sid') as Sid<'CA'>),
  ),
);

export async function findCall(db: Db | Tx, sid: string): Promise<Call | undefined> {
  return bySid(db, { sid });
}

/** The call, which nobody else moves or binds until the transaction ends. */
export async function lockCall(tx: Tx, sid: string): Promise<Call | undefined> {
  return bySidHeld(tx, { sid });
}

export interface CallFilter {
  readonly to?: string | undefined;
  readonly from?: string | undefined;
  readonly parentCallSid?: string | undefined;
  readonly status?: CallStatus | undefined;
  readonly conductorSid?: string | undefined;
  readonly startedFrom?: Instant | undefined;
  readonly startedUntil?: Instant | undefined;
  readonly endedFrom?: Instant | undefined;
  readonly endedUntil?: Instant | undefined;
}

export async function listCalls(
  db: Db,
  accountSid: Sid<'AC'>,
  filter: CallFilter,
  page: PageRequest,
): Promise<Page<Call>> {
  let query = db.selectFrom('calls').selectAll().where('accountSid', '=', accountSid);
  if (filter.to !== undefined) query = query.where('to', '=', filter.to);
  if (filter.from !== undefined) query = query.where('from', '=', filter.from);
  if (filter.parentCallSid !== undefined) {
    query = query.where('parentCallSid', '=', filter.parentCallSid as Sid<'CA'>);
  }
  if (filter.status !== undefined) query = query.where('status', '=', filter.status);
  if (filter.conductorSid !== undefined) {
    query = query.where('conductorSid', '=', filter.conductorSid as Sid<'CN'>);
  }
  // A call that nobody answered started when it was placed.
  const started = sql<number>`coalesce(${sql.ref('startTime')}, ${sql.ref('dateCreated')})`;
  if (filter.startedFrom !== undefined) query = query.where(started, '>=', filter.startedFrom);
  if (filter.startedUntil !== undefined) query = query.where(started, '<=', filter.startedUntil);
  if (filter.endedFrom !== undefined) query = query.where('endTime', '>=', filter.endedFrom);
  if (filter.endedUntil !== undefined) query = query.where('endTime', '<=', filter.endedUntil);
  return paged(query, page, 'newest-first');
}

/** Calls of the Conductor that have not ended, oldest first. */
export async function listLiveCallsOfConductor(
  db: Db | Tx,
  conductorSid: Sid<'CN'>,
): Promise<Call[]> {
  return db
    .selectFrom('calls')
    .selectAll()
    .where('conductorSid', '=', conductorSid)
    .where('status', 'in', liveStatuses)
    .orderBy('seq')
    .execute();
}

const liveStatusesOfConductor = prepared<{ conductorSid: Sid<'CN'> }, Pick<Call, 'status'>>(
  (db, p) =>
    db
      .selectFrom('calls')
      .select('status')
      .where('conductorSid', '=', p('conductorSid'))
      .where('status', 'in', liveStatuses),
);

/** As `listLiveCallsOfConductor`, of each call only how far it is. */
export async function listLiveStatusesOfConductor(
  db: Db | Tx,
  conductorSid: Sid<'CN'>,
): Promise<CallStatus[]> {
  return (await liveStatusesOfConductor(db, { conductorSid })).map(({ status }) => status);
}

/** Live calls of several Conductors at once, for a page of them. */
export async function listLiveCallSids(
  db: Db | Tx,
  conductorSids: readonly Sid<'CN'>[],
): Promise<Pick<Call, 'sid' | 'conductorSid'>[]> {
  if (conductorSids.length === 0) return [];
  return db
    .selectFrom('calls')
    .select(['sid', 'conductorSid'])
    .where('conductorSid', 'in', conductorSids)
    .where('status', 'in', liveStatuses)
    .orderBy('seq')
    .execute();
}

/** Calls of the account that have not ended, oldest first. */
export async function listLiveCallsOfAccount(
  db: Db | Tx,
  accountSid: Sid<'AC'>,
): Promise<Pick<Call, 'sid'>[]> {
  return db
    .selectFrom('calls')
    .select('sid')
    .where('accountSid', '=', accountSid)
    .where('status', 'in', liveStatuses)
    .orderBy('seq')
    .execute();
}

/** Every call that has not ended, on the whole server. */
export async function listLiveCalls(db: Db | Tx): Promise<Call[]> {
  return db
    .selectFrom('calls')
    .selectAll()
    .where('status', 'in', liveStatuses)
    .orderBy('seq')
    .execute();
}

export async function insertCall(tx: Tx, call: New<Call>): Promise<void> {
  await tx.insertInto('calls').values(call).execute();
}

export async function updateCall(
  tx: Tx,
  sid: Sid<'CA'>,
  change: Partial<New<Call>>,
): Promise<void> {
  await tx.updateTable('calls').set(change).where('sid', '=', sid).execute();
}

export async function deleteCall(tx: Tx, sid: Sid<'CA'>): Promise<void> {
  await tx.deleteFrom('calls').where('sid', '=', sid).execute();
}

export async function listLiveCallsOfParticipant(
  db: Db | Tx,
  participantSid: Sid<'MB'>,
): Promise<Call[]> {
  return db
    .selectFrom('calls')
    .selectAll()
    .where('participantSid', '=', participantSid)
    .where('status', 'in', liveStatuses)
    .orderBy('seq')
    .execute();
}

/** Live calls of several participants at once, for a page of them. */
export async function listLiveCallsOfParticipants(
  db: Db | Tx,
  participantSids: readonly Sid<'MB'>[],
): Promise<Pick<Call, 'sid' | 'participantSid'>[]> {
  if (participantSids.length === 0) return [];
  return db
    .selectFrom('calls')
    .select(['sid', 'participantSid'])
    .where('participantSid', 'in', participantSids)
    .where('status', 'in', liveStatuses)
    .orderBy('seq')
    .execute();
}
