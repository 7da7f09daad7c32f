import type { Sid } from '@tutti/ids';
import type { Page, PageRequest } from '../base/page.ts';
import type { Transcription } from '../model/transcription.ts';
import { held } from './locks.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

export async function findTranscription(
  db: Db | Tx,
  sid: Sid<'TR'>,
): Promise<Transcription | undefined> {
  return db.selectFrom('transcriptions').selectAll().where('sid', '=', sid).executeTakeFirst();
}

/** The transcription, which nobody else changes until the transaction ends. */
export async function lockTranscription(
  tx: Tx,
  sid: Sid<'TR'>,
): Promise<Transcription | undefined> {
  return held(
    tx,
    tx.selectFrom('transcriptions').selectAll().where('sid', '=', sid),
  ).executeTakeFirst();
}

/** Of the account, or of one recording alone. */
export async function listTranscriptions(
  db: Db,
  accountSid: Sid<'AC'>,
  recordingSid: Sid<'RE'> | undefined,
  page: PageRequest,
): Promise<Page<Transcription>> {
  let query = db.selectFrom('transcriptions').selectAll().where('accountSid', '=', accountSid);
  if (recordingSid !== undefined) query = query.where('recordingSid', '=', recordingSid);
  return paged(query, page, 'newest-first');
}

/** Those still to be made, oldest first. */
export async function listPendingTranscriptions(db: Db | Tx): Promise<Sid<'TR'>[]> {
  const pending = await db
    .selectFrom('transcriptions')
    .select('sid')
    .where('status', '=', 'in-progress')
    .orderBy('seq')
    .execute();
  return pending.map(({ sid }) => sid);
}

export async function insertTranscription(
  tx: Tx,
  transcription: New<Transcription>,
): Promise<void> {
  await tx.insertInto('transcriptions').values(transcription).execute();
}

export async function updateTranscription(
  tx: Tx,
  sid: Sid<'TR'>,
  change: Partial<New<Transcription>>,
): Promise<void> {
  await tx.updateTable('transcriptions').set(change).where('sid', '=', sid).execute();
}

export async function deleteTranscription(tx: Tx, sid: Sid<'TR'>): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('transcriptions')
    .where('sid', '=', sid)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
