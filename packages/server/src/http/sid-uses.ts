import type { FastifyRequest } from 'fastify';
import {
  isMeantAsSid,
  looksLikeSid,
  type SidLedger,
  type UseSource,
} from '../actions/sid-ledger.ts';
import { RequestError } from '../base/app-error.ts';
import { readApplicationAddress } from '../model/application.ts';
import type { SidUseOutcome, SidUsePlace } from '../model/sid-use.ts';
import type { FormBody } from './form-body.ts';

/** Where the requests of an operation carry SIDs, worked out once. */
export interface SidPlaces {
  readonly source: UseSource;
  /** Names of the path's segments. */
  readonly segments: readonly string[];
  /** Parameters that take SIDs, or addresses that name one. */
  readonly parameters: readonly string[];
}

/** May be `app:AP…`. */
const ADDRESS = 'To';

export function sidPlaces(
  method: 'GET' | 'POST' | 'DELETE',
  route: string,
  parameters: readonly string[],
): SidPlaces {
  return {
    source: { method, route },
    segments: [...route.matchAll(/:([A-Za-z]+)/g)].map(([, name = '']) => name),
    parameters: parameters.filter((name) => name.endsWith('Sid') || name === ADDRESS),
  };
}

type Asked = Pick<FastifyRequest, 'id' | 'caller' | 'params'>;
/** What names in the path stand for. */
interface Meant {
  meant(name: string): string | undefined;
}

/** Notes the SIDs of a request that was carried out. Runs in every request, so it looks at what may be a SID only. */
export function noteCarriedOut(
  ledger: SidLedger,
  { source, segments, parameters }: SidPlaces,
  request: Asked,
  api: Meant,
  body: FormBody,
  unknown: readonly string[],
  answer: unknown,
): void {
  const note = noteFor(ledger, source, request);
  const params = request.params as Readonly<Record<string, string>>;
  const own = request.caller.account.sid;
  for (let at = 0; at < segments.length; at += 1) {
    const name = segments[at] ?? '';
    const value = params[name] ?? '';
    const sid = looksLikeSid(value) ? value : api.meant(value);
    // That an account works in itself is no news.
    if (sid === undefined || sid === own) continue;
    const isDeleted = source.method === 'DELETE' && at === segments.length - 1;
    note(sid, isDeleted ? 'deleted' : 'passed', 'path', name);
  }
  for (const name of parameters) {
    for (const value of namedIn(body, name)) {
      if (looksLikeSid(value)) note(copyOf(value), 'passed', 'parameter', name);
    }
  }
  for (const name of unknown) {
    for (const value of body.get(name) ?? []) {
      if (looksLikeSid(value)) note(copyOf(value), 'ignored', 'parameter', name.slice(0, 64));
    }
  }
  if (source.method !== 'POST') return;
  const { sid } = (answer ?? {}) as { readonly sid?: unknown };
  // What was updated is in the path; what was made is not.
  if (typeof sid === 'string' && looksLikeSid(sid) && params[segments.at(-1) ?? ''] !== sid) {
    note(sid, 'made', 'answer', 'sid');
  }
}

/** Notes the SIDs of a request that was refused: those that the refusal names were wrong, the others passed. */
export function noteRefused(
  ledger: SidLedger,
  { source, segments, parameters }: SidPlaces,
  request: Asked,
  body: FormBody,
  error: unknown,
): void {
  if (!(error instanceof RequestError)) return;
  const note = noteFor(ledger, source, request, error.code);
  const given = error.details?.['given'];
  const isBlamed = (text: string): boolean =>
    typeof given === 'string'
      ? given === text || readApplicationAddress(given)?.applicationSid === text
      : error.message.includes(text);
  const params = request.params as Readonly<Record<string, string>>;
  const own = request.caller.account.sid;
  const each = (text: string, place: SidUsePlace, name: string): void => {
    const blamed = isBlamed(text);
    if (text === own && !blamed) return;
    if (looksLikeSid(text) || (blamed && isMeantAsSid(text))) {
      note(copyOf(text), blamed ? 'refused' : 'passed', place, name);
    }
  };
  for (const name of segments) each(params[name] ?? '', 'path', name);
  for (const name of parameters) {
    for (const value of namedIn(body, name)) each(value, 'parameter', name);
  }
}

/** What stands where a parameter names SIDs. */
function namedIn(body: FormBody, name: string): readonly string[] {
  const values = body.get(name) ?? [];
  if (name !== ADDRESS) return values;
  return values.flatMap((value) => readApplicationAddress(value)?.applicationSid ?? []);
}

function noteFor(
  ledger: SidLedger,
  source: UseSource,
  request: Asked,
  errorCode?: number,
): (sid: string, outcome: SidUseOutcome, place: SidUsePlace, parameter: string) => void {
  const segments = request.params as Readonly<Record<string, string>>;
  const accountSid = request.caller.account.sid;
  return (sid, outcome, place, parameter) =>
    ledger.note(source, {
      accountSid,
      sid,
      outcome,
      place,
      parameter,
      segments,
      requestSid: request.id,
      ...(errorCode === undefined ? {} : { errorCode }),
    });
}

/** A text of its own: a part of a form would keep all of the form in memory. */
function copyOf(part: string): string {
  return Buffer.from(part.slice(0, 64)).toString();
}
