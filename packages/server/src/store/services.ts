import type { Sid } from '@tutti/ids';
import type { Page, PageRequest } from '../base/page.ts';
import type { Service } from '../model/service.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

export async function findService(
  db: Db | Tx,
  accountSid: Sid<'AC'>,
  sid: string,
): Promise<Service | undefined> {
  return db
    .selectFrom('services')
    .selectAll()
    .where('sid', '=', sid as Sid<'IS'>)
    .where('accountSid', '=', accountSid)
    .executeTakeFirst();
}

export async function listServices(
  db: Db,
  accountSid: Sid<'AC'>,
  page: PageRequest,
): Promise<Page<Service>> {
  return paged(
    db.selectFrom('services').selectAll().where('accountSid', '=', accountSid),
    page,
    'newest-first',
  );
}

export async function insertService(tx: Tx, service: New<Service>): Promise<void> {
  await tx.insertInto('services').values(service).execute();
}

/** Deletes the service and everything in it. */
export async function deleteService(tx: Tx, sid: Sid<'IS'>): Promise<void> {
  await tx.deleteFrom('messages').where('chatServiceSid', '=', sid).execute();
  await tx.deleteFrom('participants').where('chatServiceSid', '=', sid).execute();
  await tx.deleteFrom('conductors').where('chatServiceSid', '=', sid).execute();
  await tx.deleteFrom('scopedWebhooks').where('chatServiceSid', '=', sid).execute();
  await tx
    .deleteFrom('timeline')
    .where('conversationSid', 'in', (db) =>
      db.selectFrom('conversations').select('sid').where('chatServiceSid', '=', sid),
    )
    .execute();
  await tx.deleteFrom('conversations').where('chatServiceSid', '=', sid).execute();
  await tx.deleteFrom('webhookConfigurations').where('ownerSid', '=', sid).execute();
  await tx.deleteFrom('services').where('sid', '=', sid).execute();
}
