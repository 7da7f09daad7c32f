import type { Sid } from '@tutti/ids';
import type { LiveTranscription } from '../model/live-transcription.ts';
import { held } from './locks.ts';
import type { Db } from './open-store.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

export async function findLiveTranscription(
  db: Db | Tx,
  sid: Sid<'GT'>,
): Promise<LiveTranscription | undefined> {
  return db.selectFrom('liveTranscriptions').selectAll().where('sid', '=', sid).executeTakeFirst();
}

/** The transcription, which nobody else changes until the transaction ends. */
export async function lockLiveTranscription(
  tx: Tx,
  sid: Sid<'GT'>,
): Promise<LiveTranscription | undefined> {
  return held(
    tx,
    tx.selectFrom('liveTranscriptions').selectAll().where('sid', '=', sid),
  ).executeTakeFirst();
}

/** Those of a call that are not stopped, oldest first. */
export async function listOpenLiveTranscriptions(
  db: Db | Tx,
  callSid: Sid<'CA'>,
): Promise<LiveTranscription[]> {
  return db
    .selectFrom('liveTranscriptions')
    .selectAll()
    .where('callSid', '=', callSid)
    .where('status', '=', 'in-progress')
    .orderBy('seq')
    .execute();
}

/** Those not stopped, of calls that processes carried which are not among `nodes`. */
export async function listLostLiveTranscriptions(
  db: Db | Tx,
  nodes: readonly number[],
): Promise<Sid<'GT'>[]> {
  const open = await db
    .selectFrom('liveTranscriptions')
    .leftJoin('calls', 'calls.sid', 'liveTranscriptions.callSid')
    .select(['liveTranscriptions.sid as sid', 'calls.node as node'])
    .where('liveTranscriptions.status', '=', 'in-progress')
    .execute();
  return open.filter(({ node }) => node === null || !nodes.includes(node)).map(({ sid }) => sid);
}

export async function insertLiveTranscription(
  tx: Tx,
  transcription: New<LiveTranscription>,
): Promise<void> {
  await tx.insertInto('liveTranscriptions').values(transcription).execute();
}

export async function updateLiveTranscription(
  tx: Tx,
  sid: Sid<'GT'>,
  change: Partial<New<LiveTranscription>>,
): Promise<void> {
  await tx.updateTable('liveTranscriptions').set(change).where('sid', '=', sid).execute();
}

export async function deleteLiveTranscriptions(tx: Tx, callSid: Sid<'CA'>): Promise<void> {
  await tx.deleteFrom('liveTranscriptions').where('callSid', '=', callSid).execute();
}
