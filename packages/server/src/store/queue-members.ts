import type { Sid } from '@tutti/ids';
import type { Page, PageRequest } from '../base/page.ts';
import type { QueueCrowd, QueueMember } from '../model/queue.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

/** The member that a call is, unless somebody is taking it out. */
export async function findQueueMember(
  db: Db | Tx,
  queueSid: Sid<'QU'>,
  callSid: string,
): Promise<QueueMember | undefined> {
  return waiting(db, queueSid)
    .where('callSid', '=', callSid as Sid<'CA'>)
    .executeTakeFirst();
}

/** Who has waited longest; on `node`, when it is given. */
export async function findQueueFront(
  db: Db | Tx,
  queueSid: Sid<'QU'>,
  node?: number,
): Promise<QueueMember | undefined> {
  const all = waiting(db, queueSid).orderBy('seq').limit(1);
  return (node === undefined ? all : all.where('node', '=', node)).executeTakeFirst();
}

/** In the order in which they came. */
export async function pageQueueMembers(
  db: Db,
  queueSid: Sid<'QU'>,
  page: PageRequest,
): Promise<Page<QueueMember>> {
  return paged(waiting(db, queueSid), page, 'oldest-first');
}

/** From 1 on. */
export async function queuePosition(
  db: Db | Tx,
  { queueSid, seq }: Pick<QueueMember, 'queueSid' | 'seq'>,
): Promise<number> {
  const { ahead } = await db
    .selectFrom('queueMembers')
    .select(({ fn }) => fn.countAll().as('ahead'))
    .where('queueSid', '=', queueSid)
    .where('takenBy', 'is', null)
    .where('seq', '<', seq)
    .executeTakeFirstOrThrow();
  return Number(ahead) + 1;
}

/** Of each of the queues in which somebody waits. */
export async function mapQueueCrowds(
  db: Db | Tx,
  queueSids: readonly Sid<'QU'>[],
): Promise<Map<string, QueueCrowd>> {
  if (queueSids.length === 0) return new Map();
  const rows = await db
    .selectFrom('queueMembers')
    .select(({ fn }) => [
      'queueSid',
      fn.countAll().as('size'),
      fn.avg('dateEnqueued').as('averageEnqueued'),
    ])
    .where('queueSid', 'in', queueSids)
    .where('takenBy', 'is', null)
    .groupBy('queueSid')
    .execute();
  return new Map(
    rows.map(({ queueSid, size, averageEnqueued }) => [
      queueSid,
      { size: Number(size), averageEnqueued: Number(averageEnqueued) },
    ]),
  );
}

/** Everyone who has a place, also whom somebody is taking out. */
export async function countQueuePlaces(tx: Tx, queueSid: Sid<'QU'>): Promise<number> {
  const { places } = await tx
    .selectFrom('queueMembers')
    .select(({ fn }) => fn.countAll().as('places'))
    .where('queueSid', '=', queueSid)
    .executeTakeFirstOrThrow();
  return Number(places);
}

export async function insertQueueMember(tx: Tx, member: New<QueueMember>): Promise<void> {
  await tx.insertInto('queueMembers').values(member).execute();
}

/** Keeps the place for the call that takes it; null: it waits for anybody again. */
export async function markQueueMember(
  tx: Tx,
  callSid: Sid<'CA'>,
  takenBy: Sid<'CA'> | null,
): Promise<void> {
  await tx.updateTable('queueMembers').set({ takenBy }).where('callSid', '=', callSid).execute();
}

/** Without effect on a call that waits nowhere. */
export async function deleteQueueMember(tx: Tx, callSid: Sid<'CA'>): Promise<void> {
  await tx.deleteFrom('queueMembers').where('callSid', '=', callSid).execute();
}

function waiting(db: Db | Tx, queueSid: Sid<'QU'>) {
  return db
    .selectFrom('queueMembers')
    .selectAll()
    .where('queueSid', '=', queueSid)
    .where('takenBy', 'is', null);
}
