import type { Sid } from '@tutti/ids';
import type { Page, PageRequest } from '../base/page.ts';
import type { CallStatus } from '../model/call.ts';
import type { ConferenceParticipant } from '../model/conference.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import { preparedOne } from './prepared.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

const byCall = preparedOne<{ callSid: string }, ConferenceParticipant>((db, p) =>
  db
    .selectFrom('conferenceParticipants')
    .selectAll()
    .where('callSid', '=', p('callSid') as Sid<'CA'>),
);

/** The participant that a call is; nobody else changes it for those who hold its conference. */
export async function findConferenceParticipant(
  db: Db | Tx,
  callSid: string,
): Promise<ConferenceParticipant | undefined> {
  return byCall(db, { callSid });
}

/** By call SID or label. */
export async function findConferenceMember(
  db: Db | Tx,
  conferenceSid: Sid<'CF'>,
  key: string,
): Promise<ConferenceParticipant | undefined> {
  return db
    .selectFrom('conferenceParticipants')
    .selectAll()
    .where('conferenceSid', '=', conferenceSid)
    .where((where) => where.or([where('callSid', '=', key as Sid<'CA'>), where('label', '=', key)]))
    .executeTakeFirst();
}

/** Everyone, in the order in which they were asked in. */
export async function listConferenceMembers(
  db: Db | Tx,
  conferenceSid: Sid<'CF'>,
): Promise<ConferenceParticipant[]> {
  return db
    .selectFrom('conferenceParticipants')
    .selectAll()
    .where('conferenceSid', '=', conferenceSid)
    .orderBy('seq')
    .execute();
}

export type MemberFilter = Readonly<Record<'muted' | 'hold' | 'coaching', boolean | undefined>>;

export async function pageConferenceMembers(
  db: Db,
  conferenceSid: Sid<'CF'>,
  filter: MemberFilter,
  page: PageRequest,
): Promise<Page<ConferenceParticipant>> {
  let query = db
    .selectFrom('conferenceParticipants')
    .selectAll()
    .where('conferenceSid', '=', conferenceSid);
  for (const name of ['muted', 'hold', 'coaching'] as const) {
    const wanted = filter[name];
    if (wanted !== undefined) query = query.where(name, '=', wanted ? 1 : 0);
  }
  return paged(query, page, 'newest-first');
}

/** The statuses of calls, by SID. */
export async function mapCallStatuses(
  db: Db | Tx,
  sids: readonly Sid<'CA'>[],
): Promise<Map<string, CallStatus>> {
  if (sids.length === 0) return new Map();
  const rows = await db
    .selectFrom('calls')
    .select(['sid', 'status'])
    .where('sid', 'in', sids)
    .execute();
  return new Map(rows.map(({ sid, status }) => [sid, status]));
}

export async function insertConferenceParticipant(
  tx: Tx,
  participant: New<ConferenceParticipant>,
): Promise<void> {
  await tx.insertInto('conferenceParticipants').values(participant).execute();
}

export async function updateConferenceParticipant(
  tx: Tx,
  callSid: Sid<'CA'>,
  change: Partial<New<ConferenceParticipant>>,
): Promise<void> {
  await tx
    .updateTable('conferenceParticipants')
    .set(change)
    .where('callSid', '=', callSid)
    .execute();
}

export async function deleteConferenceParticipants(
  tx: Tx,
  callSids: readonly Sid<'CA'>[],
): Promise<void> {
  if (callSids.length === 0) return;
  await tx.deleteFrom('conferenceParticipants').where('callSid', 'in', callSids).execute();
}
