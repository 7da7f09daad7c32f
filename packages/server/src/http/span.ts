import { refusal } from '../base/app-error.ts';
import type { Instant } from '../base/clock.ts';
import type { Field } from './form.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The moments that a date or time names, from its first to its last millisecond. */
export interface Span {
  readonly from: Instant;
  readonly until: Instant;
}

const iso =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|([+-])(\d\d):?([0-5]\d))?)?$/i;

/** Reads a date or time of ISO 8601, of UTC where it names no offset; undefined when it is none, or there is no such day. */
export function readIso(text: string): Span | undefined {
  const [match, date, minute, second, fraction, , sign, hours, minutes] = iso.exec(text) ?? [];
  if (match === undefined || Number(hours ?? 0) > 23) return undefined;
  const written = `${date}T${minute ?? '00:00'}:${second ?? '00'}`;
  const ms = Date.parse(`${written}.${(fraction ?? '').slice(0, 3).padEnd(3, '0')}Z`);
  // The 31st of February is read as a day of March.
  if (Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(written)) return undefined;
  const offsetMs = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * MINUTE_MS;
  const from = sign === '-' ? ms + offsetMs : ms - offsetMs;
  const lengthMs =
    minute === undefined
      ? DAY_MS
      : second === undefined
        ? MINUTE_MS
        : fraction === undefined
          ? SECOND_MS
          : 1;
  return { from, until: from + lengthMs - 1 };
}

/** A date or an ISO 8601 time, of a filter: empty is none. */
export const span: Field<Span | undefined> = {
  read: (values, name) => {
    const given = values.at(-1) ?? '';
    if (given === '') return undefined;
    const read = readIso(given);
    if (read !== undefined) return read;
    throw refusal('invalidParameter', {
      name,
      problem: `${given} was given; a date is expected, as 2026-11-22 or 2026-11-22T10:00:00Z.`,
    });
  },
};

/** @throws RequestError invalidParameter when nothing can be between them. */
export function checkOrder(
  from: Span | undefined,
  to: Span | undefined,
  [start, end]: readonly [start: string, end: string] = ['StartDate', 'EndDate'],
): void {
  if (from === undefined || to === undefined || to.until >= from.from) return;
  throw refusal('invalidParameter', {
    name: end,
    problem: `it is before ${start}, so nothing can be between them.`,
  });
}
