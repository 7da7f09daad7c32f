import type { TwimlDocument } from '@tutti/twiml';
import { isMeantAsSid, type UseSource } from '../actions/sid-ledger.ts';
import type { LiveCall } from './live-call.ts';

/** What became of a SID in a document; a number is the code of the error with which it was refused. */
type Outcome = 'passed' | 'ignored' | number;

const inDocuments: UseSource = { method: null, route: null };

/** Tells the ledger of a SID that a document names: `parameter` is as in `conductorSid of <Conversation>`. */
export function noteNamed(
  { call, context }: LiveCall,
  parameter: string,
  sid: string,
  outcome: Outcome,
): void {
  if (!isMeantAsSid(sid)) return;
  context.actions.ledger.note(inDocuments, {
    accountSid: call.accountSid,
    sid,
    outcome: typeof outcome === 'number' ? 'refused' : outcome,
    place: 'twiml',
    parameter,
    callSid: call.sid,
    ...(typeof outcome === 'number' ? { errorCode: outcome } : {}),
  });
}

/** Tells the ledger of SIDs in attributes that nobody reads. */
export function noteUnread(live: LiveCall, { warnings }: TwimlDocument): void {
  for (const { unread } of warnings) {
    if (unread === undefined) continue;
    noteNamed(live, `${unread.attribute} of <${unread.element}>`, unread.text, 'ignored');
  }
}
