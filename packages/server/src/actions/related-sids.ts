import { isSid, sidKinds, type Sid, type SidPrefix } from '@tutti/ids';
import type { RequestError } from '../base/app-error.ts';
import { findCall } from '../store/calls.ts';
import { findConductor, listConductors } from '../store/conductors.ts';
import type { Db } from '../store/open-store.ts';
import { findParticipantBySid } from '../store/participants.ts';

/** Enough to name the right ones; more would hide them. */
const NAMED_MAX = 5;

/**
 * The SIDs of the kind `wanted` that are bound to `given`: what the user probably meant when giving the one
 * where the other is expected.
 */
async function relatedSids(
  db: Db,
  accountSid: Sid<'AC'>,
  given: string,
  wanted: SidPrefix,
): Promise<string[]> {
  const first = { pageSize: NAMED_MAX, page: 0, cursor: undefined };
  if (wanted === 'CN' && (isSid(given, 'AP') || isSid(given, 'CH') || isSid(given, 'CA'))) {
    const filter = isSid(given, 'AP')
      ? { applicationSid: given }
      : isSid(given, 'CH')
        ? { conversationSid: given }
        : { callSid: given };
    const { items } = await listConductors(db, accountSid, filter, first);
    return items.map(({ sid }) => sid);
  }
  if (isSid(given, 'CN')) {
    const conductor = await findConductor(db, accountSid, given);
    if (conductor === undefined) return [];
    if (wanted === 'CH') return [conductor.conversationSid];
    if (wanted === 'AP') return conductor.applicationSid === null ? [] : [conductor.applicationSid];
  }
  if (isSid(given, 'CA')) {
    const call = await findCall(db, given);
    if (call === undefined || call.accountSid !== accountSid) return [];
    const related = { CH: call.conversationSid, MB: call.participantSid, AP: call.applicationSid };
    const sid = related[wanted as keyof typeof related] as string | null | undefined;
    return sid == null ? [] : [sid];
  }
  if (isSid(given, 'MB')) {
    const participant = await findParticipantBySid(db, accountSid, given);
    if (participant === undefined) return [];
    if (wanted === 'CH') return [participant.conversationSid];
    if (wanted === 'CN') return participant.conductorSid === null ? [] : [participant.conductorSid];
  }
  return [];
}

/** The refusal of a wrong kind of SID, with what would have been right added to it. */
export async function withRelatedSids(
  db: Db,
  accountSid: Sid<'AC'>,
  error: RequestError,
): Promise<RequestError> {
  const { given, expected } = error.details ?? {};
  const wanted = (expected as readonly SidPrefix[] | undefined)?.[0];
  if (wanted === undefined || typeof given !== 'string') return error;
  const related = await relatedSids(db, accountSid, given, wanted);
  if (related.length === 0) return error;
  const { name } = sidKinds[wanted];
  return error.explained(
    related.length === 1
      ? `The ${name} bound to ${given} is ${related[0] ?? ''}.`
      : `The ${name}s bound to ${given} are ${related.join(', ')}.`,
    { related },
  );
}
