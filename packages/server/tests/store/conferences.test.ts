import { expect, test } from 'vitest';
import { addConferenceParticipant } from '../../src/actions/add-conference-participant.ts';
import { joinConference, type Joined } from '../../src/actions/join-conference.ts';
import type { ConferenceEntry } from '../../src/actions/open-conference.ts';
import { placeCall, type CallToPlace } from '../../src/actions/place-call.ts';
import { recordCallProgress } from '../../src/actions/record-call-progress.ts';
import { recoverCalls } from '../../src/actions/recover-calls.ts';
import { changeConference } from '../../src/actions/update-conference.ts';
import type { Call } from '../../src/model/call.ts';
import { findCall } from '../../src/store/calls.ts';
import { findConference } from '../../src/store/conferences.ts';
import { listConferenceMembers } from '../../src/store/conference-participants.ts';
import { listPendingOutbox } from '../../src/store/outbox.ts';
import type { New } from '../../src/store/schema.ts';
import { both, onEngines, open, type OpenedStore } from './_engines.ts';

const TIMES = 10;

const dialled: Omit<CallToPlace, 'accountSid'> = {
  url: null,
  method: 'POST',
  twiml: '<Response/>',
  applicationSid: null,
  to: 'sip:phone@example.com',
  from: 'client:tutti',
  fallbackUrl: null,
  fallbackMethod: 'POST',
  statusCallback: null,
  statusCallbackMethod: 'POST',
  statusCallbackEvents: [],
  timeoutSec: 60,
  timeLimitSec: null,
  sendDigits: null,
  sipAuthUsername: null,
  sipAuthPassword: null,
  conductorSid: null,
};

const entry: ConferenceEntry = {
  label: null,
  muted: false,
  beep: 'true',
  startConferenceOnEnter: true,
  endConferenceOnExit: false,
  maxParticipants: 250,
  waitUrl: null,
  waitMethod: 'POST',
  coach: null,
  statusCallback: 'http://127.0.0.1:9/events',
  statusCallbackMethod: 'POST',
  statusCallbackEvents: ['start', 'end', 'join', 'leave'],
};

/** Answered calls. */
async function calls(opened: OpenedStore, count: number): Promise<New<Call>[]> {
  const { context } = opened;
  const { sid: accountSid } = await opened.account();
  return Promise.all(
    Array.from({ length: count }, async () => {
      const call = await placeCall(context, { ...dialled, accountSid });
      await recordCallProgress(context, call.sid, { status: 'in-progress' });
      return call;
    }),
  );
}

async function join({ context }: OpenedStore, call: New<Call>, more = {}): Promise<Joined> {
  const joined = await joinConference(context, call, 'Room', { ...entry, ...more });
  if (joined === undefined) throw new Error('the call is over');
  return joined;
}

/** Number and name of each call-back that waits to be sent, in order. */
async function told({ store }: OpenedStore): Promise<string[]> {
  const entries = await listPendingOutbox(store.db, 0, 1000);
  return entries
    .filter(({ kind }) => kind === 'webhook')
    .map(({ payload }) => {
      const { SequenceNumber, StatusCallbackEvent } = JSON.parse(payload).parameters;
      return `${SequenceNumber} ${StatusCallbackEvent}`;
    });
}

onEngines('A conference', both, (engine) => {
  test('is one, whoever comes at once, and tells of everyone without a gap', async () => {
    await using opened = await open(engine);
    const all = await calls(opened, TIMES);

    const joined = await Promise.all(all.map((call) => join(opened, call)));

    const sids = new Set(joined.map(({ conference }) => conference.sid));
    expect(sids.size).toBe(1);
    const [sid] = sids;
    if (sid === undefined) throw new Error('no conference');
    expect(await listConferenceMembers(opened.store.db, sid)).toHaveLength(TIMES);
    const events = await told(opened);
    expect(events.map((each) => Number.parseInt(each, 10))).toEqual(
      Array.from({ length: TIMES + 1 }, (_, index) => index + 1),
    );
    expect(events[2]).toBe('3 conference-start');
  });

  test('ends once, when all leave at once', async () => {
    await using opened = await open(engine);
    const all = await calls(opened, TIMES);
    const [first] = await Promise.all(all.map((call) => join(opened, call)));
    if (first === undefined) throw new Error('no conference');

    await Promise.all(
      all.map(({ sid }) => recordCallProgress(opened.context, sid, { status: 'completed' })),
    );

    const { sid, accountSid } = first.conference;
    expect(await findConference(opened.store.db, accountSid, sid)).toMatchObject({
      status: 'completed',
      liveName: null,
      reasonConferenceEnded: 'last-participant-left',
      nextSequenceNumber: 2 * TIMES + 3,
    });
    expect(await listConferenceMembers(opened.store.db, sid)).toEqual([]);
    const events = await told(opened);
    expect(events.at(-1)).toBe(`${2 * TIMES + 2} conference-end`);
  });

  test('takes no more than maxParticipants, however many come at once', async () => {
    await using opened = await open(engine);
    const all = await calls(opened, TIMES);

    const joined = await Promise.allSettled(
      all.map((call) => join(opened, call, { maxParticipants: 5 })),
    );

    expect(joined.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect(joined.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { errorName: 'conferenceFull', code: 16_020 },
    });
  });

  test('that a crash has left is ended at the next start, and nobody is left in it', async () => {
    await using opened = await open(engine);
    const [call] = await calls(opened, 1);
    if (call === undefined) throw new Error('no call');
    const { conference } = await join(opened, call);

    await recoverCalls(opened.context, []);

    const { sid, accountSid } = conference;
    const { db } = opened.store;
    expect(await findConference(db, accountSid, sid)).toMatchObject({ status: 'completed' });
    expect(await listConferenceMembers(db, sid)).toEqual([]);
    expect(await told(opened)).toEqual([
      '1 participant-join',
      '2 participant-leave',
      '3 conference-end',
    ]);
  });

  test('that ends lets go of whom it is still calling, while one of them goes by itself', async () => {
    await using opened = await open(engine);
    const { context, store } = opened;
    const { sid: accountSid } = await opened.account();
    const added = await Promise.all(
      Array.from({ length: TIMES }, () =>
        addConferenceParticipant(context, accountSid, 'Room', entry, dialled),
      ),
    );
    const [first] = added;
    if (first === undefined) throw new Error('nobody');
    const { conferenceSid: sid, callSid } = first.participant;

    await Promise.all([
      changeConference(context, { accountSid, sid }, { status: 'completed' }),
      recordCallProgress(context, callSid, { status: 'busy' }),
    ]);

    const statuses = await Promise.all(
      added.map(async ({ call }) => (await findCall(store.db, call.sid))?.status),
    );
    expect(statuses.slice(1).every((status) => status === 'canceled')).toBe(true);
    expect(['busy', 'canceled']).toContain(statuses[0]);
    expect(await findConference(store.db, accountSid, sid)).toMatchObject({
      status: 'completed',
      reasonConferenceEnded: 'conference-ended-via-api',
    });
    const events = await told(opened);
    expect(events.filter((each) => each.endsWith('conference-end'))).toHaveLength(1);
    expect(events.filter((each) => each.endsWith('participant-leave'))).toHaveLength(TIMES);
  });
});
