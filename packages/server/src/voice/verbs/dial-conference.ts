import type { ConferenceNoun, DialVerb } from '@tutti/twiml';
import { joinConference, type Joined } from '../../actions/join-conference.ts';
import { leaveConference } from '../../actions/leave-conference.ts';
import { RequestError } from '../../base/app-error.ts';
import type { RecordingSettings } from '../../model/recording.ts';
import { aborted } from '../aborted.ts';
import type { RunningDocument } from '../interpreter.ts';
import type { Leg } from '../leg.ts';
import type { LiveCall } from '../live-call.ts';
import { noteNamed } from '../note-named.ts';
import { recordingSettings } from '../recording-settings.ts';
import { resolveUrl } from '../resolve-url.ts';

/** Twilio: voice/twiml/conference; returns what the action is told. */
export async function dialConference(
  live: LiveCall,
  running: RunningDocument,
  verb: DialVerb,
  noun: ConferenceNoun,
): Promise<{ readonly DialCallStatus: 'answered' | 'failed' }> {
  const leg = await live.answer();
  const joined = leg && (await join(live, running, noun));
  if (leg === undefined || joined === undefined) return { DialCallStatus: 'failed' };
  await stay(live, leg, verb, joined);
  return { DialCallStatus: 'answered' };
}

/** Undefined when it could not come in, and an alert says why. */
async function join(
  live: LiveCall,
  running: RunningDocument,
  noun: ConferenceNoun,
): Promise<Joined | undefined> {
  const { waitUrl, statusCallback, coach } = noun;
  const noteCoach = (outcome: 'passed' | number): void => {
    if (coach !== undefined) noteNamed(live, 'coach of <Conference>', coach, outcome);
  };
  try {
    const joined = await joinConference(live.context.actions, live.call, noun.name, {
      label: noun.participantLabel ?? null,
      muted: noun.muted,
      beep: noun.beep,
      startConferenceOnEnter: noun.startConferenceOnEnter,
      endConferenceOnExit: noun.endConferenceOnExit,
      maxParticipants: noun.maxParticipants,
      // Empty is silence, not the document's own URL.
      waitUrl:
        waitUrl === '' ? '' : ((waitUrl && (await resolveUrl(live, running, waitUrl))) ?? null),
      waitMethod: noun.waitMethod,
      coach: coach ?? null,
      statusCallback: (statusCallback && (await resolveUrl(live, running, statusCallback))) ?? null,
      statusCallbackMethod: noun.statusCallbackMethod,
      statusCallbackEvents: noun.statusCallbackEvents,
      recording: await recordingOf(live, running, noun),
    });
    noteCoach('passed');
    return joined;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    noteCoach(error.errorName === 'coachedNotThere' ? error.code : 'passed');
    await live.alerts.of(error);
    return undefined;
  }
}

async function recordingOf(
  live: LiveCall,
  running: RunningDocument,
  noun: ConferenceNoun,
): Promise<RecordingSettings | undefined> {
  if (noun.record === 'do-not-record') return undefined;
  const { trim } = noun;
  const what = { source: 'Conference', channels: 1, track: 'both', trim } as const;
  return recordingSettings(live, running, noun, what);
}

/** Until the call is over or sent elsewhere, is taken out, has pressed the star or has been there long enough. */
async function stay(
  live: LiveCall,
  leg: Leg,
  verb: DialVerb,
  { conference, participant }: Joined,
): Promise<void> {
  const { actions, conferences } = live.context;
  const mixed = conferences.open(live.context, conference);
  const member = mixed.enter(live, leg);
  const over = new AbortController();
  const stop = (): void => over.abort();
  const cancelLimit = actions.clock.after(verb.timeLimitSec * 1000, stop);
  const stopListening = leg.media.onDigit((digit) => {
    if (digit === '*' && verb.hangupOnStar) stop();
  });
  try {
    await mixed.sync();
    if (participant.beepOnEnter === 1) mixed.beep();
    await aborted(AbortSignal.any([live.signal, member.removed, over.signal]));
  } finally {
    cancelLimit();
    stopListening();
    mixed.leave(member);
    if (member.row?.beepOnExit === 1) mixed.beep();
  }
  const reason = over.signal.aborted ? 'participant_hung_up' : 'participant_updated_via_api';
  // The end of a call takes it out by itself.
  if (!live.over.signal.aborted) await leaveConference(actions, live.call.sid, reason);
}
