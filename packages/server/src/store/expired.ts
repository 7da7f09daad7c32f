import type { Kysely } from 'kysely';
import type { Instant } from '../base/clock.ts';
import { liveStatuses } from '../model/call.ts';
import { liveConferenceStatuses } from '../model/conference.ts';
import { finalStatuses, unfinishedStatuses } from '../model/recording.ts';
import type { Db } from './open-store.ts';
import type { Tx } from './transact.ts';

/** Tables whose rows go with time, and the statuses with which a row stays whatever its age. */
const unfinished = {
  outbox: ['pending'],
  deliveryAttempts: [],
  alerts: [],
  monitorEvents: [],
  sidUses: [],
  audits: [],
  calls: liveStatuses,
  conferences: liveConferenceStatuses,
  mediaStreams: ['in-progress'],
  liveTranscriptions: ['in-progress'],
  recordings: [...unfinishedStatuses, ...finalStatuses].filter((each) => each !== 'deleted'),
} as const;

export type ExpiringTable = keyof typeof unfinished;

/** What the tables have in common; two of them have no status, and none is asked of them. */
type Expiring = Kysely<
  Record<
    ExpiringTable,
    {
      readonly seq: number;
      readonly dateCreated: Instant;
      readonly dateUpdated: Instant;
      readonly status: string;
    }
  >
>;

/** A run of rows, by `seq`. */
export interface Stretch {
  /** Rows after it … */
  readonly afterSeq: number;
  /** … up to this one. */
  readonly lastSeq: number;
  readonly lastCreated: Instant;
  readonly count: number;
}

/**
 * The next `size` rows in the order of `seq`, which is the order they were made in but for jumps of the clock. So the
 * primary key leads to the old ones: an index by date would cost every insert something.
 */
export async function findStretch(
  db: Db | Tx,
  table: ExpiringTable,
  afterSeq: number,
  size: number,
): Promise<Stretch | undefined> {
  const rows = await (db as unknown as Expiring)
    .selectFrom(table)
    .select(['seq', 'dateCreated'])
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .limit(size)
    .execute();
  const last = rows.at(-1);
  if (last === undefined) return undefined;
  return { afterSeq, lastSeq: last.seq, lastCreated: last.dateCreated, count: rows.length };
}

/** Deletes what in `stretch` was made, or deleted by the customer, before `before` and is finished; returns how many. */
export async function deleteExpired(
  tx: Tx,
  table: ExpiringTable,
  { afterSeq, lastSeq }: Stretch,
  before: Instant,
): Promise<number> {
  const statuses: readonly string[] = unfinished[table];
  const { numDeletedRows } = await (tx as unknown as Expiring)
    .deleteFrom(table)
    .where('seq', '>', afterSeq)
    .where('seq', '<=', lastSeq)
    .where(table === 'recordings' ? 'dateUpdated' : 'dateCreated', '<', before)
    .$if(statuses.length > 0, (query) => query.where('status', 'not in', statuses))
    .executeTakeFirst();
  return Number(numDeletedRows);
}
