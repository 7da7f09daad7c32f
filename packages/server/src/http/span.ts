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

const us = /^(\d\d)\/(\d\d)\/(\d{4})((?: \d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)?)$/;
const zone = /\s+(UTC|GMT|[ECMP][SD]T)$/i;
/** RFC 2822 §4.3 */
const zoneOffsets: Readonly<Record<string, string>> = {
  UTC: 'Z',
  GMT: 'Z',
  EST: '-05:00',
  EDT: '-04:00',
  CST: '-06:00',
  CDT: '-05:00',
  MST: '-07:00',
  MDT: '-06:00',
  PST: '-08:00',
  PDT: '-07:00',
};

/** As `readIso`, and as Twilio's samples write dates: `06/11/2019 22:05:25 MST`, `Tue, 11 Jun 2019 22:05:25 +0000`. */
function readLooseDate(text: string): Span | undefined {
  const [named, name = 'UTC'] = zone.exec(text) ?? [''];
  const local = text.slice(0, text.length - named.length).replace(us, '$3-$1-$2$4');
  const offset = local.includes(':') ? (zoneOffsets[name.toUpperCase()] ?? 'Z') : '';
  const read = readIso(text) ?? readIso(local + offset);
  if (read !== undefined) return read;
  if (!/^[A-Z][a-z]{2}, .* (?:GMT|UTC|[+-]\d{4})$/.test(text)) return undefined;
  const from = Date.parse(text);
  return Number.isNaN(from) ? undefined : { from, until: from + SECOND_MS - 1 };
}

/** A date or time as Twilio's samples write it, of UTC where it names no zone: empty is none. */
export const looseSpan: Field<Span | undefined> = {
  read: (values, name) => {
    const given = values.at(-1) ?? '';
    if (given === '') return undefined;
    const read = readLooseDate(given);
    if (read !== undefined) return read;
    throw refusal('invalidParameter', {
      name,
      problem: `${given} was given; a date is expected, as 2026-11-22, 2026-11-22T10:00:00Z or 11/22/2026 10:00:00 MST.`,
    });
  },
};

/** The day in which a span begins, of UTC. */
export function dayOf(read: Span | undefined): Span | undefined {
  if (read === undefined) return undefined;
  const from = Math.floor(read.from / DAY_MS) * DAY_MS;
  return { from, until: from + DAY_MS - 1 };
}

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
