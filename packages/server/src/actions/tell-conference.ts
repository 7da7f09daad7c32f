import { rfc2822Date } from '../base/http-date.ts';
import type { Conference, ConferenceEvent, ConferenceParticipant } from '../model/conference.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import { enqueue } from './announce.ts';
import type { ActionContext } from './context.ts';

/** What is told, and which event one asks for to hear it. Twilio: voice/twiml/conference#attributes-status-callback-event */
const events = {
  'conference-start': 'start',
  'conference-end': 'end',
  'participant-join': 'join',
  'participant-leave': 'leave',
  'participant-mute': 'mute',
  'participant-unmute': 'mute',
  'participant-hold': 'hold',
  'participant-unhold': 'hold',
  'participant-modify': 'modify',
  'participant-speech-start': 'speaker',
  'participant-speech-stop': 'speaker',
  'announcement-end': 'announcement',
  'announcement-fail': 'announcement',
} as const satisfies Record<string, ConferenceEvent>;
export type ConferenceNews = keyof typeof events;

/**
 * Writes a status callback of a conference that the caller has locked, if it asked for that; returns the conference
 * with the number of the next, which the caller writes.
 */
export function tellConference<T extends New<Conference>>(
  tx: Tx,
  { ids, clock }: Pick<ActionContext, 'ids' | 'clock'>,
  conference: T,
  news: ConferenceNews,
  parameters: Readonly<Record<string, string>> = {},
): T {
  if (!hearsOf(conference, events[news]) || conference.statusCallback === null) return conference;
  enqueue(tx, { clock }, conference, conference.sid, {
    source: 'conference',
    eventType: news,
    resourceSid: conference.sid,
    url: conference.statusCallback,
    method: conference.statusCallbackMethod,
    parameters: {
      ConferenceSid: conference.sid,
      FriendlyName: conference.friendlyName,
      AccountSid: conference.accountSid,
      SequenceNumber: String(conference.nextSequenceNumber),
      Timestamp: rfc2822Date(clock.now()),
      StatusCallbackEvent: news,
      ...parameters,
    },
    idempotencyToken: ids.uuid(),
  });
  return { ...conference, nextSequenceNumber: conference.nextSequenceNumber + 1 };
}

/** Whether somebody is told of that. */
export function hearsOf(
  { statusCallback, statusCallbackEvents }: New<Conference>,
  event: ConferenceEvent,
): boolean {
  return (
    statusCallback !== null &&
    (JSON.parse(statusCallbackEvents) as ConferenceEvent[]).includes(event)
  );
}

/** What an event of a participant carries. Twilio: voice/twiml/conference#attributes-status-callback-parameters */
export function memberParameters(participant: New<ConferenceParticipant>): Record<string, string> {
  const { label, callSidToCoach } = participant;
  return {
    CallSid: participant.callSid,
    Muted: yesNo(participant.muted),
    Hold: yesNo(participant.hold),
    Coaching: yesNo(participant.coaching),
    EndConferenceOnExit: yesNo(participant.endConferenceOnExit),
    StartConferenceOnEnter: yesNo(participant.startConferenceOnEnter),
    ...(label === null ? {} : { ParticipantLabel: label }),
    ...(callSidToCoach === null ? {} : { CallSidToCoach: callSidToCoach }),
  };
}

function yesNo(flag: 0 | 1): string {
  return flag === 1 ? 'true' : 'false';
}
