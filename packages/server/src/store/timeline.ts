import type { Sid } from '@tutti/ids';
import { sql } from 'kysely';
import type { Message } from '../model/message.ts';
import type { TimelineEntry } from '../model/timeline-entry.ts';
import type { Db } from './open-store.ts';
import { prepared } from './prepared.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

/** A place in the timeline: entries and messages are ordered by date, then kind, then seq. */
export interface TimelinePosition {
  readonly date: number;
  readonly source: 'entry' | 'message';
  readonly seq: number;
}

export type TimelineItem =
  | { readonly source: 'message'; readonly message: Message }
  | { readonly source: 'entry'; readonly entry: TimelineEntry };

/** Up to `limit` items strictly after `from` in the given order; from the end of the list when absent. */
export async function listTimeline(
  db: Db,
  conversationSid: Sid<'CH'>,
  order: 'asc' | 'desc',
  from: TimelinePosition | undefined,
  limit: number,
): Promise<TimelineItem[]> {
  const beyond = order === 'asc' ? '>' : '<';
  const after = (source: TimelinePosition['source']) => {
    if (from === undefined) return sql<boolean>`1 = 1`;
    const date = sql.ref('dateCreated');
    const operator = sql.raw(beyond);
    // Within one instant, entries come before messages when oldest first.
    const sameInstant =
      source === from.source
        ? sql`${sql.ref('seq')} ${operator} ${from.seq}`
        : sql.raw((source === 'message') === (order === 'asc') ? '1 = 1' : '1 = 0');
    return sql<boolean>`(${date} ${operator} ${from.date} or (${date} = ${from.date} and ${sameInstant}))`;
  };

  const messages = await db
    .selectFrom('messages')
    .selectAll()
    .where('conversationSid', '=', conversationSid)
    .where(after('message'))
    .orderBy('dateCreated', order)
    .orderBy('seq', order)
    .limit(limit)
    .execute();
  const entries = await db
    .selectFrom('timeline')
    .selectAll()
    .where('conversationSid', '=', conversationSid)
    .where(after('entry'))
    .orderBy('dateCreated', order)
    .orderBy('seq', order)
    .limit(limit)
    .execute();

  const items: TimelineItem[] = [
    ...messages.map((message) => ({ source: 'message' as const, message })),
    ...entries.map((entry) => ({ source: 'entry' as const, entry })),
  ];
  const sign = order === 'asc' ? 1 : -1;
  items.sort((a, b) => sign * comparePositions(positionOf(a), positionOf(b)));
  return items.slice(0, limit);
}

export function positionOf(item: TimelineItem): TimelinePosition {
  const { dateCreated: date, seq } = item.source === 'message' ? item.message : item.entry;
  return { date, source: item.source, seq };
}

function comparePositions(a: TimelinePosition, b: TimelinePosition): number {
  if (a.date !== b.date) return a.date - b.date;
  if (a.source !== b.source) return a.source === 'entry' ? -1 : 1;
  return a.seq - b.seq;
}

export const insertTimelineEntry: (tx: Tx, entry: New<TimelineEntry>) => Promise<unknown[]> =
  prepared<New<TimelineEntry>, unknown>((db, p) =>
    db.insertInto('timeline').values({
      accountSid: p('accountSid'),
      conversationSid: p('conversationSid'),
      kind: p('kind'),
      event: p('event'),
      resourceSid: p('resourceSid'),
      data: p('data'),
      dateCreated: p('dateCreated'),
    }),
  );
