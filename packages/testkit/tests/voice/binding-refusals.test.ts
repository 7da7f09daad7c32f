import { describe, expect, it } from 'vitest';
import { BOB, OURS, type Form, type Json, World, answered, twiml } from './_world.ts';

const PLACEHOLDER = `CN${'X'.repeat(32)}`;
const NOWHERE = 'CN7c1f09b2e4d84a6fa3305be1d96c2f58';
const MALFORMED = 'CN7c1f09b2e4d84a6fa3305be1d96c2f5g';

/** Two conversations: one with two Conductors, one of which has an Application; one closed. */
interface Scene {
  readonly world: World;
  readonly conversationSid: string;
  readonly conductorSid: string;
  /** Of the same conversation, bound to `applicationSid`. */
  readonly appConductorSid: string;
  readonly applicationSid: string;
  readonly otherApplicationSid: string;
  /** Of another conversation. */
  readonly foreignConductorSid: string;
  readonly foreignConversationSid: string;
  readonly closedConductorSid: string;
  readonly participantSid: string;
}

async function setUp(): Promise<Scene> {
  const world = await World.open();
  const application = (name: string) =>
    world.post('/Applications.json', { FriendlyName: name, VoiceUrl: world.hooks.at('/app') });
  const { sid: applicationSid } = await application('one');
  const { sid: otherApplicationSid } = await application('two');
  const { conversationSid, conductorSid } = await world.conversation();
  const appConductor = await world.conductor(conversationSid, { ApplicationSid: applicationSid });
  const foreign = await world.conversation();
  const closed = await world.conversation();
  await world.post(`/v1/Conversations/${closed.conversationSid}`, { State: 'closed' });
  const participant = await world.post(`/v1/Conversations/${conversationSid}/Participants`, {
    'VoiceBinding.Address': BOB,
    'VoiceBinding.ProxyAddress': OURS,
    'VoiceBinding.ConductorSid': conductorSid,
  });
  return {
    world,
    conversationSid,
    conductorSid,
    appConductorSid: appConductor.sid,
    applicationSid,
    otherApplicationSid,
    foreignConductorSid: foreign.conductorSid,
    foreignConversationSid: foreign.conversationSid,
    closedConductorSid: closed.conductorSid,
    participantSid: participant.sid,
  };
}

/** Everything a refused request might have changed. */
async function everything({
  world,
  conversationSid,
  foreignConversationSid,
}: Scene): Promise<Json> {
  const read = async (path: string) => {
    const { meta: _, ...rest } = await world.get(path);
    return rest;
  };
  return [
    (await world.get('/Calls.json?PageSize=1000')).calls,
    await read('/v1/Conductors?PageSize=100'),
    await read(`/v1/Conversations/${conversationSid}/Participants`),
    await read(`/v1/Conversations/${foreignConversationSid}/Participants`),
    await read(`/v1/Conversations/${conversationSid}/Timeline`),
  ];
}

type Wrong = readonly [
  what: string,
  given: (scene: Scene) => Form,
  status: number,
  code: number,
  names: (scene: Scene) => readonly string[],
];

const badConductors: readonly Wrong[] = [
  [
    'a Conductor that does not exist',
    () => ({ ConductorSid: NOWHERE }),
    400,
    75001,
    () => [NOWHERE],
  ],
  [
    'an Application SID for the Conductor',
    ({ applicationSid }) => ({ ConductorSid: applicationSid }),
    400,
    75002,
    ({ applicationSid, appConductorSid }) => [
      applicationSid,
      'Application',
      'Conductor',
      'ApplicationSid',
      appConductorSid,
    ],
  ],
  [
    'a Conversation SID for the Conductor',
    ({ conversationSid }) => ({ ConductorSid: conversationSid }),
    400,
    75002,
    ({ conversationSid, conductorSid, appConductorSid }) => [
      conversationSid,
      conductorSid,
      appConductorSid,
    ],
  ],
  [
    'a closed Conductor',
    ({ closedConductorSid }) => ({ ConductorSid: closedConductorSid }),
    409,
    75005,
    ({ closedConductorSid }) => [closedConductorSid],
  ],
  ['a malformed Conductor SID', () => ({ ConductorSid: MALFORMED }), 400, 75007, () => ['"g"']],
  ['a placeholder', () => ({ ConductorSid: PLACEHOLDER }), 400, 75008, () => [PLACEHOLDER]],
];

/** A closed one of the same Conversation is another story. */
const openConductors = badConductors.filter(([, , , code]) => code !== 75005);

const badApplications: readonly Wrong[] = [
  [
    'an Application and a Conductor that are not bound to each other',
    ({ otherApplicationSid, appConductorSid }) => ({
      ConductorSid: appConductorSid,
      ApplicationSid: otherApplicationSid,
    }),
    409,
    75004,
    ({ otherApplicationSid, appConductorSid, applicationSid }) => [
      otherApplicationSid,
      appConductorSid,
      applicationSid,
    ],
  ],
  [
    'an Application bound to another Conductor than the one given',
    ({ applicationSid, conductorSid }) => ({
      ConductorSid: conductorSid,
      ApplicationSid: applicationSid,
    }),
    409,
    75004,
    ({ applicationSid, conductorSid, appConductorSid }) => [
      applicationSid,
      conductorSid,
      appConductorSid,
    ],
  ],
  [
    'a Conductor SID for the Application',
    ({ appConductorSid }) => ({ ApplicationSid: appConductorSid }),
    400,
    21218,
    ({ appConductorSid, applicationSid }) => [appConductorSid, 'ConductorSid', applicationSid],
  ],
  [
    'an Application that does not exist',
    () => ({ ApplicationSid: NOWHERE.replace('CN', 'AP') }),
    400,
    21218,
    () => [NOWHERE.replace('CN', 'AP')],
  ],
];

const foreign: Wrong = [
  'a Conductor of another Conversation',
  ({ foreignConductorSid }) => ({ ConductorSid: foreignConductorSid }),
  409,
  75003,
  ({ foreignConductorSid, foreignConversationSid, conversationSid, conductorSid }) => [
    foreignConductorSid,
    foreignConversationSid,
    conversationSid,
    conductorSid,
  ],
];

async function isRefused(scene: Scene, path: string, form: Form, wrong: Wrong): Promise<void> {
  const { world } = scene;
  const [, given, status, code, names] = wrong;
  const bob = await world.phone(BOB);
  const before = await everything(scene);

  const answer = await world.request('POST', path, { ...form, ...given(scene) });

  expect(answer).toMatchObject({ status, body: { code, status } });
  for (const name of names(scene)) expect(answer.body.message).toContain(name);
  expect(answer.body.more_info).toContain(String(code));
  await world.tutti.settled();
  expect(await everything(scene)).toEqual(before);
  await expect(bob.nextCall({ timeoutMs: 1 })).rejects.toMatchObject({ code: 'timeout' });
  const alerts = await world.alerts(code);
  expect(alerts).toHaveLength(code === 21218 ? alerts.length : 1);
  if (code >= 75000) expect(alerts[0].alert_text).toBe(answer.body.message);
}

describe.concurrent('creating a call', () => {
  it.for([...badConductors, ...badApplications])('with %s is refused', async (wrong) => {
    const scene = await setUp();
    await using _ = scene.world;

    await isRefused(scene, '/Calls.json', { From: OURS, To: BOB, Twiml: twiml() }, wrong);
  });

  it('with a misspelt ConductorSid is done, with a warning', async () => {
    const scene = await setUp();
    await using _ = scene.world;
    const { world, conductorSid } = scene;

    await world.place({ ConductorsSid: conductorSid, Twiml: twiml() });

    expect(await world.alert(75010)).toContain('Did you mean ConductorSid?');
  });
});

describe.concurrent('calling a participant', () => {
  it.for([...openConductors, ...badApplications.slice(0, 2), foreign])(
    'with %s is refused',
    async (wrong) => {
      const scene = await setUp();
      await using _ = scene.world;
      const { conversationSid, participantSid } = scene;

      await isRefused(
        scene,
        `/v1/Conversations/${conversationSid}/Participants/${participantSid}/Calls`,
        { Twiml: twiml() },
        wrong,
      );
    },
  );
});

describe.concurrent('calling a participant of a closed Conversation', () => {
  it('is refused with 75005, since its Conductors are closed', async () => {
    const scene = await setUp();
    await using _ = scene.world;
    const { world, conversationSid, participantSid, conductorSid } = scene;
    await world.post(`/v1/Conversations/${conversationSid}`, { State: 'closed' });

    const wrong: Wrong = ['', () => ({}), 409, 75005, () => [conductorSid, conversationSid]];

    await isRefused(
      scene,
      `/v1/Conversations/${conversationSid}/Participants/${participantSid}/Calls`,
      {},
      wrong,
    );
  });
});

describe.concurrent('updating a live call', () => {
  it.for([...badConductors])('with %s is refused, and the call goes on', async (wrong) => {
    const scene = await setUp();
    await using _ = scene.world;
    const { world } = scene;
    const ann = await world.phone('ann');
    const placed = await world.place({ To: 'client:ann', Twiml: twiml('<Pause length="60"/>') });
    const call = await answered(ann);
    await world.becomes(placed.sid, 'in-progress');
    await world.tutti.settled();

    await isRefused(scene, `/Calls/${placed.sid}.json`, {}, wrong);

    expect(call.isLive).toBe(true);
    await call.hangUp();
  });
});

describe.concurrent('<Connect><Conversation>', () => {
  it.for([...badConductors])(
    'with %s raises the alert, and the document goes on',
    async (wrong) => {
      const scene = await setUp();
      await using _ = scene.world;
      const { world } = scene;
      const [, given, , code, names] = wrong;
      const wanted = String(given(scene)['ConductorSid']);
      const ann = await world.phone('ann');
      const placed = await world.place({
        To: 'client:ann',
        Twiml: twiml(
          `<Connect><Conversation conductorSid="${wanted}"/></Connect>`,
          '<Play digits="4"/>',
        ),
      });

      const call = await answered(ann);
      await call.hears({ digits: '4' });

      const text = await world.alert(code);
      for (const name of names(scene)) expect(text).toContain(name);
      expect(await world.call(placed.sid)).toMatchObject({
        conductor_sid: null,
        conversation_sid: null,
        participant_sid: null,
      });
    },
  );

  it('tells its action that it failed', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    world.hooks.reply('/after', twiml('<Hangup/>'));
    await world.place({
      Twiml: twiml(
        `<Connect action="${world.hooks.at('/after')}"><Conversation conductorSid="${NOWHERE}"/></Connect>`,
      ),
    });

    await (
      await answered(bob)
    ).ended;

    expect(await world.hooks.next('/after')).toMatchObject({
      parameters: { ConnectStatus: 'failed' },
    });
  });

  it('says which attributes of it have no effect', async () => {
    await using world = await World.open();
    const { conductorSid } = await world.conversation();
    const bob = await world.phone(BOB);
    await world.place({
      Twiml: twiml(
        `<Connect><Conversation conductorSid="${conductorSid}" record="true" inboundTimeout="5"/></Connect>`,
      ),
    });

    const call = await answered(bob);

    expect(await world.alert(32501)).toContain('inboundTimeout, record have no effect');
    await call.hangUp();
  });

  it('without a conductorSid on a call that is not bound raises 75015', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    await world.place({ Twiml: twiml('<Connect><Conversation/></Connect>', '<Play digits="4"/>') });

    await (await answered(bob)).hears({ digits: '4' });

    expect(await world.alert(75015)).toContain('conductorSid="CN…"');
  });
});

describe.concurrent('a Conductor with MaxCalls=1', () => {
  it('refuses a second call with 75006, however it comes', async () => {
    await using world = await World.open();
    const { conversationSid, conductorSid } = await world.conversation({
      MaxCalls: '1',
      ProxyAddress: OURS,
    });
    const [bob, ann] = [await world.phone(BOB), await world.phone('ann')];
    await world.place({ ConductorSid: conductorSid });
    const first = await answered(bob);

    const created = await world.request('POST', '/Calls.json', {
      From: OURS,
      To: 'client:ann',
      ConductorSid: conductorSid,
    });
    const free = await world.place({ To: 'client:ann', Twiml: twiml('<Pause length="60"/>') });
    const anns = await answered(ann);
    await world.becomes(free.sid, 'in-progress');
    const updated = await world.request('POST', `/Calls/${free.sid}.json`, {
      ConductorSid: conductorSid,
    });
    const connect = twiml(`<Connect><Conversation conductorSid="${conductorSid}"/></Connect>`);
    await world.update(free.sid, { Twiml: connect });
    await anns.ended;

    await expect(ann.dial(OURS)).rejects.toMatchObject({ status: 486 });
    expect(created).toMatchObject({ status: 409, body: { code: 75006 } });
    expect(created.body.message).toContain('MaxCalls is 1');
    expect(updated).toMatchObject({ status: 409, body: { code: 75006 } });
    expect(await world.alerts(75006)).toHaveLength(4);
    const path = `/v1/Conversations/${conversationSid}/Conductors/${conductorSid}`;
    const removed = await world.request('DELETE', path);
    expect(removed).toMatchObject({ status: 409, body: { code: 75006 } });
    expect(first.isLive).toBe(true);

    await first.hangUp();
    await world.quiet();
    expect(await world.request('DELETE', path)).toMatchObject({ status: 204 });
  });
});
