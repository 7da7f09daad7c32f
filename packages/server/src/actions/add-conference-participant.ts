import { isSid, type Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import { readApplicationAddress } from '../model/application.ts';
import type { Call } from '../model/call.ts';
import type { Conference, ConferenceParticipant } from '../model/conference.ts';
import { lockConference } from '../store/conferences.ts';
import {
  insertConferenceParticipant,
  listConferenceMembers,
} from '../store/conference-participants.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import type { ActionContext } from './context.ts';
import {
  askToRecord,
  checkEntry,
  newParticipant,
  openConference,
  type ConferenceEntry,
} from './open-conference.ts';
import { placeCallIn, type CallToPlace } from './place-call.ts';
import { isCallable, requireApplication, silentApplication } from './require-application.ts';
import { checkCoached } from './update-conference-participant.ts';

const errors = { label: 'conferenceLabel', labelTaken: 'conferenceLabelTaken' } as const;

/** Calls somebody into a conference, by its SID or its friendly name. @throws RequestError of the place and of the call */
export async function addConferenceParticipant(
  context: ActionContext,
  accountSid: Sid<'AC'>,
  sidOrName: string,
  entry: ConferenceEntry,
  call: Omit<CallToPlace, 'accountSid' | 'twiml'>,
): Promise<{ readonly participant: New<ConferenceParticipant>; readonly call: New<Call> }> {
  return context.transact(async (tx) => {
    const conference = isSid(sidOrName, 'CF')
      ? await askToRecord(tx, await lockOpen(tx, accountSid, sidOrName), entry)
      : await openConference(tx, context, accountSid, sidOrName, entry);
    await checkCalled(tx, accountSid, call.to);
    const members = await listConferenceMembers(tx, conference.sid);
    checkEntry(conference, members, entry, errors);
    if (entry.coach !== null) checkCoached(conference, members, entry.coach);
    const twiml = `<Response><Dial><Conference>${escaped(conference.friendlyName)}</Conference></Dial></Response>`;
    const placed = await placeCallIn(tx, context, { ...call, accountSid, twiml });
    const participant = newParticipant(context, conference, placed.sid, entry);
    await insertConferenceParticipant(tx, participant);
    return { participant, call: placed };
  });
}

/** @throws RequestError invalidApplicationSid of an application that cannot be called */
async function checkCalled(tx: Tx, accountSid: Sid<'AC'>, to: string): Promise<void> {
  const called = readApplicationAddress(to);
  if (called === undefined) return;
  const sid = called.applicationSid as Sid<'AP'>;
  const application = await requireApplication(tx, accountSid, sid);
  if (!isCallable(application)) throw silentApplication(sid);
}

/** @throws RequestError notFound, conferenceOver */
async function lockOpen(tx: Tx, accountSid: Sid<'AC'>, sid: Sid<'CF'>): Promise<Conference> {
  const conference = await lockConference(tx, sid);
  if (conference?.accountSid !== accountSid) {
    throw refusal('notFound', { path: `/Conferences/${sid}` });
  }
  if (conference.status === 'completed') {
    throw refusal('conferenceOver', { sid }, { resourceSid: sid });
  }
  return conference;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
