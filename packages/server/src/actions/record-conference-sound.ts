import type { Sid } from '@tutti/ids';
import { lockConference, updateConference } from '../store/conferences.ts';
import { findConferenceParticipant } from '../store/conference-participants.ts';
import type { ActionContext } from './context.ts';
import { memberParameters, tellConference, type ConferenceNews } from './tell-conference.ts';

/** Tells of what was heard in a conference: that somebody speaks or is silent, that an announcement is over. */
export async function recordConferenceSound(
  context: ActionContext,
  conferenceSid: Sid<'CF'>,
  callSid: Sid<'CA'> | null,
  news: Extract<ConferenceNews, `announcement-${string}` | `participant-speech-${string}`>,
  parameters: Readonly<Record<string, string>> = {},
): Promise<void> {
  await context.transact(async (tx) => {
    const conference = await lockConference(tx, conferenceSid);
    if (conference === undefined || conference.status === 'completed') return;
    const participant = callSid === null ? undefined : await findConferenceParticipant(tx, callSid);
    const isThere = participant?.conferenceSid === conferenceSid;
    const { nextSequenceNumber } = tellConference(tx, context, conference, news, {
      ...(isThere ? memberParameters(participant) : {}),
      ...parameters,
    });
    await updateConference(tx, conferenceSid, { nextSequenceNumber });
  });
}
