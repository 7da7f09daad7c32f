import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { Conference } from '../model/conference.ts';
import type { HttpMethod } from '../model/voice-urls.ts';
import { lockConference } from '../store/conferences.ts';
import { listConferenceMembers } from '../store/conference-participants.ts';
import { notify } from './announce.ts';
import type { ActionContext } from './context.ts';
import { endCalls } from './record-call-progress.ts';
import { endConference } from './remove-from-conference.ts';

export interface ConferenceChange {
  readonly status?: 'completed' | undefined;
  readonly announceUrl?: string | undefined;
  readonly announceMethod?: HttpMethod | undefined;
}

/** Ends a conference, or lets all in it hear something. @throws RequestError notFound, conferenceNotBridged, conferenceOver */
export async function changeConference(
  context: ActionContext,
  { accountSid, sid }: { readonly accountSid: Sid<'AC'>; readonly sid: Sid<'CF'> },
  { status, announceUrl: url, announceMethod: method = 'POST' }: ConferenceChange,
): Promise<Conference> {
  return context.transact(async (tx) => {
    const conference = await lockConference(tx, sid);
    if (conference?.accountSid !== accountSid) {
      throw refusal('notFound', { path: `/Conferences/${sid}` });
    }
    if (url !== undefined) {
      if (conference.status === 'completed') {
        throw refusal('conferenceOver', { sid }, { resourceSid: sid });
      }
      if (conference.status === 'init') {
        const problem = 'It has not begun, so nobody hears anybody.';
        throw refusal('conferenceNotBridged', { sid, problem }, { resourceSid: sid });
      }
      notify(tx, context, conference, sid, {
        kind: 'announcement',
        conferenceSid: sid,
        callSid: null,
        url,
        method,
      });
    }
    if (status === undefined || conference.status === 'completed') return conference;
    const members = await listConferenceMembers(tx, sid);
    const reason = 'conference-ended-via-api';
    const ended = await endConference(tx, context, conference, members, { reason });
    await endCalls(tx, context, ended.abandoned);
    return ended.conference;
  });
}
