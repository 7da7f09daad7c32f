import type { UnsupportedVerb } from './uncarried.ts';
import type { ConnectVerb } from './verbs/connect.ts';
import type { DialVerb } from './verbs/dial.ts';
import type { EnqueueVerb, LeaveVerb } from './verbs/enqueue.ts';
import type { GatherVerb } from './verbs/gather.ts';
import type { HangupVerb } from './verbs/hangup.ts';
import type { PauseVerb } from './verbs/pause.ts';
import type { PlayVerb } from './verbs/play.ts';
import type { RecordVerb } from './verbs/record.ts';
import type { RedirectVerb } from './verbs/redirect.ts';
import type { ReferVerb } from './verbs/refer.ts';
import type { RejectVerb } from './verbs/reject.ts';
import type { SayVerb } from './verbs/say.ts';
import type { StartVerb, StopVerb } from './verbs/start.ts';

export type Verb =
  | SayVerb
  | PlayVerb
  | PauseVerb
  | GatherVerb
  | RedirectVerb
  | RejectVerb
  | HangupVerb
  | DialVerb
  | ConnectVerb
  | RecordVerb
  | EnqueueVerb
  | LeaveVerb
  | StartVerb
  | StopVerb
  | ReferVerb
  | UnsupportedVerb;

export interface TwimlDocument {
  /** From top to bottom, those after a `<Redirect>` or `<Hangup>` included. */
  readonly verbs: readonly Verb[];
  /** What was ignored or replaced by a default, from top to bottom; at most 100. */
  readonly warnings: readonly TwimlWarning[];
}

/** Why a text is no TwiML document at all. Source: Twilio: api/errors. */
export interface TwimlError {
  /** 11750 too long, 12100 not well-formed, 12101 version of XML, 12102 root element. */
  readonly code: 11750 | 12100 | 12101 | 12102;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

export interface TwimlWarning {
  /** 12200 for what nobody reads; 13xxx for a value that is wrong. Source: Twilio: api/errors. */
  readonly code: number;
  readonly message: string;
  readonly line?: number;
  /** The attribute that nobody reads, where that is it. */
  readonly unread?: UnreadAttribute;
}

/** An attribute of a document that nothing here reads. */
export interface UnreadAttribute {
  readonly element: string;
  readonly attribute: string;
  /** Its value; at most 64 characters. */
  readonly text: string;
}

export type TwimlResult =
  | { readonly ok: true; readonly value: TwimlDocument }
  | { readonly ok: false; readonly error: TwimlError };
