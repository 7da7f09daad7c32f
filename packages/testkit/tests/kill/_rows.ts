import type { Api, Json } from './_api.ts';
import { markIn } from './_arrivals.ts';
import type { Change, Ledger, Thing } from './_ledger.ts';

/** A row as the API shows it, and the conversation that it is in, if it is in one. */
export interface Row {
  readonly sid: string;
  readonly conversationSid: string;
  /** Of who wrote it last; undefined for what no request made. */
  readonly mark: string | undefined;
  readonly body: Json;
}

/** All that the API shows. */
export interface Rows {
  readonly conversations: readonly Row[];
  readonly messages: readonly Row[];
  readonly participants: readonly Row[];
  readonly conductors: readonly Row[];
  readonly calls: readonly Json[];
  /** SIDs of calls that ended with a process, as often as alerts say so. */
  readonly lostCalls: readonly string[];
  /** How many more of these one alert counts: beyond twenty an hour they have none of their own. */
  readonly lostBeyond: number;
}

const CALL_LOST = '75014';
const BEYOND = /the others beyond are counted with it/;

export async function readRows(api: Api): Promise<Rows> {
  const conversations = (await api.list('/v1/Conversations', 'conversations')).map((body) => ({
    sid: body.sid,
    conversationSid: body.sid,
    mark: body.friendly_name,
    body,
  }));
  const of = async (collection: string, mark: (body: Json) => string | undefined) => {
    const rows: Row[] = [];
    for (const { sid } of conversations) {
      const path = `/v1/Conversations/${sid}/${collection}`;
      for (const body of await api.list(path, collection.toLowerCase())) {
        rows.push({ sid: body.sid, conversationSid: sid, mark: mark(body), body });
      }
    }
    return rows;
  };
  const alerts = await api.list('/v1/Alerts', 'alerts', 1000);
  return {
    conversations,
    messages: await of('Messages', ({ body }) => body),
    participants: await of('Participants', ({ attributes }) => markIn(attributes)),
    conductors: await of('Conductors', ({ friendly_name: name }) => name ?? undefined),
    calls: await api.calls(),
    lostCalls: alerts
      .filter(({ error_code: code }) => code === CALL_LOST)
      .map(({ resource_sid: sid }) => sid),
    lostBeyond: alerts
      .filter(({ error_code: code, alert_text: text }) => code === CALL_LOST && BEYOND.test(text))
      .reduce((total, { occurrences }) => total + Number(occurrences), 0),
  };
}

/** What became of each change. */
export interface Fate {
  readonly thing: Thing;
  readonly change: Change;
  readonly happened: boolean;
  /** The conversation it is in or is. */
  readonly conversationSid: string;
  /** Of the thing; undefined for one that never was. */
  readonly sid: string | undefined;
}

/**
 * Finds each thing among the rows as its acknowledged changes left it, or as the last, unanswered one would have;
 * tells which changes happened and, of what does not fit, what is wrong.
 */
export function compareRows(ledger: Ledger, rows: Rows): { fates: Fate[]; problems: string[] } {
  const problems: string[] = [];
  const fates: Fate[] = [];
  const { conversations, messages, participants, conductors } = rows;
  const all = [...conversations, ...messages, ...participants, ...conductors];
  const bySid = new Map(all.map((row) => [row.sid, row]));
  const byMark = new Map(all.map((row) => [row.mark, row]));
  const known = new Set<string>();
  const gone = new Set<Thing>();
  // Conversations first: what is in one that is gone is gone with it.
  for (const thing of ledger.things.toSorted((a, b) => rank(a) - rank(b))) {
    const [made] = thing.changes;
    if (made === undefined) continue;
    const row = thing.sid === undefined ? byMark.get(made.mark) : bySid.get(thing.sid);
    if (row !== undefined) known.add(row.sid);
    const last = thing.changes.filter(({ outcome }) => outcome !== 'refused').at(-1);
    const settled = thing.changes.filter(({ outcome }) => outcome === 'acknowledged').at(-1);
    const isTaken = thing.conversation !== undefined && gone.has(thing.conversation);
    const now = [last, settled].find((state) => fits(row, state));
    if (now === undefined && !isTaken && (row !== undefined || settled?.removes === false)) {
      problems.push(`${thing.kind} ${thing.sid ?? made.mark}: ${told(thing, row)}`);
    }
    if (row === undefined) gone.add(thing);
    for (const change of thing.changes) {
      const happened = change.outcome === 'acknowledged' || (change === now && now === last);
      const conversationSid = thing.conversation?.sid ?? row?.sid ?? thing.sid;
      if (conversationSid === undefined) continue;
      fates.push({ thing, change, happened, conversationSid, sid: thing.sid ?? row?.sid });
    }
    if (row !== undefined && thing.index !== undefined && row.body.index !== thing.index) {
      problems.push(`message ${row.sid} was answered index ${thing.index}, has ${row.body.index}`);
    }
    const closed = thing.changes.some(
      ({ events, outcome }) => events.length > 1 && outcome === 'acknowledged',
    );
    if (closed && row?.body.state !== 'closed') problems.push(`${thing.sid} is not closed`);
  }
  for (const row of all) {
    if (!known.has(row.sid) && row.mark !== undefined)
      problems.push(`${row.sid}: nobody asked for it`);
  }
  problems.push(...compareIndexes(ledger, rows));
  return { fates, problems };
}

function rank({ conversation }: Thing): number {
  return conversation === undefined ? 0 : 1;
}

function fits(row: Row | undefined, state: Change | undefined): boolean {
  if (state === undefined) return false;
  return state.removes ? row === undefined : row?.mark === state.mark;
}

function told({ changes }: Thing, row: Row | undefined): string {
  const asked = changes.map(
    ({ mark, removes, outcome }) => `${removes ? 'removal' : mark} ${outcome}`,
  );
  return `${asked.join(', ')}; there is ${row === undefined ? 'none' : String(row.mark)}`;
}

/** Every index of a conversation is a message's that is there, or was one's that was removed. */
function compareIndexes(ledger: Ledger, { conversations, messages }: Rows): string[] {
  const indexes = new Map<string, number[]>(conversations.map(({ sid }) => [sid, []]));
  for (const { conversationSid, body } of messages) indexes.get(conversationSid)?.push(body.index);
  const there = new Set(messages.map(({ sid }) => sid));
  for (const { kind, conversation, sid, index } of ledger.things) {
    if (kind !== 'message' || sid === undefined || index === undefined || there.has(sid)) continue;
    indexes.get(conversation?.sid ?? '')?.push(index);
  }
  return [...indexes].flatMap(([sid, taken]) => {
    const sorted = taken.toSorted((a, b) => a - b);
    const wrong = sorted.find((index, place) => index !== place);
    return wrong === undefined
      ? []
      : [`${sid}: index ${wrong} leaves a gap before it, or is a repeat`];
  });
}
