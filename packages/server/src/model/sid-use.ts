import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';

/**
 * What became of a SID that was used. `ignored`: it came in a parameter that the operation does not take; `refused`: the
 * request was, because of it.
 */
export const sidUseOutcomes = ['made', 'passed', 'refused', 'ignored', 'deleted'] as const;
export type SidUseOutcome = (typeof sidUseOutcomes)[number];

/** Where a SID stood; `grant`: in an access token. */
export type SidUsePlace = 'path' | 'parameter' | 'answer' | 'twiml' | 'grant';

/** Where an access token names the application of its calls. Twilio: iam/access-tokens */
export const APPLICATION_GRANT = 'voice.outgoing.application_sid';

/** A use of a SID by an account, or several alike within a second or so. */
export interface SidUse {
  readonly seq: number;
  /** Whose credentials, or whose call, used it. Whose the SID is, is another matter. */
  readonly accountSid: Sid<'AC'>;
  /** As given: it may be malformed. */
  readonly sid: string;
  readonly outcome: SidUseOutcome;
  readonly place: SidUsePlace;
  /** Name of the parameter, path segment, property, TwiML attribute or grant. */
  readonly parameter: string;
  /** Null: no HTTP request used it. */
  readonly method: 'GET' | 'POST' | 'DELETE' | null;
  /** With its SIDs; other segments are shown by name, `{Sid}`. Null with `method`. */
  readonly path: string | null;
  /** The last of the requests, `RQ…`. */
  readonly requestSid: string | null;
  /** The call whose TwiML it was. */
  readonly callSid: Sid<'CA'> | null;
  /** Of a request that was refused, because of this SID or of something else. */
  readonly errorCode: number | null;
  readonly occurrences: number;
  /** The first … */
  readonly dateCreated: Instant;
  /** … and the last of them. */
  readonly dateLastOccurred: Instant;
}
