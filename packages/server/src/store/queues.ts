import type { Sid } from '@tutti/ids';
import type { Page, PageRequest } from '../base/page.ts';
import type { Queue } from '../model/queue.ts';
import { held, lockName } from './locks.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

export async function findQueue(
  db: Db | Tx,
  accountSid: Sid<'AC'>,
  sid: string,
): Promise<Queue | undefined> {
  return db
    .selectFrom('queues')
    .selectAll()
    .where('sid', '=', sid as Sid<'QU'>)
    .where('accountSid', '=', accountSid)
    .executeTakeFirst();
}

/** The queue, which nobody else joins, takes from or changes until the transaction ends. */
export async function lockQueue(tx: Tx, sid: Sid<'QU'>): Promise<Queue | undefined> {
  return held(tx, tx.selectFrom('queues').selectAll().where('sid', '=', sid)).executeTakeFirst();
}

/** As `lockQueue`, by name; nobody makes one of that name either. */
export async function lockQueueName(
  tx: Tx,
  accountSid: Sid<'AC'>,
  name: string,
): Promise<Queue | undefined> {
  await lockName(tx, 'queue', accountSid, name);
  const query = tx
    .selectFrom('queues')
    .selectAll()
    .where('accountSid', '=', accountSid)
    .where('friendlyName', '=', name);
  return held(tx, query).executeTakeFirst();
}

export async function listQueues(
  db: Db,
  accountSid: Sid<'AC'>,
  page: PageRequest,
): Promise<Page<Queue>> {
  const query = db.selectFrom('queues').selectAll().where('accountSid', '=', accountSid);
  return paged(query, page, 'newest-first');
}

export async function insertQueue(tx: Tx, queue: New<Queue>): Promise<void> {
  await tx.insertInto('queues').values(queue).execute();
}

export async function updateQueue(
  tx: Tx,
  sid: Sid<'QU'>,
  change: Partial<New<Queue>>,
): Promise<void> {
  await tx.updateTable('queues').set(change).where('sid', '=', sid).execute();
}

export async function deleteQueue(tx: Tx, sid: Sid<'QU'>): Promise<void> {
  await tx.deleteFrom('queues').where('sid', '=', sid).execute();
}
