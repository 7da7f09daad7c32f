import type { Json } from './_api.ts';
import type { Arrival } from './_arrivals.ts';
import type { PlacedCall } from './_phones.ts';
import type { Rows } from './_rows.ts';

const ENDED = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled']);

/** What of calls has yet to arrive: of each the callback and the event of its end. */
export function missingCalls(arrivals: readonly Arrival[], calls: readonly Json[]): string[] {
  const told = new Set(arrivals.map(endOf));
  return calls.flatMap(({ sid, status, direction }) => {
    const missing = told.has(`end ${sid}`) ? [] : [`onCallRemoved of ${sid} (${status})`];
    const wanted = direction === 'outbound-api' && !told.has(`callback ${sid}`);
    return wanted ? [...missing, `the last callback of ${sid} (${status})`] : missing;
  });
}

function endOf({ event, parameters }: Arrival): string {
  const { CallSid, CallStatus = '' } = parameters;
  if (event.startsWith('onCallRemoved')) return `end ${CallSid}`;
  return event.startsWith('callback') && ENDED.has(CallStatus) ? `callback ${CallSid}` : '';
}

/** What is wrong with calls: one acknowledged that is not there, half told, or cut without a word. */
export function compareCalls(
  arrivals: readonly Arrival[],
  placed: readonly PlacedCall[],
  rows: Rows,
): string[] {
  const problems: string[] = [];
  const asked = new Map(placed.map((call) => [call.mark, call]));
  const found = new Map<string, Json>();
  for (const row of rows.calls) {
    const mark = /^(?:client|sip):(k\d+)/.exec(row.from)?.[1] ?? '';
    if (!asked.has(mark) || found.has(mark)) problems.push(`${row.sid}: nobody asked for it`);
    found.set(mark, row);
    if (!ENDED.has(row.status)) problems.push(`${row.sid} is ${row.status}`);
    problems.push(...compareStory(arrivals, row));
  }
  let untold = 0;
  for (const call of placed) {
    const row = found.get(call.mark);
    const must = call.sid !== undefined || call.seen !== 'nothing';
    if (must && row === undefined) problems.push(`call ${call.mark} is not there`);
    if (call.sid !== undefined && row?.sid !== call.sid) problems.push(`${call.sid} is not there`);
    const lost = rows.lostCalls.filter((sid) => sid === row?.sid).length;
    if (lost > 1) problems.push(`${row?.sid} was lost ${lost} times`);
    if (!call.isCut) continue;
    const ends = call.seen === 'ringing' ? ['failed'] : ['completed', 'failed'];
    if (lost === 0) untold += 1;
    if (!ends.includes(row?.status)) {
      problems.push(`${row?.sid} was cut while ${call.seen}: ${row?.status}`);
    }
  }
  if (untold > rows.lostBeyond) {
    problems.push(`${untold} calls were cut without an alert, which counts ${rows.lostBeyond}`);
  }
  for (const { sid, body } of rows.conductors) {
    if (body.status === 'active') problems.push(`${sid} is active, and there are no calls`);
  }
  const there = new Set(rows.calls.map(({ sid }) => sid));
  for (const { event, parameters } of arrivals) {
    const isOfCall = event.startsWith('callback') || event.startsWith('onCall');
    const sid = parameters['CallSid'] ?? '';
    if (isOfCall && !there.has(sid)) problems.push(`${event} of ${sid} tells of what is not there`);
  }
  return problems;
}

/** Callbacks are numbered from 0 without a gap, in order, and end as the row; events begin and end once. */
function compareStory(arrivals: readonly Arrival[], { sid, status, direction }: Json): string[] {
  const problems: string[] = [];
  const own = arrivals.filter(
    ({ isFirst, parameters }) => isFirst && parameters['CallSid'] === sid,
  );
  const callbacks = own.filter(({ event }) => event.startsWith('callback'));
  const numbers = callbacks.map(({ parameters }) => Number(parameters['SequenceNumber']));
  if (numbers.some((number, place) => number !== place)) {
    problems.push(`callbacks of ${sid} came as ${numbers.join(', ')}`);
  }
  const last = callbacks.at(-1)?.parameters['CallStatus'];
  if (direction === 'outbound-api' && last !== status) {
    problems.push(`the last callback of ${sid} says ${last}; it is ${status}`);
  }
  for (const receiver of ['steady', 'slow'] as const) {
    const events = own
      .filter((arrival) => arrival.receiver === receiver && arrival.event.startsWith('onCall'))
      .map(({ event }) => event.split(' ')[0]);
    const story = events.join(' ');
    if (!/^onCallAdded( onCallUpdated)+ onCallRemoved$/.test(story)) {
      problems.push(`${sid} was told to ${receiver} as ${story}`);
    }
  }
  return problems;
}
