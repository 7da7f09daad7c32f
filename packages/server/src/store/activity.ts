import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';
import type { Alert } from '../model/alert.ts';
import type { Call } from '../model/call.ts';
import type { DeliveryAttempt } from '../model/delivery-attempt.ts';
import type { TimelineEntry } from '../model/timeline-entry.ts';
import type { Db } from './open-store.ts';
import { findSettledSeq } from './settled-seq.ts';

/** A place in each of the lists that activity is made of. */
export interface ActivityPosition {
  readonly alerts: number;
  readonly deliveries: number;
  readonly timeline: number;
  /** Calls are told of again whenever they change. */
  readonly callsChangedAt: Instant;
}

export interface ActivitySince {
  readonly alerts: readonly Alert[];
  readonly deliveries: readonly DeliveryAttempt[];
  readonly timeline: readonly TimelineEntry[];
  readonly calls: readonly Call[];
}

/**
 * What an account's activity was after `position`, at most `limit` of each kind, oldest first. `now` is the present
 * instant: calls that changed in it are told of when it is over, because more may change in it.
 */
export async function listActivity(
  db: Db,
  accountSid: Sid<'AC'>,
  position: ActivityPosition,
  now: Instant,
  limit: number,
): Promise<ActivitySince> {
  const below = (await findSettledSeq(db)) ?? Number.MAX_SAFE_INTEGER;
  return {
    alerts: await db
      .selectFrom('alerts')
      .selectAll()
      .where('accountSid', '=', accountSid)
      .where('seq', '>', position.alerts)
      .where('seq', '<', below)
      .orderBy('seq')
      .limit(limit)
      .execute(),
    deliveries: await db
      .selectFrom('deliveryAttempts')
      .selectAll()
      .where('accountSid', '=', accountSid)
      .where('seq', '>', position.deliveries)
      .where('seq', '<', below)
      .orderBy('seq')
      .limit(limit)
      .execute(),
    timeline: await db
      .selectFrom('timeline')
      .selectAll()
      .where('accountSid', '=', accountSid)
      .where('seq', '>', position.timeline)
      .where('seq', '<', below)
      .orderBy('seq')
      .limit(limit)
      .execute(),
    calls: await db
      .selectFrom('calls')
      .selectAll()
      .where('accountSid', '=', accountSid)
      .where('dateUpdated', '>', position.callsChangedAt)
      .where('dateUpdated', '<', now)
      .orderBy('dateUpdated')
      .limit(limit)
      .execute(),
  };
}

/** The newest place of each list below which nothing can appear any more: what comes after it is news. */
export async function findActivityEnd(db: Db, now: Instant): Promise<ActivityPosition> {
  const below = (await findSettledSeq(db)) ?? Number.MAX_SAFE_INTEGER;
  const last = async (table: 'alerts' | 'deliveryAttempts' | 'timeline'): Promise<number> => {
    const row = await db.selectFrom(table).select('seq').orderBy('seq', 'desc').limit(1).execute();
    return Math.min(row[0]?.seq ?? 0, below - 1);
  };
  return {
    alerts: await last('alerts'),
    deliveries: await last('deliveryAttempts'),
    timeline: await last('timeline'),
    callsChangedAt: now - 1,
  };
}
