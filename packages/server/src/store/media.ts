import type { Sid } from '@tutti/ids';
import type { Media } from '../model/media.ts';
import type { Db } from './open-store.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

export async function findMedia(db: Db | Tx, sid: Sid<'ME'>): Promise<Media | undefined> {
  return db.selectFrom('media').selectAll().where('sid', '=', sid).executeTakeFirst();
}

export async function insertMedia(tx: Tx, media: New<Media>): Promise<void> {
  await tx.insertInto('media').values(media).execute();
}
