import { SpeechDetector, toneSource, type AudioBridge, type AudioSource } from '@tutti/media';
import { recordConferenceSound } from '../actions/record-conference-sound.ts';
import { hearsOf } from '../actions/tell-conference.ts';
import type { BusMessage } from '../model/bus-message.ts';
import type { Conference, ConferenceParticipant } from '../model/conference.ts';
import { findAccount } from '../store/accounts.ts';
import { findConference } from '../store/conferences.ts';
import { listRecordingsOfConference } from '../store/recordings.ts';
import { listConferenceMembers } from '../store/conference-participants.ts';
import type { New } from '../store/schema.ts';
import { isUnfinished } from '../model/recording.ts';
import { beginRecording } from './call-recording.ts';
import { CallAlerts } from './call-alerts.ts';
import { ConferenceMember } from './conference-member.ts';
import type { VoiceContext } from './context.ts';
import type { Leg } from './leg.ts';
import type { LiveCall } from './live-call.ts';
import { MixRecorder } from './mix-recorder.ts';
import { runPrompts, type PromptHost } from './run-prompts.ts';

const BEEP = { frequenciesHz: [1400], durationMs: 250, levelDbfs: -18 };

export type Announcement = Extract<BusMessage, { kind: 'announcement' }>;

/**
 * A conference of this node. Its rows say who is in it and how; this carries out what they say, whenever somebody comes
 * or goes and whenever the bus tells that they changed.
 */
export class LiveConference implements PromptHost {
  readonly context: VoiceContext;
  readonly alerts: CallAlerts;
  readonly #conference: New<Conference>;
  readonly #bridge: AudioBridge;
  /** Each with what stops listening to it. */
  readonly #members = new Map<ConferenceMember, () => void>();
  readonly #onEmpty: () => void;
  /** Ends what is being announced. */
  readonly #closed = new AbortController();
  #syncing: Promise<void> = Promise.resolve();

  constructor(context: VoiceContext, conference: New<Conference>, onEmpty: () => void) {
    this.context = context;
    this.alerts = new CallAlerts(context.actions, conference);
    this.#conference = conference;
    this.#bridge = context.media.createBridge();
    this.#onEmpty = onEmpty;
  }

  /** Takes a call in whose row is there. */
  enter(live: LiveCall, leg: Leg): ConferenceMember {
    const member = new ConferenceMember(live, leg, this.#bridge);
    this.#members.set(member, this.#listenTo(member));
    return member;
  }

  /** The last to leave closes it. */
  leave(member: ConferenceMember): void {
    const stopListening = this.#members.get(member);
    if (stopListening === undefined) return;
    stopListening();
    this.#members.delete(member);
    member.close();
    if (this.#members.size > 0) return;
    this.#closed.abort();
    this.#bridge.close();
    this.#onEmpty();
  }

  /** Everyone who hears the others hears a beep. */
  beep(): void {
    void this.#bridge.play(toneSource(BEEP));
  }

  /** Does what the rows say; once it resolves, what they said when it was called is done. */
  sync(): Promise<void> {
    const synced = this.#syncing.then(() => this.#sync());
    this.#syncing = synced.catch(() => undefined);
    return synced;
  }

  /** Never rejects, but for a store that fails. */
  async announce({ callSid, url, method }: Announcement): Promise<void> {
    const { actions } = this.context;
    const { sid, friendlyName, accountSid } = this.#conference;
    const parameters = {
      AccountSid: accountSid,
      ConferenceSid: sid,
      FriendlyName: friendlyName,
      ...(callSid === null ? {} : { CallSid: callSid }),
    };
    const prompts = {
      url,
      method,
      parameters: async () => parameters,
      repeat: false,
      refused: 'conferencePromptVerb',
    } as const;
    let problem: string | undefined;
    if (callSid === null) {
      const play = (source: AudioSource): Promise<unknown> => this.#bridge.play(source);
      const { signal } = this.#closed;
      const press = (digits: string): Promise<unknown> =>
        Promise.all([...this.#members.keys()].map(({ leg }) => leg.sendDigits(digits, signal)));
      problem = await runPrompts(this, { ...prompts, play, press, signal });
    } else {
      const member = [...this.#members.keys()].find(({ live }) => live.call.sid === callSid);
      if (member === undefined) return;
      problem = await member.announce((signal) => {
        const play = (source: AudioSource): Promise<unknown> =>
          member.leg.media.play(source, { signal });
        const press = (digits: string): Promise<unknown> => member.leg.sendDigits(digits, signal);
        return runPrompts(this, { ...prompts, play, press, signal });
      });
    }
    await recordConferenceSound(
      actions,
      sid,
      callSid,
      problem === undefined ? 'announcement-end' : 'announcement-fail',
      {
        AnnounceUrl: url,
        ...(problem === undefined ? {} : { ReasonAnnouncementFailed: problem }),
      },
    );
  }

  async authToken(): Promise<string> {
    const account = await findAccount(this.context.actions.db, this.#conference.accountSid);
    return account?.authToken ?? '';
  }

  async #sync(): Promise<void> {
    // Who comes while the rows are read may not be in what is read.
    const members = [...this.#members.keys()];
    const { db } = this.context.actions;
    const { sid, accountSid } = this.#conference;
    const conference = await findConference(db, accountSid, sid);
    const rows = new Map<string, ConferenceParticipant>(
      (await listConferenceMembers(db, sid)).map((row) => [row.callSid, row]),
    );
    if (conference?.recording != null) await this.#record();
    for (const member of members) {
      const row = rows.get(member.live.call.sid);
      if (row === undefined) member.remove();
      else if (this.#members.has(member)) this.#place(member, row, conference?.status);
    }
  }

  /** Begins what the rows say is to be recorded, and nobody records yet. */
  async #record(): Promise<void> {
    const { context } = this;
    const { db } = context.actions;
    for (const row of await listRecordingsOfConference(db, this.#conference.sid)) {
      if (!isUnfinished(row) || context.recordings.has(row.sid)) continue;
      const recorder = new MixRecorder(this.#bridge, context.files.pathOf(row.sid), row);
      await beginRecording(context, row, recorder, this.#closed.signal);
    }
  }

  #place(
    member: ConferenceMember,
    row: ConferenceParticipant,
    status: Conference['status'] | undefined,
  ): void {
    const parameters = {
      ...member.live.parameters(),
      ConferenceSid: this.#conference.sid,
      FriendlyName: this.#conference.friendlyName,
    };
    if (row.hold === 1) {
      member.wait(row, { url: row.holdUrl, method: row.holdMethod, parameters });
    } else if (status === 'init') {
      member.wait(row, { url: row.waitUrl, method: row.waitMethod, parameters });
    } else {
      const coached = [...this.#members.keys()].find(
        ({ live }) => live.call.sid === row.callSidToCoach,
      );
      member.talk(row, row.coaching === 1 ? coached?.leg : undefined);
    }
  }

  /** Tells who speaks, if somebody wants to know. */
  #listenTo(member: ConferenceMember): () => void {
    if (!hearsOf(this.#conference, 'speaker')) return () => undefined;
    const { actions, track } = this.context;
    const detector = new SpeechDetector((isSpeaking) => {
      const news = isSpeaking ? 'participant-speech-start' : 'participant-speech-stop';
      track(recordConferenceSound(actions, this.#conference.sid, member.live.call.sid, news));
    });
    return member.leg.media.onAudio((frame) => {
      if (member.row?.muted === 1 || member.row?.hold === 1) detector.pushSilence();
      else detector.push(frame);
    });
  }
}
