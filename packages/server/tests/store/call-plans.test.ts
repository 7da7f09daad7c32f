import { CompiledQuery, sql } from 'kysely';
import { expect, test } from 'vitest';
import { placeCall } from '../../src/actions/place-call.ts';
import { findCall, listCalls, type CallFilter } from '../../src/store/calls.ts';
import { both, onEngines, open, type OpenedStore } from './_engines.ts';
import { recordQueries } from './_record-queries.ts';

const CALLS = 2000;
/** The other party of one call in so many. */
const RARE = 'sip:rare@example.com';

/** Calls of the account, each an hour after the one before. */
async function addCalls(opened: OpenedStore): Promise<void> {
  const { context, store } = opened;
  const { sid: accountSid } = await opened.account();
  const placed = await placeCall(context, {
    accountSid,
    to: 'sip:phone@example.com',
    from: 'client:tutti',
    url: null,
    method: 'POST',
    twiml: '<Response/>',
    applicationSid: null,
    fallbackUrl: null,
    fallbackMethod: 'POST',
    statusCallback: null,
    statusCallbackMethod: 'POST',
    statusCallbackEvents: [],
    timeoutSec: 60,
    timeLimitSec: null,
    sendDigits: null,
    sipAuthUsername: null,
    sipAuthPassword: null,
    conductorSid: null,
  });
  const row = await findCall(store.db, placed.sid);
  if (row === undefined) throw new Error('The call was not placed.');
  const { seq: _, ...call } = row;
  await store.transact(async (tx) => {
    for (let first = 0; first < CALLS; first += 200) {
      const rows = Array.from({ length: 200 }, (__, index) => {
        const at = (first + index) * 3_600_000;
        return {
          ...call,
          sid: context.ids.sid('CA'),
          status: 'completed' as const,
          to: (first + index) % 500 === 0 ? RARE : call.to,
          from: (first + index) % 500 === 1 ? RARE : call.from,
          parentCallSid: (first + index) % 500 === 2 ? call.sid : null,
          dateCreated: at,
          startTime: at,
          endTime: at,
        };
      });
      await tx.insertInto('calls').values(rows).execute();
    }
    await sql`analyze`.execute(tx);
  });
}

onEngines('Calls by a filter', both, (engine) => {
  test('are found among all that there were without reading all of them', async () => {
    await using opened = await open(engine);
    await addCalls(opened);
    const { db } = opened.store;
    const { sid } = await opened.account();
    const page = { page: 0, pageSize: 50, cursor: undefined };
    const parent = await db
      .selectFrom('calls')
      .select('parentCallSid')
      .where('parentCallSid', 'is not', null)
      .executeTakeFirstOrThrow();
    const filters: (readonly [CallFilter, string])[] = [
      [{ to: RARE }, 'calls_accountSid_to_seq'],
      [{ from: RARE }, 'calls_accountSid_from_seq'],
      [{ parentCallSid: parent.parentCallSid ?? '' }, 'calls_parentCallSid_seq'],
      [{ startedFrom: 0, startedUntil: 10_800_000 }, 'calls_accountSid_started'],
      [{ endedFrom: 0, endedUntil: 10_800_000 }, 'calls_accountSid_endTime'],
    ];
    const how = engine.name === 'SQLite' ? 'explain query plan' : 'explain';

    for (const [filter, index] of filters) {
      const { items } = await listCalls(db, sid, filter, page);
      expect(items).toHaveLength(4);
      const queries: CompiledQuery[] = [];
      await listCalls(recordQueries(engine, queries), sid, filter, page);
      for (const { sql: text, parameters } of queries) {
        const plan = await db.executeQuery(CompiledQuery.raw(`${how} ${text}`, [...parameters]));
        expect(JSON.stringify(plan.rows)).toContain(index);
      }
      expect(queries).toHaveLength(1);
    }
  });
});
