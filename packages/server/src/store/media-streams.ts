import type { Sid } from '@tutti/ids';
import type { MediaStreamRecord } from '../model/media-stream.ts';
import { held } from './locks.ts';
import type { Db } from './open-store.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

export async function findMediaStream(
  db: Db | Tx,
  sid: Sid<'MZ'>,
): Promise<MediaStreamRecord | undefined> {
  return db.selectFrom('mediaStreams').selectAll().where('sid', '=', sid).executeTakeFirst();
}

/** The stream, which nobody else changes until the transaction ends. */
export async function lockMediaStream(
  tx: Tx,
  sid: Sid<'MZ'>,
): Promise<MediaStreamRecord | undefined> {
  return held(
    tx,
    tx.selectFrom('mediaStreams').selectAll().where('sid', '=', sid),
  ).executeTakeFirst();
}

/** Those of a call that are not stopped, oldest first. */
export async function listOpenMediaStreams(
  db: Db | Tx,
  callSid: Sid<'CA'>,
): Promise<MediaStreamRecord[]> {
  return db
    .selectFrom('mediaStreams')
    .selectAll()
    .where('callSid', '=', callSid)
    .where('status', '=', 'in-progress')
    .orderBy('seq')
    .execute();
}

export async function insertMediaStream(tx: Tx, stream: New<MediaStreamRecord>): Promise<void> {
  await tx.insertInto('mediaStreams').values(stream).execute();
}

export async function updateMediaStream(
  tx: Tx,
  sid: Sid<'MZ'>,
  change: Pick<MediaStreamRecord, 'status' | 'dateUpdated'>,
): Promise<void> {
  await tx.updateTable('mediaStreams').set(change).where('sid', '=', sid).execute();
}

export async function deleteMediaStreams(tx: Tx, callSid: Sid<'CA'>): Promise<void> {
  await tx.deleteFrom('mediaStreams').where('callSid', '=', callSid).execute();
}
