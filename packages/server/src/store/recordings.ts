import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';
import type { Page, PageRequest } from '../base/page.ts';
import { unfinishedStatuses, type Recording } from '../model/recording.ts';
import { held } from './locks.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

/** Undefined when it was deleted, too. */
export async function findRecording(db: Db | Tx, sid: Sid<'RE'>): Promise<Recording | undefined> {
  const recording = await findRecordingEvenDeleted(db, sid);
  return recording?.status === 'deleted' ? undefined : recording;
}

export async function findRecordingEvenDeleted(
  db: Db | Tx,
  sid: Sid<'RE'>,
): Promise<Recording | undefined> {
  return db.selectFrom('recordings').selectAll().where('sid', '=', sid).executeTakeFirst();
}

/** The recording, unless it was deleted, which nobody else changes until the transaction ends. */
export async function lockRecording(tx: Tx, sid: Sid<'RE'>): Promise<Recording | undefined> {
  return held(
    tx,
    tx.selectFrom('recordings').selectAll().where('sid', '=', sid).where('status', '!=', 'deleted'),
  ).executeTakeFirst();
}

export interface RecordingFilter {
  readonly callSid?: string | undefined;
  /** null: of calls alone. */
  readonly conferenceSid?: Sid<'CF'> | null | undefined;
  readonly createdFrom?: Instant | undefined;
  readonly createdUntil?: Instant | undefined;
  /** Default: those are left out. */
  readonly includeDeleted?: boolean | undefined;
}

export async function listRecordings(
  db: Db,
  accountSid: Sid<'AC'>,
  filter: RecordingFilter,
  page: PageRequest,
): Promise<Page<Recording>> {
  let query = db.selectFrom('recordings').selectAll().where('accountSid', '=', accountSid);
  const { callSid, conferenceSid, createdFrom, createdUntil, includeDeleted = false } = filter;
  if (!includeDeleted) query = query.where('status', '!=', 'deleted');
  if (callSid !== undefined) query = query.where('callSid', '=', callSid as Sid<'CA'>);
  if (conferenceSid === null) query = query.where('conferenceSid', 'is', null);
  else if (conferenceSid !== undefined) query = query.where('conferenceSid', '=', conferenceSid);
  if (createdFrom !== undefined) query = query.where('dateCreated', '>=', createdFrom);
  if (createdUntil !== undefined) query = query.where('dateCreated', '<=', createdUntil);
  return paged(query, page, 'newest-first');
}

/** Those of a call whose files are still being written, newest first. */
export async function listUnfinishedRecordings(
  db: Db | Tx,
  callSid: Sid<'CA'>,
): Promise<Recording[]> {
  return db
    .selectFrom('recordings')
    .selectAll()
    .where('callSid', '=', callSid)
    .where('conferenceSid', 'is', null)
    .where('status', 'in', unfinishedStatuses)
    .orderBy('seq', 'desc')
    .execute();
}

/** Those of a conference, newest first. */
export async function listRecordingsOfConference(
  db: Db | Tx,
  conferenceSid: Sid<'CF'>,
): Promise<Recording[]> {
  return db
    .selectFrom('recordings')
    .selectAll()
    .where('conferenceSid', '=', conferenceSid)
    .where('status', '!=', 'deleted')
    .orderBy('seq', 'desc')
    .execute();
}

/** The one that a call with `Record` has of itself, once it is answered. */
export async function findRecordingOfWholeCall(
  db: Db | Tx,
  callSid: Sid<'CA'>,
): Promise<Recording | undefined> {
  return db
    .selectFrom('recordings')
    .selectAll()
    .where('callSid', '=', callSid)
    .where('source', '=', 'OutboundAPI')
    .executeTakeFirst();
}

/** Unfinished ones of calls that processes carried which are not among `nodes`. */
export async function listLostRecordings(
  db: Db | Tx,
  nodes: readonly number[],
): Promise<Recording[]> {
  const unfinished = await db
    .selectFrom('recordings')
    .selectAll()
    .where('status', 'in', unfinishedStatuses)
    .orderBy('seq')
    .execute();
  const sids = unfinished.map(({ callSid }) => callSid);
  if (sids.length === 0) return [];
  const calls = await db
    .selectFrom('calls')
    .select(['sid', 'node'])
    .where('sid', 'in', sids)
    .execute();
  const carried = new Set(
    calls.filter(({ node }) => node !== null && nodes.includes(node)).map(({ sid }) => sid),
  );
  return unfinished.filter(({ callSid }) => !carried.has(callSid));
}

/** Which of `sids` name a recording that was not deleted. */
export async function listKnownRecordings(
  db: Db | Tx,
  sids: readonly Sid<'RE'>[],
): Promise<Set<Sid<'RE'>>> {
  if (sids.length === 0) return new Set();
  const known = await db
    .selectFrom('recordings')
    .select('sid')
    .where('sid', 'in', sids)
    .where('status', '!=', 'deleted')
    .execute();
  return new Set(known.map(({ sid }) => sid));
}

/** Those whose files are complete, in the order of seq, after `afterSeq`. */
export async function listRecordingsAfter(
  db: Db | Tx,
  afterSeq: number,
  limit: number,
): Promise<Pick<Recording, 'seq' | 'sid' | 'accountSid'>[]> {
  return db
    .selectFrom('recordings')
    .select(['seq', 'sid', 'accountSid'])
    .where('seq', '>', afterSeq)
    .where('status', '=', 'completed')
    .orderBy('seq')
    .limit(limit)
    .execute();
}

export async function insertRecording(tx: Tx, recording: New<Recording>): Promise<void> {
  await tx.insertInto('recordings').values(recording).execute();
}

export async function updateRecording(
  tx: Tx,
  sid: Sid<'RE'>,
  change: Partial<New<Recording>>,
): Promise<void> {
  await tx.updateTable('recordings').set(change).where('sid', '=', sid).execute();
}
