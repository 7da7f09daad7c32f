import type { Sid, SidPrefix } from '@tutti/ids';
import { sql } from 'kysely';
import type { Instant } from '../base/clock.ts';
import type { Page, PageRequest } from '../base/page.ts';
import { APPLICATION_GRANT, type SidUse, type SidUseOutcome } from '../model/sid-use.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import { prepared } from './prepared.ts';
import type { New, Schema } from './schema.ts';
import type { Tx } from './transact.ts';

/** Rows of one statement at most: each number of rows is a statement of its own. */
const ROWS_MAX = 16;

export async function insertSidUses(tx: Tx, uses: readonly New<SidUse>[]): Promise<void> {
  for (let start = 0; start < uses.length; start += ROWS_MAX) {
    const rows = uses.slice(start, start + ROWS_MAX);
    await inserts[rows.length]?.(
      tx,
      rows.flatMap((use) => columns.map((column) => use[column])),
    );
  }
}

const columns = [
  'accountSid',
  'sid',
  'outcome',
  'place',
  'parameter',
  'method',
  'path',
  'requestSid',
  'callSid',
  'errorCode',
  'occurrences',
  'dateCreated',
  'dateLastOccurred',
] as const satisfies readonly (keyof New<SidUse>)[];

/** The values stand one row after another. */
const inserts = Array.from({ length: ROWS_MAX + 1 }, (_, rows) =>
  prepared<unknown[], never>((db, p) =>
    db
      .insertInto('sidUses')
      .values(
        Array.from(
          { length: rows },
          (_none, row) =>
            Object.fromEntries(
              columns.map((column, at) => [column, p((row * columns.length + at) as never)]),
            ) as unknown as New<SidUse>,
        ),
      ),
  ),
);

/** How an account used a SID, newest first. */
export async function listSidUses(
  db: Db,
  accountSid: Sid<'AC'>,
  sid: string,
  { outcome }: { readonly outcome?: SidUseOutcome | undefined },
  page: PageRequest,
): Promise<Page<SidUse>> {
  let query = db
    .selectFrom('sidUses')
    .selectAll()
    .where('sid', '=', sid)
    .where('accountSid', '=', accountSid);
  if (outcome !== undefined) query = query.where('outcome', '=', outcome);
  return paged(query, page, 'newest-first');
}

/** What access tokens granted as applications since then, each with when it was seen last. */
export async function listGrantedApplications(
  db: Db,
  accountSid: Sid<'AC'>,
  since: Instant,
): Promise<readonly { readonly sid: string; readonly dateLastOccurred: Instant }[]> {
  return (
    db
      .selectFrom('sidUses')
      .select(['sid', (of) => of.fn.max('dateLastOccurred').as('dateLastOccurred')])
      .where('accountSid', '=', accountSid)
      // As it is written in the index.
      .where('place', '=', sql.lit('grant'))
      .where('parameter', '=', APPLICATION_GRANT)
      .where('dateLastOccurred', '>=', since)
      .groupBy('sid')
      .orderBy('sid')
      .execute()
  );
}

/** Applications of the account that calls, documents and access tokens named, as far back as uses are kept. */
export async function listNamedApplications(
  db: Db,
  accountSid: Sid<'AC'>,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('applications')
    .innerJoin('sidUses', 'sidUses.sid', 'applications.sid')
    .select('applications.sid')
    .distinct()
    .where('applications.accountSid', '=', accountSid)
    .where('sidUses.accountSid', '=', accountSid)
    .where('sidUses.outcome', '=', 'passed')
    .where((where) =>
      where.or([
        where('sidUses.place', 'in', ['twiml', 'grant']),
        where.and([
          where('sidUses.place', '=', 'parameter'),
          where.or([
            where('sidUses.path', 'like', '%/Calls.json'),
            where('sidUses.path', 'like', '%/Calls'),
          ]),
        ]),
      ]),
    )
    .execute();
  return rows.map(({ sid }) => sid);
}

/** When what had the SID was deleted: by the ledger, or by the account's events, which are kept longer. */
export async function findDeletion(
  db: Db,
  accountSid: Sid<'AC'>,
  sid: string,
): Promise<Instant | undefined> {
  const use = await db
    .selectFrom('sidUses')
    .select('dateCreated')
    .where('sid', '=', sid)
    .where('accountSid', '=', accountSid)
    .where('outcome', '=', 'deleted')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (use !== undefined) return use.dateCreated;
  const event = await db
    .selectFrom('monitorEvents')
    .select('dateCreated')
    .where('resourceSid', '=', sid)
    .where('accountSid', '=', accountSid)
    .where('eventType', 'like', '%.deleted')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return event?.dateCreated;
}

/** Where resources of a kind are, for the kinds that have rows. */
const tables: Readonly<Partial<Record<SidPrefix, keyof Schema>>> = {
  AE: 'monitorEvents',
  AP: 'applications',
  BC: 'audits',
  CA: 'calls',
  CF: 'conferences',
  CH: 'conversations',
  CN: 'conductors',
  IM: 'messages',
  IS: 'services',
  MB: 'participants',
  ME: 'media',
  NO: 'alerts',
  PN: 'phoneNumbers',
  QU: 'queues',
  RE: 'recordings',
  SK: 'apiKeys',
  WH: 'scopedWebhooks',
};

/** Kinds of which there are two, and where the others are. */
const otherTables: Readonly<Partial<Record<SidPrefix, keyof Schema>>> = {
  PN: 'outgoingCallerIds',
};

/** The account that has the resource, whichever it is. Not to be told to others. */
export async function findOwnerOfSid(
  db: Db,
  prefix: SidPrefix,
  sid: string,
): Promise<Sid<'AC'> | undefined> {
  for (const table of [tables[prefix], otherTables[prefix]]) {
    if (table === undefined) continue;
    const row = await db
      .selectFrom(table as 'conductors')
      .select('accountSid')
      .where('sid', '=', sid as Sid<'CN'>)
      .executeTakeFirst();
    if (row !== undefined) return row.accountSid;
  }
  return undefined;
}
