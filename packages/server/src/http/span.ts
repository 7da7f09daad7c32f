import { refusal } from '../base/app-error.ts';
import type { Instant } from '../base/clock.ts';
import type { Field } from './form.ts';

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;

/** The moments that a date or time names, from its first to its last millisecond. */
export interface Span {
  readonly from: Instant;
  readonly until: Instant;
}

/** A date or an ISO 8601 time. */
export const span: Field<Span> = {
  read: (values, name) => {
    const given = values.at(-1) ?? '';
    const from = /^\d{4}-\d{2}-\d{2}/.test(given) ? Date.parse(given) : Number.NaN;
    if (Number.isNaN(from)) {
      throw refusal('invalidParameter', {
        name,
        problem: `${given} was given; a date is expected, as 2026-11-22 or 2026-11-22T10:00:00Z.`,
      });
    }
    const lengthMs = given.includes('T') ? (given.includes('.') ? 1 : SECOND_MS) : DAY_MS;
    return { from, until: from + lengthMs - 1 };
  },
};

/** @throws RequestError invalidParameter when nothing can be between them. */
export function checkOrder(from: Span | undefined, to: Span | undefined): void {
  if (from === undefined || to === undefined || to.until >= from.from) return;
  throw refusal('invalidParameter', {
    name: 'EndDate',
    problem: 'it is before StartDate, so nothing can be between them.',
  });
}
