import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';
import type { Page, PageRequest } from '../base/page.ts';
import type { MonitorEvent } from '../model/monitor-event.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

export async function findMonitorEvent(
  db: Db,
  accountSid: Sid<'AC'>,
  sid: string,
): Promise<MonitorEvent | undefined> {
  return db
    .selectFrom('monitorEvents')
    .selectAll()
    .where('sid', '=', sid as Sid<'AE'>)
    .where('accountSid', '=', accountSid)
    .executeTakeFirst();
}

export async function listMonitorEvents(
  db: Db,
  accountSid: Sid<'AC'>,
  filter: {
    readonly actorSid: string | undefined;
    readonly eventType: string | undefined;
    readonly resourceSid: string | undefined;
    readonly sourceIpAddress: string | undefined;
    readonly startDate: Instant | undefined;
    readonly endDate: Instant | undefined;
  },
  page: PageRequest,
): Promise<Page<MonitorEvent>> {
  const { actorSid, eventType, resourceSid, sourceIpAddress, startDate, endDate } = filter;
  let query = db.selectFrom('monitorEvents').selectAll().where('accountSid', '=', accountSid);
  if (actorSid !== undefined) query = query.where('actorSid', '=', actorSid as Sid<'AC' | 'SK'>);
  if (eventType !== undefined) query = query.where('eventType', '=', eventType);
  if (resourceSid !== undefined) query = query.where('resourceSid', '=', resourceSid);
  if (sourceIpAddress !== undefined) query = query.where('sourceIpAddress', '=', sourceIpAddress);
  if (startDate !== undefined) query = query.where('dateCreated', '>=', startDate);
  if (endDate !== undefined) query = query.where('dateCreated', '<=', endDate);
  return paged(query, page, 'newest-first');
}

export async function insertMonitorEvent(tx: Tx, event: New<MonitorEvent>): Promise<void> {
  await tx.insertInto('monitorEvents').values(event).execute();
}
