import { ToneMeter } from '@tutti/media';
import { describe, expect, it, vi } from 'vitest';
import type { CaughtWebhook, PhoneCall } from '../../src/index.ts';
import { recorded, tonesIn } from './_recorded.ts';
import { toneWav } from './_sounds.ts';
import { BOB, CAROL, OURS, World, eventually, twiml, type Json } from './_world.ts';

const ALICE = '+15557654399';
const TONES_HZ = [500, 700, 1100] as const;
const BEEP_HZ = 1400;
const NO_MUSIC = 'beep="false" waitUrl=""';

/** What each caller's document says of the conference "Room". */
type Entries = Readonly<Record<string, string>>;

const room = (attributes = '', dial = 'action="/after"'): string =>
  twiml(`<Dial ${dial}><Conference ${attributes}>Room</Conference></Dial>`);

/** A world in which who calls our number is in the conference. */
class Party implements AsyncDisposable {
  readonly world: World;
  readonly #entries: Entries;

  private constructor(world: World, entries: Entries) {
    this.world = world;
    this.#entries = entries;
  }

  static async open(entries: Entries = {}): Promise<Party> {
    const party = new Party(await World.open(), entries);
    const { hooks } = party.world;
    await party.world.answers('');
    hooks.reply('/voice', ({ parameters }) => party.#documentFor(parameters['From'] ?? ''));
    hooks.reply('/after', twiml('<Play digits="9"/>'));
    hooks.reply('/tone', () => ({
      headers: { 'Content-Type': 'audio/wav' },
      body: toneWav(900, 1000),
    }));
    return party;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.world[Symbol.asyncDispose]();
  }

  #documentFor(from: string): string {
    const entry = this.#entries[from] ?? NO_MUSIC;
    return entry.startsWith('<') ? entry : room(entry);
  }

  /** Calls in, and waits until it is counted in. */
  async enters(number: string): Promise<PhoneCall> {
    const call = await (await this.world.phone(number)).dial(OURS);
    await this.member(number);
    return call;
  }

  async conference(): Promise<Json> {
    const { conferences } = await this.world.get('/Conferences.json?FriendlyName=Room');
    return conferences[0];
  }

  /** The participant that is the call of that number. */
  async member(number: string): Promise<Json> {
    return eventually(async () => {
      const { participants } = await this.members();
      const { calls } = await this.world.get(`/Calls.json?PageSize=50`);
      const own = calls
        .filter(({ from, to }: Json) => from === number || to === number)
        .map(({ sid }: Json) => sid);
      const found = participants.find(({ call_sid: sid }: Json) => own.includes(sid));
      expect(found).toMatchObject({ status: 'connected' });
      return found;
    });
  }

  async members(): Promise<Json> {
    const conference = await this.conference();
    return this.world.get(`/Conferences/${conference?.sid}/Participants.json`);
  }

  async changes(number: string, form: Record<string, string>): Promise<Json> {
    const member = await this.member(number);
    const path = `/Conferences/${member.conference_sid}/Participants/${member.call_sid}.json`;
    return this.world.post(path, form);
  }

  async ends(form: Record<string, string> = { Status: 'completed' }): Promise<Json> {
    return this.world.post(`/Conferences/${(await this.conference()).sid}.json`, form);
  }

  /** The call-backs at `/events` up to the last one. */
  async events(last = 'conference-end'): Promise<readonly CaughtWebhook[]> {
    const all: CaughtWebhook[] = [];
    do all.push(await this.world.hooks.next('/events'));
    while (all.at(-1)?.parameters['StatusCallbackEvent'] !== last);
    return all;
  }

  /** Alice plays 500 Hz, Bob 700 and Carol 1100. */
  async three(entries: readonly string[] = [ALICE, BOB, CAROL]): Promise<PhoneCall[]> {
    const calls: PhoneCall[] = [];
    for (const number of entries) calls.push(await this.enters(number));
    for (const [index, call] of calls.entries()) call.playTone(TONES_HZ[index] ?? 0);
    return calls;
  }
}

/** Waits until exactly these of the tones are heard at once. */
async function hearsExactly(call: PhoneCall | undefined, tones: readonly number[]): Promise<void> {
  if (call === undefined) throw new Error('no call');
  let tape = call.record();
  await vi.waitFor(
    () => {
      const samples = tape.stop();
      tape = call.record();
      const meter = new ToneMeter();
      meter.push(samples.subarray(-800));
      expect([...TONES_HZ, 900].filter((hz) => meter.has(hz))).toEqual(tones);
      expect(samples.length).toBeGreaterThanOrEqual(800);
    },
    { timeout: 5000, interval: 150 },
  );
}

const listening = (events: string): string =>
  `${NO_MUSIC} statusCallback="/events" statusCallbackEvent="${events}"`;

const names = (events: readonly CaughtWebhook[]): unknown[] =>
  events.map(({ parameters }) => parameters['StatusCallbackEvent']);

describe.concurrent('<Conference>', () => {
  it('lets everyone hear everyone but themselves', async () => {
    await using party = await Party.open();

    const [alice, bob, carol] = await party.three();

    await Promise.all([
      hearsExactly(alice, [700, 1100]),
      hearsExactly(bob, [500, 1100]),
      hearsExactly(carol, [500, 700]),
    ]);
    expect(await party.conference()).toMatchObject({
      friendly_name: 'Room',
      status: 'in-progress',
    });
    await carol?.hangUp();
    await Promise.all([hearsExactly(alice, [700]), hearsExactly(bob, [500])]);
    await Promise.all([alice?.hangUp(), bob?.hangUp()]);
    await party.world.quiet();
    expect(await party.conference()).toMatchObject({
      status: 'completed',
      reason_conference_ended: 'last-participant-left',
    });
  });

  it('lets nobody hear one who is muted, until the API says otherwise', async () => {
    await using party = await Party.open({ [BOB]: `${NO_MUSIC} muted="true"` });
    const [alice, bob, carol] = await party.three();

    await Promise.all([hearsExactly(alice, [1100]), hearsExactly(bob, [500, 1100])]);
    expect(await party.changes(BOB, { Muted: 'false' })).toMatchObject({ muted: false });
    await Promise.all([hearsExactly(alice, [700, 1100]), hearsExactly(carol, [500, 700])]);
    await party.changes(CAROL, { Muted: 'true' });
    await hearsExactly(alice, [700]);
  });

  it('lets a coach be heard by the coached alone', async () => {
    await using party = await Party.open();
    const [alice, bob, carol] = await party.three();
    const { call_sid: coached } = await party.member(ALICE);

    const changed = await party.changes(CAROL, { Coaching: 'true', CallSidToCoach: coached });

    expect(changed).toMatchObject({ coaching: true, call_sid_to_coach: coached });
    await Promise.all([
      hearsExactly(alice, [700, 1100]),
      hearsExactly(bob, [500]),
      hearsExactly(carol, [500, 700]),
    ]);
    await party.changes(CAROL, { Coaching: 'false' });
    await hearsExactly(bob, [500, 1100]);
  });

  it('takes a coach in by its document', async () => {
    await using party = await Party.open();
    const [alice, bob] = await party.three([ALICE, BOB]);
    const { call_sid: coached } = await party.member(ALICE);
    party.world.hooks.reply('/voice', room(`${NO_MUSIC} coach="${coached}"`));

    const carol = await party.enters(CAROL);
    carol.playTone(1100);

    await Promise.all([hearsExactly(alice, [700, 1100]), hearsExactly(bob, [500])]);
  });

  it('lets one on hold hear the HoldUrl and nobody else, and be heard by nobody', async () => {
    await using party = await Party.open();
    const [alice, bob, carol] = await party.three();
    const holdUrl = party.world.hooks.at('/tone');

    const held = await party.changes(BOB, { Hold: 'true', HoldUrl: holdUrl });

    expect(held).toMatchObject({ hold: true });
    await Promise.all([
      hearsExactly(bob, [900]),
      hearsExactly(alice, [1100]),
      hearsExactly(carol, [500]),
    ]);
    expect(await party.world.hooks.next('/tone')).toMatchObject({
      method: 'GET',
      parameters: { ConferenceSid: (await party.conference()).sid, FriendlyName: 'Room' },
    });
    await party.changes(BOB, { Hold: 'false' });
    await Promise.all([hearsExactly(bob, [500, 1100]), hearsExactly(alice, [700, 1100])]);
  });

  it('lets one on hold hear music when there is no HoldUrl', async () => {
    await using party = await Party.open();
    const [, bob] = await party.three([ALICE, BOB]);

    await party.changes(BOB, { Hold: 'true' });

    await bob?.hears({ tone: 262 });
  });

  it('announces to all, and to one', async () => {
    await using party = await Party.open({ [ALICE]: listening('announcement') });
    const calls: PhoneCall[] = [];
    for (const number of [ALICE, BOB]) calls.push(await party.enters(number));
    const { hooks } = party.world;
    const { sid: conferenceSid } = await party.conference();
    const { call_sid: bobSid } = await party.member(BOB);
    hooks.reply('/news', twiml('<Play>/tone</Play>'));

    await party.ends({ AnnounceUrl: hooks.at('/news') });
    await Promise.all(calls.map((call) => call.hears({ tone: 900 })));
    const toAll = await hooks.next('/events');
    const [alice, bob] = calls;
    const tape = alice?.record();
    await party.changes(BOB, { AnnounceUrl: hooks.at('/news'), AnnounceMethod: 'GET' });
    await bob?.hears({ tone: 900 });
    const toOne = await hooks.next('/events');

    const meter = new ToneMeter();
    meter.push((tape?.stop() ?? new Int16Array()).subarray(-800));
    expect(meter.has(900)).toBe(false);
    expect(toAll.parameters).toMatchObject({
      StatusCallbackEvent: 'announcement-end',
      AnnounceUrl: hooks.at('/news'),
      ConferenceSid: conferenceSid,
    });
    expect(toAll.parameters).not.toHaveProperty('CallSid');
    expect(toOne.parameters).toMatchObject({ CallSid: bobSid, SequenceNumber: '2' });
  });

  it('presses the keys of <Play digits> while one waits, and in announcements', async () => {
    await using party = await Party.open({
      [ALICE]: 'beep="false" startConferenceOnEnter="false" waitUrl="/wait"',
    });
    const { hooks } = party.world;
    hooks.reply('/wait', twiml('<Play digits="1"/>', '<Pause length="60"/>'));
    hooks.reply('/news', twiml('<Play digits="2"/>'));
    const alice = await party.enters(ALICE);
    await alice.hears({ digits: '1' });
    const bob = await party.enters(BOB);

    await party.ends({ AnnounceUrl: hooks.at('/news') });
    await Promise.all([alice.hears({ digits: '2' }), bob.hears({ digits: '2' })]);
    await party.changes(BOB, { AnnounceUrl: hooks.at('/news') });
    await bob.hears({ digits: '2' });

    expect([alice.digits, bob.digits]).toEqual(['12', '22']);
  });

  it('announces nothing but prompts, and tells why not', async () => {
    await using party = await Party.open({ [ALICE]: listening('announcement') });
    for (const number of [ALICE, BOB]) await party.enters(number);
    const { hooks } = party.world;
    hooks.reply('/news', twiml('<Gather/>'));

    await party.ends({ AnnounceUrl: hooks.at('/news') });

    const { parameters } = await hooks.next('/events');
    expect(parameters).toMatchObject({
      StatusCallbackEvent: 'announcement-fail',
      ReasonAnnouncementFailed: expect.stringContaining('<Gather>'),
    });
    expect(await party.world.alert(13_238)).toContain('<Gather>');
  });

  it('takes an announcement without end along when it ends', async () => {
    await using party = await Party.open();
    const [alice, bob] = [await party.enters(ALICE), await party.enters(BOB)];
    const { hooks } = party.world;
    hooks.reply('/news', twiml('<Play>/tone</Play>', '<Redirect/>'));
    await party.ends({ AnnounceUrl: hooks.at('/news') });
    await alice.hears({ tone: 900 });

    await Promise.all([alice.hangUp(), bob.hangUp()]);

    await party.world.quiet();
    const asked = hooks.caught.filter(({ path }) => path === '/news').length;
    // As long as others come and go.
    await (await party.enters(CAROL)).hangUp();
    await party.world.quiet();
    expect(hooks.caught.filter(({ path }) => path === '/news')).toHaveLength(asked);
    expect(await party.world.alerts(12_400)).toEqual([]);
  });

  it('beeps when somebody comes and when somebody goes, as beep says', async () => {
    await using party = await Party.open({ [BOB]: 'waitUrl="" beep="true"' });
    const alice = await party.enters(ALICE);
    const entered = alice.hears({ tone: BEEP_HZ });

    const bob = await party.enters(BOB);
    await entered;
    await alice.hears({ silence: true });
    const gone = alice.hears({ tone: BEEP_HZ });
    await bob.hangUp();

    await gone;
  });

  it('lets those who wait hear music, or the waitUrl, until it starts', async () => {
    await using party = await Party.open({
      [ALICE]: 'beep="false" startConferenceOnEnter="false"',
      [BOB]: 'beep="false" startConferenceOnEnter="false" waitUrl="/wait"',
    });
    const { hooks } = party.world;
    hooks.reply('/wait', twiml('<Play>/tone</Play>', '<Redirect/>'));

    const alice = await party.enters(ALICE);
    await alice.hears({ tone: 392 });
    const bob = await party.enters(BOB);
    await bob.hears({ tone: 900 });
    await hooks.next('/wait');
    // The end of the document leads to its beginning.
    await hooks.next('/wait');
    expect(await party.conference()).toMatchObject({ status: 'init' });
    const carol = await party.enters(CAROL);
    carol.playTone(1100);

    await Promise.all([hearsExactly(alice, [1100]), hearsExactly(bob, [1100])]);
  });

  it('ends with one who has endConferenceOnExit, tells of all in order, and lets the others go on', async () => {
    await using party = await Party.open({
      [ALICE]: `${listening('start end join leave mute hold modify')} endConferenceOnExit="true" participantLabel="host"`,
    });
    const [alice, bob] = [await party.enters(ALICE), await party.enters(BOB)];
    const { call_sid: aliceSid, conference_sid: conferenceSid } = await party.member(ALICE);
    const { call_sid: bobSid } = await party.member(BOB);
    await party.changes(BOB, { Muted: 'true' });
    await party.changes(BOB, { Muted: 'false' });
    await party.changes(BOB, { Hold: 'true' });
    await party.changes(BOB, { Hold: 'false', BeepOnExit: 'true' });

    await alice.hangUp();

    await bob.hears({ digits: '9' });
    const events = await party.events();
    expect(names(events)).toEqual([
      'participant-join',
      'participant-join',
      'conference-start',
      'participant-mute',
      'participant-unmute',
      'participant-hold',
      'participant-unhold',
      'participant-modify',
      'participant-leave',
      'participant-leave',
      'conference-end',
    ]);
    expect(events.map(({ parameters }) => parameters['SequenceNumber'])).toEqual(
      events.map((_, index) => String(index + 1)),
    );
    expect(events.every(({ signatureValid }) => signatureValid)).toBe(true);
    expect(events[0]?.parameters).toMatchObject({
      ConferenceSid: conferenceSid,
      FriendlyName: 'Room',
      AccountSid: party.world.tutti.accountSid,
      Timestamp: expect.stringMatching(/^\w{3}, \d/),
      CallSid: aliceSid,
      Muted: 'false',
      Hold: 'false',
      Coaching: 'false',
      EndConferenceOnExit: 'true',
      StartConferenceOnEnter: 'true',
      ParticipantLabel: 'host',
    });
    expect(events.slice(-3).map(({ parameters }) => parameters)).toMatchObject([
      {
        CallSid: aliceSid,
        ReasonParticipantLeft: 'participant_hung_up',
        ParticipantCallStatus: 'completed',
      },
      {
        CallSid: bobSid,
        ReasonParticipantLeft: 'moderator_ended_conference',
        ParticipantCallStatus: 'in-progress',
      },
      {
        CallSidEndingConference: aliceSid,
        ParticipantLabelEndingConference: 'host',
        ReasonConferenceEnded: 'participant-with-end-conference-on-exit-left',
      },
    ]);
    const told = [
      await party.world.hooks.next('/after'),
      await party.world.hooks.next('/after'),
    ].map(({ parameters }) => [
      parameters['CallSid'],
      parameters['CallStatus'],
      parameters['DialCallStatus'],
    ]);
    // Alice is told of, too, though she has hung up.
    expect(told).toHaveLength(2);
    expect(told).toContainEqual([aliceSid, 'completed', 'answered']);
    expect(told).toContainEqual([bobSid, 'in-progress', 'answered']);
  });

  it('is ended by the API, and a call of that name begins another', async () => {
    await using party = await Party.open({ [ALICE]: listening('end leave') });
    const alice = await party.enters(ALICE);
    const first = await party.conference();

    expect(await party.ends()).toMatchObject({
      status: 'completed',
      reason_conference_ended: 'conference-ended-via-api',
      call_sid_ending_conference: null,
    });

    await alice.hears({ digits: '9' });
    await alice.ended;
    const [left, ended] = await party.events();
    expect(left?.parameters).toMatchObject({ ReasonParticipantLeft: 'conference_ended_via_api' });
    expect(ended?.parameters).not.toHaveProperty('CallSidEndingConference');
    await party.enters(BOB);
    expect((await party.conference()).sid).not.toBe(first.sid);
  });

  it('is left by the star, by a redirect and by the time limit', async () => {
    await using party = await Party.open({
      [ALICE]: listening('leave end'),
      [BOB]: room(NO_MUSIC, 'action="/after" hangupOnStar="true"'),
      [CAROL]: room(NO_MUSIC, 'action="/after" timeLimit="1"'),
    });
    const [alice, bob] = [await party.enters(ALICE), await party.enters(BOB)];
    const { call_sid: sid } = await party.member(ALICE);
    await (await party.enters(CAROL)).hears({ digits: '9' });

    await bob.key('*');
    await bob.hears({ digits: '9' });
    await party.world.update(sid, { Twiml: twiml('<Play digits="7"/>') });

    await alice.hears({ digits: '7' });
    const events = await party.events();
    expect(events.map(({ parameters }) => parameters['ReasonParticipantLeft'])).toEqual([
      'participant_hung_up',
      'participant_hung_up',
      'participant_updated_via_api',
      undefined,
    ]);
  });

  it('takes no more than maxParticipants, no label twice and no coach of nobody', async () => {
    await using party = await Party.open({
      [ALICE]: `${NO_MUSIC} participantLabel="one"`,
      [BOB]: `${NO_MUSIC} participantLabel="one"`,
      [CAROL]: `${NO_MUSIC} coach="CA${'0'.repeat(32)}"`,
      '+15557654388': `${NO_MUSIC} participantLabel="a/b"`,
    });
    await party.enters(ALICE);
    const fails = async (number: string): Promise<void> => {
      const call = await (await party.world.phone(number)).dial(OURS);
      await call.hears({ digits: '9' });
      await call.ended;
      const { parameters } = await party.world.hooks.next('/after');
      expect(parameters).toMatchObject({ DialCallStatus: 'failed', From: number });
    };

    await fails(BOB);
    await fails(CAROL);
    await fails('+15557654388');
    party.world.hooks.reply('/voice', room(NO_MUSIC));
    await party.enters(BOB);
    party.world.hooks.reply('/voice', room(`${NO_MUSIC} maxParticipants="2"`));
    await fails(CAROL);

    for (const code of [16_025, 13_240, 16_023, 16_020]) await party.world.alert(code);
  });

  it('tells who speaks', async () => {
    await using party = await Party.open({ [ALICE]: listening('speaker') });
    const alice = await party.enters(ALICE);
    const { call_sid: sid } = await party.member(ALICE);

    alice.playTone(500, { durationMs: 400 });

    const [start, stop] = [
      await party.world.hooks.next('/events'),
      await party.world.hooks.next('/events'),
    ];
    expect(names([start, stop])).toEqual(['participant-speech-start', 'participant-speech-stop']);
    expect(start.parameters).toMatchObject({ CallSid: sid, Muted: 'false' });
  });

  it('is recorded from its start to its end, in one channel', async () => {
    const attributes = 'record="record-from-start" recordingStatusCallback="/recording"';
    await using party = await Party.open({
      [ALICE]: `${NO_MUSIC} ${attributes} recordingStatusCallbackEvent="in-progress completed"`,
    });
    const alice = await party.enters(ALICE);
    await alice.playTone(2300, { durationMs: 300 }).done;
    // What is still on its way is not to be heard by Bob.
    await alice.play(new Int16Array(2400)).done;
    const bob = await party.enters(BOB);
    const tones = [
      alice.playTone(500, { durationMs: 400 }),
      bob.playTone(1700, { durationMs: 400 }),
    ];
    for (const tone of tones) await tone.done;
    const { sid } = await party.conference();
    await alice.hangUp();
    await bob.hangUp();

    const [begun, done] = [
      await party.world.hooks.next('/recording'),
      await party.world.hooks.next('/recording'),
    ];

    expect(begun.parameters['RecordingStatus']).toBe('in-progress');
    expect(done.parameters).toMatchObject({
      ConferenceSid: sid,
      RecordingStatus: 'completed',
      RecordingSource: 'Conference',
      RecordingChannels: '1',
      RecordingDuration: '1',
    });
    const [samples, ...others] = await recorded(done.parameters['RecordingUrl'] ?? '');
    expect(others).toEqual([]);
    expect(tonesIn(samples, 500, 1700, 2300)).toEqual([500, 1700]);
    const [own, all] = [
      await party.world.get(`/Conferences/${sid}/Recordings.json`),
      await party.world.get(`/Recordings.json?ConferenceSid=${sid}`),
    ];
    expect(own.recordings).toEqual(all.recordings);
    expect(own.recordings).toMatchObject([{ conference_sid: sid, source: 'Conference' }]);
    await party.world.quiet();
  });

  it('has its recording paused, resumed, stopped and deleted', async () => {
    await using party = await Party.open({
      [BOB]: `${NO_MUSIC} record="true" recordingStatusCallback="/recording"`,
    });
    const alice = await party.enters(ALICE);
    const bob = await party.enters(BOB);
    const { sid } = await party.conference();
    const recordings = `/Conferences/${sid}/Recordings`;
    const order = (form: Record<string, string>, key = 'Twilio.CURRENT'): Promise<Json> =>
      party.world.post(`${recordings}/${key}.json`, form);
    await bob.playTone(500, { durationMs: 300 }).done;

    const { sid: recording } = await order({ Status: 'paused', PauseBehavior: 'skip' });
    await party.world.tutti.settled();
    await alice.playTone(1700, { durationMs: 300 }).done;
    // What was sent is still on its way, through the network and buffers.
    await bob.hears({ silence: true });
    expect(await order({ Status: 'in-progress' })).toMatchObject({ status: 'in-progress' });
    await party.world.tutti.settled();
    await alice.playTone(2300, { durationMs: 300 }).done;
    await order({ Status: 'stopped' }, recording);

    const { parameters } = await party.world.hooks.next('/recording');
    const [samples] = await recorded(parameters['RecordingUrl'] ?? '');
    expect(tonesIn(samples, 500, 1700, 2300)).toEqual([500, 2300]);
    const path = `${recordings}/${recording}.json`;
    expect(await party.world.get(path)).toMatchObject({ status: 'completed' });
    expect((await party.world.request('DELETE', path)).status).toBe(204);
    expect((await party.world.request('GET', path)).status).toBe(404);
  });

  it('raises an alert when its call-backs are refused', async () => {
    await using party = await Party.open({ [ALICE]: listening('join') });
    party.world.hooks.reply('/events', { status: 404 });

    await party.enters(ALICE);

    expect(await party.world.alert(16_011)).toContain('participant-join');
  });
});

describe.concurrent('Participants', () => {
  it('are called into a conference by its name, with the official client', async () => {
    await using party = await Party.open();
    const { world } = party;
    const { client } = world.tutti;
    const bob = await world.phone(BOB);
    world.hooks.reply('/events', { status: 204 });

    const added = await client.conferences('Room').participants.create({
      from: OURS,
      to: BOB,
      label: 'callee',
      beep: 'false',
      waitUrl: '',
      endConferenceOnExit: true,
      statusCallback: world.hooks.at('/progress'),
      statusCallbackEvent: ['answered', 'completed'],
      conferenceStatusCallback: world.hooks.at('/events'),
      conferenceStatusCallbackEvent: ['start', 'join', 'leave', 'end'],
    });
    expect(added).toMatchObject({ status: 'queued', label: 'callee', endConferenceOnExit: true });
    const ringing = await bob.nextCall();
    expect(ringing.from).toBe(OURS);
    ringing.ring();
    const room = client.conferences(added.conferenceSid);
    await eventually(async () => {
      expect(await room.participants('callee').fetch()).toMatchObject({ status: 'ringing' });
    });
    const call = await ringing.answer();
    await party.member(BOB);
    const alice = await party.enters(ALICE);
    const tones = [alice.playTone(500), call.playTone(700)];
    await Promise.all([hearsExactly(alice, [700]), hearsExactly(call, [500])]);
    for (const tone of tones) tone.stop();
    await room.participants('callee').update({ muted: true });
    expect(await room.participants.list({ muted: true })).toMatchObject([
      { callSid: added.callSid, muted: true, status: 'connected' },
    ]);
    expect(await room.participants('callee').remove()).toBe(true);

    expect(await call.ended).toEqual({ by: 'peer' });
    await alice.hears({ digits: '9' });
    expect(names(await party.events())).toEqual([
      'participant-join',
      'participant-join',
      'conference-start',
      'participant-leave',
      'participant-leave',
      'conference-end',
    ]);
    expect(await room.fetch()).toMatchObject({
      reasonConferenceEnded: 'participant-with-end-conference-on-exit-kicked',
      callSidEndingConference: added.callSid,
    });
    expect((await world.statuses('/progress')).length).toBe(2);
    await world.quiet();
  });

  it('may be an application, whose documents the conference hears until it is removed', async () => {
    await using party = await Party.open();
    const { world } = party;
    const { client } = world.tutti;
    world.hooks.reply('/app', twiml('<Play loop="0">/tone</Play>'));
    world.hooks.reply('/tone', {
      headers: { 'Content-Type': 'audio/wav' },
      body: toneWav(700, 4000),
    });
    const application = await client.applications.create({ voiceUrl: world.hooks.at('/app') });
    const alice = await party.enters(ALICE);

    const room = client.conferences('Room');
    const to = `app:${application.sid}?Colour=red%20%26%20blue`;
    const added = await room.participants.create({ from: OURS, to, label: 'machine' });
    await hearsExactly(alice, [700]);

    expect(await world.hooks.next('/app')).toMatchObject({
      signatureValid: true,
      parameters: {
        ParentCallSid: added.callSid,
        ApplicationSid: application.sid,
        From: OURS,
        Colour: 'red & blue',
      },
    });
    expect(await client.calls(added.callSid).fetch()).toMatchObject({ to, status: 'in-progress' });
    const [running] = await client.calls.list({ parentCallSid: added.callSid });
    await client.conferences(added.conferenceSid).participants('machine').remove();
    await world.becomes(running?.sid ?? '', 'completed');
    await alice.hangUp();
    await world.quiet();
  });

  it('leave with the application when its documents end', async () => {
    await using party = await Party.open();
    const { world } = party;
    const { client } = world.tutti;
    world.hooks.reply('/app', twiml('<Play>/tone</Play>'));
    world.hooks.reply('/tone', {
      headers: { 'Content-Type': 'audio/wav' },
      body: toneWav(700, 4000),
    });
    const application = await client.applications.create({ voiceUrl: world.hooks.at('/app') });
    const alice = await party.enters(ALICE);

    const room = client.conferences('Room');
    const added = await room.participants.create({ from: OURS, to: `app:${application.sid}` });

    await hearsExactly(alice, [700]);
    await world.becomes(added.callSid, 'completed');
    await alice.hangUp();
  });

  it.each([
    ['nothing', () => 'app:', 21_211],
    ['a SID of another kind', () => `app:CN${'ab'.repeat(16)}`, 21_218],
    ['no application of the account', () => `app:AP${'ab'.repeat(16)}`, 21_218],
    ['an application without a voice URL', (silent: string) => `app:${silent}`, 21_218],
  ])('are not called when app: names %s', async (_, to, code) => {
    await using party = await Party.open();
    const { client } = party.world.tutti;
    const { sid } = await client.applications.create();

    const refused = client.conferences('Room').participants.create({ from: OURS, to: to(sid) });

    await expect(refused).rejects.toMatchObject({ code, status: 400 });
    expect(await client.calls.list()).toEqual([]);
  });

  it('that cannot be reached leave, and end it when nobody else is there', async () => {
    await using party = await Party.open();
    const { world } = party;
    const bob = await world.phone(BOB);

    await world.post('/Conferences/Room/Participants.json', {
      From: OURS,
      To: BOB,
      ConferenceStatusCallback: world.hooks.at('/events'),
      ConferenceStatusCallbackEvent: 'leave end',
    });
    (await bob.nextCall()).reject();

    const [left] = await party.events();
    expect(left?.parameters).toMatchObject({
      ReasonParticipantLeft: 'participant_add_failed',
      ParticipantCallStatus: expect.stringMatching(/^(busy|failed)$/),
    });
    await world.quiet();
  });

  it('who still ring are let go when the conference ends', async () => {
    await using party = await Party.open();
    const bob = await party.world.phone(BOB);
    await party.world.post('/Conferences/Room/Participants.json', { From: OURS, To: BOB });
    const ringing = await bob.nextCall();

    await party.ends();

    await ringing.canceled;
    await party.world.quiet();
  });
});
