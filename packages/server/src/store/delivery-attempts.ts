import type { Sid } from '@tutti/ids';
import type { Page, PageRequest } from '../base/page.ts';
import type { DeliveryAttempt } from '../model/delivery-attempt.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

export async function listDeliveryAttempts(
  db: Db,
  accountSid: Sid<'AC'>,
  filter: { readonly resourceSid: string | undefined; readonly eventType: string | undefined },
  page: PageRequest,
): Promise<Page<DeliveryAttempt>> {
  let query = db.selectFrom('deliveryAttempts').selectAll().where('accountSid', '=', accountSid);
  if (filter.resourceSid !== undefined) query = query.where('resourceSid', '=', filter.resourceSid);
  if (filter.eventType !== undefined) query = query.where('eventType', '=', filter.eventType);
  return paged(query, page, 'newest-first');
}

export async function insertDeliveryAttempt(tx: Tx, attempt: New<DeliveryAttempt>): Promise<void> {
  await tx.insertInto('deliveryAttempts').values(attempt).execute();
}
