import {
  answerAudioOffer,
  createAudioOffer,
  type CallDialog,
  type IncomingCall,
  type OutgoingCall,
} from '@tutti/sip';
import { describe, expect, it } from 'vitest';
import { openPeer, type Peer } from './_peer.ts';
import { BOB, CAROL, OURS, World, eventually, twiml } from './_world.ts';

const TARGET = 'sip:ada@127.0.0.1';

/** A SIP peer that answers each call, and whose calls are in progress by then. */
async function openDesk(onAnswered: (dialog: CallDialog) => void): Promise<Peer> {
  return openPeer((call) => void answer(call).then(onAnswered));
}

/** Calls our number from a peer. */
function dial(world: World, { endpoint }: Peer): OutgoingCall {
  return endpoint.invite({
    uri: `sip:${OURS}@${world.tutti.sip.replace('sip:', '')}`,
    from: 'sip:+15557654399@127.0.0.1',
    sdp: createAudioOffer({ host: '127.0.0.1', port: 40_002, codecs: ['PCMU'], sessionId: 1 }),
  });
}

function answer(call: IncomingCall): Promise<CallDialog> {
  const answered = answerAudioOffer(call.offer ?? '', {
    host: '127.0.0.1',
    port: 40_000,
    codecs: ['PCMU'],
    sessionId: 1,
  });
  if (!answered.ok) throw new Error(answered.error.message);
  return call.answer(answered.value.sdp);
}

describe.concurrent('<Refer>', () => {
  const refers = twiml(
    `<Refer action="/referred"><Sip>${TARGET}</Sip></Refer>`,
    '<Play digits="8"/>',
  );

  it('sends the peer elsewhere, and tells its action how that came out', async () => {
    const targets: string[] = [];
    await using world = await World.open();
    await using desk = await openDesk((dialog) =>
      dialog.setReferHandler((refer) => {
        targets.push(refer.target);
        void refer.accept().notify(200, 'OK');
      }),
    );
    world.hooks.reply('/refer', refers);
    world.hooks.reply('/referred', twiml('<Hangup/>'));

    await world.place({ To: desk.uri('desk'), Url: world.hooks.at('/refer') });

    expect((await world.hooks.next('/referred')).parameters).toMatchObject({
      ReferCallStatus: 'completed',
      ReferSipResponseCode: '202',
      NotifySipResponseCode: '200',
    });
    expect(targets).toEqual([TARGET]);
    await world.quiet();
  });

  it('tells what the target said, and that the peer would not try', async () => {
    await using world = await World.open();
    let calls = 0;
    await using desk = await openDesk((dialog) =>
      dialog.setReferHandler((refer) => {
        calls += 1;
        if (calls === 1) void refer.accept().notify(486, 'Busy Here');
        else refer.reject(603);
      }),
    );
    world.hooks.reply('/refer', refers);
    world.hooks.reply('/referred', twiml('<Hangup/>'));
    const told = async (): Promise<unknown> => {
      await world.place({ To: desk.uri('desk'), Url: world.hooks.at('/refer') });
      return (await world.hooks.next('/referred')).parameters;
    };

    expect(await told()).toMatchObject({ ReferCallStatus: 'busy', NotifySipResponseCode: '486' });
    const refused = await told();

    expect(refused).toMatchObject({ ReferCallStatus: 'failed', ReferSipResponseCode: '603' });
    expect(refused).not.toHaveProperty('NotifySipResponseCode');
  });

  it('goes on without an action, and with a phone that declines', async () => {
    await using world = await World.open();
    await world.answers(
      twiml(`<Refer><Sip>${TARGET}</Sip></Refer>`, '<Play digits="8"/>', '<Hangup/>'),
    );

    const call = await (await world.phone(BOB)).dial(OURS);

    await call.hears({ digits: '8' });
  });
});

describe.concurrent('a REFER during <Dial>', () => {
  it('of the one who was dialled lets the caller run the document of referUrl', async () => {
    await using world = await World.open();
    const dialogs: CallDialog[] = [];
    await using desk = await openDesk((dialog) => void dialogs.push(dialog));
    await world.answers(
      twiml(
        `<Dial referUrl="/refer" referMethod="GET" action="/after"><Sip>${desk.uri('desk')}</Sip></Dial>`,
      ),
    );
    world.hooks.reply('/refer', twiml('<Play digits="7"/>', '<Hangup/>'));
    const caller = await (await world.phone(BOB)).dial(OURS);
    await eventually(() => expect(dialogs).toHaveLength(1));

    // Declined until the two hear each other.
    await eventually(async () => {
      expect(await dialogs[0]?.refer(TARGET)).toMatchObject({ status: 200 });
    });

    expect(await world.hooks.next('/refer')).toMatchObject({
      method: 'GET',
      parameters: { ReferTransferTarget: TARGET, From: BOB },
    });
    await caller.hears({ digits: '7' });
    await dialogs[0]?.ended;
    expect(world.hooks.caught.map(({ path }) => path)).not.toContain('/after');
    await world.quiet();
  });

  it('of the caller lets the one who was dialled run it, and dial in turn', async () => {
    await using world = await World.open();
    await using desk = await openPeer(() => undefined);
    const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];
    await world.answers(twiml(`<Dial referUrl="/refer">${BOB}</Dial>`));
    world.hooks.reply('/refer', twiml(`<Dial>${CAROL}</Dial>`));
    const dialled = dial(world, desk);
    const callee = await (await bob.nextCall()).answer();
    const result = await dialled.result;
    if (result.kind !== 'answered') throw new Error(result.kind);
    await eventually(async () => {
      expect(await result.dialog.refer(TARGET)).toMatchObject({ status: 200 });
    });

    expect((await world.hooks.next('/refer')).parameters).toMatchObject({
      ReferTransferTarget: TARGET,
      To: BOB,
    });
    const third = await (await carol.nextCall()).answer();
    const tone = third.playTone(600);
    await callee.hears({ tone: 600 });
    tone.stop();
    await third.hangUp();
    await world.quiet();
  });

  it('of a caller who talks to an application is declined, and the document goes on', async () => {
    await using world = await World.open();
    await using desk = await openPeer(() => undefined);
    const { hooks } = world;
    const { sid } = await world.post('/Applications.json', { VoiceUrl: hooks.at('/app') });
    hooks.reply('/app', twiml('<Pause length="20"/>'));
    hooks.reply('/after', twiml('<Hangup/>'));
    await world.answers(
      twiml(`<Dial action="/after" referUrl="/refer"><Application>${sid}</Application></Dial>`),
    );
    const result = await dial(world, desk).result;
    if (result.kind !== 'answered') throw new Error(result.kind);
    await hooks.next('/app');

    expect(await result.dialog.refer(TARGET)).toMatchObject({ status: 603 });

    expect((await hooks.next('/after')).parameters).toMatchObject({ DialCallStatus: 'completed' });
    await result.dialog.ended;
    expect(hooks.caught.map(({ path }) => path)).not.toContain('/refer');
    await world.quiet();
  });

  it('is declined without referUrl, and an alert says why', async () => {
    await using world = await World.open();
    const dialogs: CallDialog[] = [];
    await using desk = await openDesk((dialog) => void dialogs.push(dialog));
    await world.answers(twiml(`<Dial><Sip>${desk.uri('desk')}</Sip></Dial>`));
    const caller = await (await world.phone(BOB)).dial(OURS);
    await eventually(() => expect(dialogs).toHaveLength(1));

    const text = await eventually(async () => {
      await dialogs[0]?.refer(TARGET).catch(() => undefined);
      const [alert] = await world.alerts(13_802);
      expect(alert).toBeDefined();
      return alert.alert_text;
    });

    expect(text).toContain(TARGET);
    await caller.hangUp();
  });
});
