import type { Kysely, Migration } from 'kysely';
import { table, unique } from './ddl.ts';

/** Conferences and who is in them; `model/conference.ts` says what each column means. */
export const conferences: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await table(db, 'conferences', {
      sid: 'text',
      accountSid: 'text',
      friendlyName: 'text',
      liveName: 'text null',
      status: 'text',
      reasonConferenceEnded: 'text null',
      callSidEndingConference: 'text null',
      statusCallback: 'text null',
      statusCallbackMethod: 'text',
      statusCallbackEvents: 'text',
      nextSequenceNumber: 'integer',
      node: 'integer',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await unique(db, 'conferences', ['sid']);
    await unique(db, 'conferences', ['accountSid', 'liveName']);

    await table(db, 'conferenceParticipants', {
      callSid: 'text',
      accountSid: 'text',
      conferenceSid: 'text',
      label: 'text null',
      muted: 'integer',
      hold: 'integer',
      holdUrl: 'text null',
      holdMethod: 'text',
      waitUrl: 'text null',
      waitMethod: 'text',
      coaching: 'integer',
      callSidToCoach: 'text null',
      startConferenceOnEnter: 'integer',
      endConferenceOnExit: 'integer',
      beepOnEnter: 'integer',
      beepOnExit: 'integer',
      dateJoined: 'integer null',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await unique(db, 'conferenceParticipants', ['callSid']);
    await unique(db, 'conferenceParticipants', ['conferenceSid', 'label']);
  },
};
