import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Phone } from '../../src/index.ts';
import { toneWav } from './_sounds.ts';
import { hearsWords, needsSpeech } from './_speech.ts';
import {
  BOB,
  CAROL,
  OURS,
  type Json,
  World,
  answered,
  eventually,
  hearEachOther,
  twiml,
} from './_world.ts';

const connect = (conductorSid: string): string =>
  twiml(`<Connect><Conversation conductorSid="${conductorSid}"/></Connect>`);

const participants = async (world: World, conversationSid: string): Promise<Json[]> =>
  (await world.get(`/v1/Conversations/${conversationSid}/Participants`)).participants;

const messages = async (world: World, conversationSid: string): Promise<Json[]> =>
  (await world.get(`/v1/Conversations/${conversationSid}/Messages`)).messages;

describe.concurrent('a call is bound', () => {
  it('by ConductorSid on its creation, and its participant is made', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    const { conversationSid, conductorSid } = await world.conversation();

    const placed = await world.place({ ConductorSid: conductorSid });
    const call = await answered(bob);

    const [participant, ...others] = await participants(world, conversationSid);
    expect(others).toEqual([]);
    expect(participant).toMatchObject({
      identity: null,
      voice_binding: {
        type: 'phone',
        address: BOB,
        proxy_address: OURS,
        conductor_sid: conductorSid,
        call_sid: placed.sid,
      },
    });
    expect(placed).toMatchObject({
      conductor_sid: conductorSid,
      conversation_sid: conversationSid,
      participant_sid: participant.sid,
    });
    const { conductors } = await world.get(`/v1/Conductors?CallSid=${placed.sid}`);
    expect(conductors).toMatchObject([{ sid: conductorSid, call_sids: [placed.sid] }]);
    await call.hangUp();
  });

  it('by calling a participant, shown by its proxy address', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    const { conversationSid, conductorSid } = await world.conversation();
    const second = await world.conductor(conversationSid);
    const { sid } = await world.post(`/v1/Conversations/${conversationSid}/Participants`, {
      'MessagingBinding.Address': BOB,
      'MessagingBinding.ProxyAddress': OURS,
      'VoiceBinding.ProxyAddress': OURS,
    });
    const path = `/v1/Conversations/${conversationSid}/Participants/${sid}/Calls`;

    const placed = await world.post(path, { Timeout: '30' });
    const ringing = await bob.nextCall();
    const call = await ringing.answer();

    expect(ringing.from).toBe(OURS);
    expect(placed).toMatchObject({
      conductor_sid: conductorSid,
      conversation_sid: conversationSid,
      participant_sid: sid,
    });
    const other = await world.post(path, { ConductorSid: second.sid, Twiml: twiml('<Hangup/>') });
    expect(other).toMatchObject({ conductor_sid: second.sid, participant_sid: sid });
    await (
      await answered(bob)
    ).ended;
    await call.hangUp();
    expect(await participants(world, conversationSid)).toHaveLength(1);
  });

  it('by TwiML, and finds the participant who has that voice address', async () => {
    await using world = await World.open();
    const { conversationSid, conductorSid } = await world.conversation();
    const { sid } = await world.post(`/v1/Conversations/${conversationSid}/Participants`, {
      Identity: 'bob',
      'VoiceBinding.Address': BOB,
    });
    await world.answers(connect(conductorSid));
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);

    await eventually(async () => {
      expect(await world.onlyCall()).toMatchObject({
        status: 'in-progress',
        conductor_sid: conductorSid,
        conversation_sid: conversationSid,
        participant_sid: sid,
      });
    });
    await call.hangUp();
    await world.quiet();
  });

  it('when the caller and the number dialled are a voice binding', async () => {
    await using world = await World.open();
    const { conversationSid } = await world.conversation();
    const second = await world.conductor(conversationSid);
    const { sid } = await world.post(`/v1/Conversations/${conversationSid}/Participants`, {
      'VoiceBinding.Address': BOB,
      'VoiceBinding.ProxyAddress': OURS,
      'VoiceBinding.ConductorSid': second.sid,
    });
    const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];

    const call = await bob.dial(OURS);

    expect(await world.onlyCall()).toMatchObject({
      conductor_sid: second.sid,
      conversation_sid: conversationSid,
      participant_sid: sid,
    });
    // Not for another caller: to them the number has nothing to say.
    await expect(carol.dial(OURS)).rejects.toMatchObject({ status: 404 });
    await call.hangUp();
  });

  it('of a virtual phone to the participant of that identity', async () => {
    await using world = await World.open();
    const { conversationSid } = await world.conversation();
    const { sid } = await world.post(`/v1/Conversations/${conversationSid}/Participants`, {
      Identity: 'ada',
      'VoiceBinding.ProxyAddress': OURS,
    });
    const ada = await world.phone('ada');

    const call = await ada.dial(OURS);

    expect(await world.onlyCall()).toMatchObject({ from: 'client:ada', participant_sid: sid });
    await call.hangUp();
    // Nobody becomes a client by saying so.
    await using impostor = await Phone.open({
      number: 'ada',
      server: world.tutti.sip,
      register: false,
    });
    await expect(impostor.dial(OURS)).rejects.toMatchObject({ status: 404 });
  });

  it('when the number dialled is the proxy address of a Conductor', async () => {
    await using world = await World.open();
    const { conversationSid, conductorSid } = await world.conversation({ ProxyAddress: OURS });
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);

    expect(await world.onlyCall()).toMatchObject({ conductor_sid: conductorSid });
    expect(await participants(world, conversationSid)).toMatchObject([
      { voice_binding: { address: BOB, proxy_address: OURS } },
    ]);
    await call.hangUp();
  });
});

describe.concurrent('the calls of one Conductor', () => {
  it('hear each other, all of them, and nobody else', async () => {
    await using world = await World.open();
    const { conversationSid, conductorSid } = await world.conversation({ ProxyAddress: OURS });
    const other = await world.conductor(conversationSid);
    const [bob, carol, dave, eve] = await Promise.all(
      [BOB, CAROL, 'dave', 'eve'].map((name) => world.phone(name)),
    );
    if (!bob || !carol || !dave || !eve) throw new Error('four phones');
    const bobs = await bob.dial(OURS);
    await world.place({ To: CAROL, ConductorSid: conductorSid });
    const carols = await answered(carol);
    await world.place({ To: 'client:dave', Twiml: connect(conductorSid) });
    const daves = await answered(dave);
    await world.place({ To: 'client:eve', ConductorSid: other.sid });
    const eves = await answered(eve);
    const eveHears = eves.record();

    for (const [speaker, hertz, listeners] of [
      [bobs, 500, [carols, daves]],
      [carols, 900, [bobs, daves]],
      [daves, 1500, [bobs, carols]],
    ] as const) {
      const tone = speaker.playTone(hertz);
      await Promise.all(listeners.map((each) => each.hears({ tone: hertz })));
      tone.stop();
    }
    expect(Math.max(...eveHears.stop(), 0)).toBeLessThan(100);

    await Promise.all([bobs, carols, daves, eves].map((call) => call.hangUp()));
    await world.quiet();
  });

  it('run the TwiML of its Application first when they have none of their own', async () => {
    await using world = await World.open();
    const { hooks } = world;
    hooks.reply('/app', twiml('<Play digits="3"/>'));
    const app = await world.post('/Applications.json', { VoiceUrl: hooks.at('/app') });
    const { conductorSid } = await world.conversation({ ApplicationSid: app.sid });
    const bob = await world.phone(BOB);

    const placed = await world.place({ ConductorSid: conductorSid });
    const call = await answered(bob);
    await call.hears({ digits: '3' });
    await call.ended;

    expect(await hooks.next('/app')).toMatchObject({
      parameters: {
        ApplicationSid: app.sid,
        ConductorSid: conductorSid,
        ConversationSid: placed.conversation_sid,
        ParticipantSid: placed.participant_sid,
      },
    });
  });

  it('run their own TwiML rather than that of its Application', async () => {
    await using world = await World.open();
    const app = await world.post('/Applications.json', { VoiceUrl: world.hooks.at('/app') });
    const { conductorSid } = await world.conversation({ ApplicationSid: app.sid });
    const bob = await world.phone(BOB);

    await world.place({ ConductorSid: conductorSid, Twiml: twiml('<Play digits="4"/>') });

    await (await answered(bob)).hears({ digits: '4' });
    expect(world.hooks.caught).toEqual([]);
  });

  it('end when the conversation closes', async () => {
    await using world = await World.open();
    const { conversationSid, conductorSid } = await world.conversation();
    const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];
    const connected = await world.place({ ConductorSid: conductorSid });
    const bobs = await answered(bob);
    const ringing = await world.place({ To: CAROL, ConductorSid: conductorSid });
    const carols = await carol.nextCall();

    await world.post(`/v1/Conversations/${conversationSid}`, { State: 'closed' });

    expect(await bobs.ended).toEqual({ by: 'peer' });
    await carols.canceled;
    await world.becomes(connected.sid, 'completed');
    await world.becomes(ringing.sid, 'canceled');
    expect(await world.get(`/v1/Conductors/${conductorSid}`)).toMatchObject({
      status: 'closed',
      call_sids: [],
    });
    await world.quiet();
  });
});

describe.concurrent('a Conductor', () => {
  it('is active while a bound call is connected', async () => {
    await using world = await World.open();
    const { conductorSid } = await world.conversation();
    const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];
    const status = async () => (await world.get(`/v1/Conductors/${conductorSid}`)).status;

    const first = await world.place({ ConductorSid: conductorSid });
    const ringing = await bob.nextCall();
    expect(await status()).toBe('ready');
    const bobs = await ringing.answer();
    await world.becomes(first.sid, 'in-progress');
    expect(await status()).toBe('active');
    const second = await world.place({ To: CAROL, ConductorSid: conductorSid });
    const carols = await answered(carol);
    await world.becomes(second.sid, 'in-progress');
    await bobs.hangUp();
    await world.becomes(first.sid, 'completed');

    expect(await status()).toBe('active');
    await carols.hangUp();
    await world.becomes(second.sid, 'completed');
    expect(await status()).toBe('ready');
  });

  it('tells of its calls by webhooks and the timeline', async () => {
    await using world = await World.open();
    const { hooks } = world;
    const { sid: conversationSid } = await world.post('/v1/Conversations');
    await world.post(`/v1/Conversations/${conversationSid}/Webhooks`, {
      Target: 'webhook',
      'Configuration.Url': hooks.at('/events'),
      'Configuration.Filters': [
        'onCallAdded',
        'onCallUpdated',
        'onCallRemoved',
        'onConductorUpdated',
        'onParticipantAdded',
      ],
    });
    const { sid: conductorSid } = await world.conductor(conversationSid);
    const bob = await world.phone(BOB);

    const placed = await world.place({ ConductorSid: conductorSid });
    const ringing = await bob.nextCall();
    ringing.ring();
    await world.becomes(placed.sid, 'ringing');
    const call = await ringing.answer();
    await world.becomes(placed.sid, 'in-progress');
    await call.hangUp();

    const told = [];
    do told.push(await hooks.next('/events'));
    while (
      told.filter(({ parameters }) => parameters['EventType'] === 'onConductorUpdated').length < 2
    );
    expect(
      told.map(({ parameters }) => [
        parameters['EventType'],
        parameters['CallStatus'] ?? parameters['Status'],
      ]),
    ).toEqual([
      ['onParticipantAdded', undefined],
      ['onCallAdded', 'queued'],
      ['onCallUpdated', 'ringing'],
      ['onCallUpdated', 'in-progress'],
      ['onConductorUpdated', 'active'],
      ['onCallUpdated', 'completed'],
      ['onCallRemoved', 'completed'],
      ['onConductorUpdated', 'ready'],
    ]);
    expect(told[1]).toMatchObject({
      signatureValid: true,
      parameters: {
        CallSid: placed.sid,
        ConductorSid: conductorSid,
        ConversationSid: conversationSid,
        ParticipantSid: placed.participant_sid,
        AccountSid: world.tutti.accountSid,
      },
    });
    const { timeline } = await world.get(`/v1/Conversations/${conversationSid}/Timeline`);
    expect(timeline.map(({ kind, event }: Json) => `${kind} ${event}`)).toEqual([
      'conductor added',
      'participant added',
      'call bound',
      'call ringing',
      'call in-progress',
      'call completed',
    ]);
  });

  it('with Transcribe=dtmf turns keys into messages of the caller', async () => {
    await using world = await World.open();
    const { conversationSid, conductorSid } = await world.conversation({ Transcribe: 'dtmf' });
    await world.post(`/v1/Conversations/${conversationSid}/Participants`, {
      Identity: 'bob',
      'VoiceBinding.Address': BOB,
      'VoiceBinding.ProxyAddress': OURS,
    });
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    await call.key('12#');
    const [message] = await eventually(async () => {
      const all = await messages(world, conversationSid);
      expect(all).toHaveLength(1);
      return all;
    });
    await call.key('34');
    await call.hangUp();

    const { sid } = await world.onlyCall();
    expect(message).toMatchObject({ author: 'bob', body: '12#' });
    expect(JSON.parse(message.attributes)).toEqual({
      tutti: { channel: 'voice', call_sid: sid, kind: 'dtmf', confidence: 1 },
    });
    await world.quiet();
    expect(await messages(world, conversationSid)).toMatchObject([{ body: '12#' }, { body: '34' }]);
    const { timeline } = await world.get(`/v1/Conversations/${conversationSid}/Timeline`);
    expect(timeline.at(-1)).toMatchObject({ kind: 'call', event: 'completed' });
    expect((await world.get(`/v1/Conductors/${conductorSid}`)).status).toBe('ready');
  });

  it('without Transcribe keeps keys in the timeline alone', async () => {
    await using world = await World.open();
    const { conversationSid } = await world.conversation({ ProxyAddress: OURS });
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    await call.key('5#');
    await call.hangUp();

    await world.quiet();
    expect(await messages(world, conversationSid)).toEqual([]);
    const { timeline } = await world.get(`/v1/Conversations/${conversationSid}/Timeline`);
    expect(timeline).toContainEqual(expect.objectContaining({ kind: 'digits', event: 'keyed' }));
  });

  it.skipIf(needsSpeech)(
    'with Speak=all speaks what is written into its calls, but not what came from them (needs espeak-ng)',
    async () => {
      await using world = await World.open();
      const { conversationSid } = await world.conversation({
        ProxyAddress: OURS,
        Speak: 'all',
        Transcribe: 'dtmf',
      });
      const bob = await world.phone(BOB);
      const call = await bob.dial(OURS);
      await eventually(async () =>
        expect((await world.get('/v1/Conductors?Status=active')).conductors).toHaveLength(1),
      );

      const keyed = call.record();
      await call.key('1#');
      await eventually(async () => expect(await messages(world, conversationSid)).toHaveLength(1));
      await world.tutti.settled();
      // A moment in which it would have been spoken.
      await call.hears({ silence: true });
      expect(Math.max(...keyed.stop(), 0)).toBeLessThan(200);
      await world.post(`/v1/Conversations/${conversationSid}/Messages`, {
        Author: 'agent',
        Body: 'Hello, somebody is writing to you from the chat.',
      });

      await hearsWords(call);
      await call.hangUp();
      await world.quiet();
    },
  );
});

describe.concurrent('a Conductor with Speak=all and no speech engine', () => {
  it('raises 75011 for the message', async () => {
    await using world = await World.open({ env: { TUTTI_SPEECH_COMMAND: '/nonexistent' } });
    const { conversationSid } = await world.conversation({ ProxyAddress: OURS, Speak: 'all' });
    const bob = await world.phone(BOB);
    const call = await bob.dial(OURS);
    await eventually(() => expect(world.tutti.server.voiceCounts.bridges).toBe(1));
    await eventually(async () =>
      expect((await world.get('/v1/Conductors?Status=active')).conductors).toHaveLength(1),
    );

    const { sid } = await world.post(`/v1/Conversations/${conversationSid}/Messages`, {
      Body: 'Hello.',
    });

    expect(await world.alert(75011)).toContain(sid);
    expect(call.isLive).toBe(true);
    await call.hangUp();
  });
});

describe.concurrent('a Conductor with Speak=all and more to say than there is time for', () => {
  it('leaves messages out once twenty wait, and says so once in an alert', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tutti-speech-'));
    // An engine that says everything in a tone of a minute.
    await writeFile(join(directory, 'tone.wav'), toneWav(440, 60_000));
    const command = join(directory, 'speak');
    await writeFile(command, `#!/bin/sh\ncat > /dev/null\ncat ${directory}/tone.wav\n`, {
      mode: 0o755,
    });
    try {
      await using world = await World.open({ env: { TUTTI_SPEECH_COMMAND: command } });
      const { conversationSid, conductorSid } = await world.conversation({
        ProxyAddress: OURS,
        Speak: 'all',
      });
      const bob = await world.phone(BOB);
      const call = await bob.dial(OURS);
      await eventually(() => expect(world.tutti.server.voiceCounts.bridges).toBe(1));
      await eventually(async () =>
        expect((await world.get('/v1/Conductors?Status=active')).conductors).toHaveLength(1),
      );

      const sids: string[] = [];
      for (let index = 0; index < 25; index += 1) {
        const path = `/v1/Conversations/${conversationSid}/Messages`;
        sids.push((await world.post(path, { Body: `Message ${index}.` })).sid);
      }

      await call.hears({ tone: 440 });
      // One is spoken and twenty wait.
      expect(await world.alert(75006)).toContain(sids[21]);
      await world.tutti.settled();
      expect(await world.alerts()).toMatchObject([
        { resource_sid: conductorSid, log_level: 'error' },
      ]);
      await call.hangUp();
      await world.quiet();
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe.concurrent('a call that is moved', () => {
  it('to another Conductor by an update hears those there', async () => {
    await using world = await World.open();
    const here = await world.conversation({ ProxyAddress: OURS });
    const there = await world.conversation();
    const [bob, carol, dave] = [
      await world.phone(BOB),
      await world.phone(CAROL),
      await world.phone('dave'),
    ];
    const bobs = await bob.dial(OURS);
    const moving = await world.onlyCall();
    const carols = await carol.dial(OURS);
    await world.place({ To: 'client:dave', ConductorSid: there.conductorSid });
    const daves = await answered(dave);
    await hearEachOther(bobs, carols);

    await eventually(async () => expect((await world.call(moving.sid)).status).toBe('in-progress'));
    const updated = await world.update(moving.sid, { ConductorSid: there.conductorSid });

    expect(updated).toMatchObject({
      conductor_sid: there.conductorSid,
      conversation_sid: there.conversationSid,
    });
    await hearEachOther(bobs, daves);
    const carolHears = carols.record();
    const tone = bobs.playTone(1300, { durationMs: 200 });
    await daves.hears({ tone: 1300 });
    await tone.done;
    expect(Math.max(...carolHears.stop(), 0)).toBeLessThan(100);
    expect(await world.get(`/v1/Conductors/${here.conductorSid}`)).toMatchObject({
      status: 'active',
      call_sids: [expect.not.stringMatching(moving.sid)],
    });
    // The pair (Bob, our number) leads to the first conversation, so the second has him without a way in.
    const moved = (await participants(world, there.conversationSid)).map(
      ({ voice_binding: { address, proxy_address: proxy } }) => [address, proxy],
    );
    expect(moved).toEqual([
      ['client:dave', OURS],
      [BOB, null],
    ]);
    await Promise.all([bobs, carols, daves].map((call) => call.hangUp()));
    await world.quiet();
  });

  it('into a Conductor for the first time is bound by the update', async () => {
    await using world = await World.open();
    world.hooks.reply('/a.wav', {
      headers: { 'Content-Type': 'audio/wav' },
      body: toneWav(700, 2000),
    });
    const { conductorSid } = await world.conversation({ ProxyAddress: OURS });
    const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];
    const placed = await world.place({
      Twiml: twiml(`<Play loop="0">${world.hooks.at('/a.wav')}</Play>`),
    });
    const bobs = await answered(bob);
    await bobs.hears({ tone: 700 });
    const carols = await carol.dial(OURS);

    await world.update(placed.sid, { ConductorSid: conductorSid });

    await hearEachOther(bobs, carols);
  });
});
