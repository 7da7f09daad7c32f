import { describe, expect, it } from 'vitest';
import type { Phone, PhoneCall } from '../../src/index.ts';
import { movableClock } from './_movable-clock.ts';
import { toneWav } from './_sounds.ts';
import { hearsWords, needsSpeech } from './_speech.ts';
import { BOB, CAROL, OURS, World, answered, eventually, hearEachOther, twiml } from './_world.ts';

const KEY_9 = twiml('<Play digits="9"/>', '<Pause length="60"/>');

interface Scene {
  readonly world: World;
  readonly sid: string;
  readonly call: PhoneCall;
  /** Where `<Dial>` leads. */
  readonly carol: Phone;
}

/** A call to Bob that has come to what `during` says. */
async function during(what: string): Promise<Scene> {
  const world = await World.open();
  world.hooks.reply('/nine', KEY_9);
  world.hooks.reply('/long.wav', {
    headers: { 'Content-Type': 'audio/wav' },
    body: toneWav(700, 3000),
  });
  const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];
  const { conductorSid } = await world.conversation();
  const play = `<Play loop="0">${world.hooks.at('/long.wav')}</Play>`;
  const verbs: Record<string, string> = {
    Say: '<Say loop="0">This is a long text that goes on and on.</Say>',
    Play: play,
    Gather: `<Gather>${play}</Gather>`,
    Pause: '<Pause length="60"/>',
    bridge: `<Connect><Conversation conductorSid="${conductorSid}"/></Connect>`,
    Dial: `<Dial>${CAROL}</Dial>`,
  };
  const { sid } = await world.place({ Twiml: twiml(verbs[what] ?? '') });
  const call = await answered(bob);
  if (what === 'Say') await hearsWords(call);
  else if (what === 'Play' || what === 'Gather') await call.hears({ tone: 700 });
  else if (what === 'Dial') await hearEachOther(call, await answered(carol));
  else if (what === 'bridge') await eventually(() => expect(bridges(world)).toBe(1));
  else await world.becomes(sid, 'in-progress');
  return { world, sid, call, carol };
}

function bridges(world: World): number {
  return world.tutti.server.voiceCounts.bridges;
}

const SITUATIONS = ['Say', 'Play', 'Gather', 'Pause', 'bridge', 'Dial'];

describe.concurrent('a live call', () => {
  it.for(SITUATIONS)('is redirected by Url during %s', async (what, { skip }) => {
    skip(what === 'Say' && needsSpeech, 'needs espeak-ng');
    const { world, sid, call } = await during(what);
    await using _ = world;

    await world.update(sid, { Url: world.hooks.at('/nine') });

    await call.hears({ digits: '9' });
    expect(await world.hooks.next('/nine')).toMatchObject({
      method: 'POST',
      signatureValid: true,
      parameters: { CallSid: sid, CallStatus: 'in-progress' },
    });
    expect(bridges(world)).toBe(0);
    await call.hangUp();
    await world.quiet();
  });

  it.for(SITUATIONS)('is redirected by Twiml during %s', async (what, { skip }) => {
    skip(what === 'Say' && needsSpeech, 'needs espeak-ng');
    const { world, sid, call } = await during(what);
    await using _ = world;

    await world.update(sid, { Twiml: KEY_9 });

    await call.hears({ digits: '9' });
    expect(call.isLive).toBe(true);
    await call.hangUp();
    await world.quiet();
  });

  it.for(SITUATIONS)('is ended by Status=completed during %s', async (what, { skip }) => {
    skip(what === 'Say' && needsSpeech, 'needs espeak-ng');
    const { world, sid, call } = await during(what);
    await using _ = world;

    const ended = await world.update(sid, { Status: 'completed' });

    expect(ended).toMatchObject({ status: 'completed', end_time: expect.any(String) });
    expect(await call.ended).toEqual({ by: 'peer' });
    expect(await world.update(sid, { Status: 'completed' })).toMatchObject({ status: 'completed' });
    await world.quiet();
  });

  it('goes on when Status=canceled comes after its answer', async () => {
    const { world, sid, call } = await during('Play');
    await using _ = world;

    expect(await world.update(sid, { Status: 'canceled' })).toMatchObject({
      status: 'in-progress',
    });

    await call.hears({ tone: 700 });
    expect(call.isLive).toBe(true);
    await call.hangUp();
  });

  it('is canceled while it rings, and tells so', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    const { sid } = await world.place({
      Twiml: twiml(),
      StatusCallback: world.hooks.at('/status'),
    });
    const ringing = await bob.nextCall();
    ringing.ring();
    await world.becomes(sid, 'ringing');

    expect(await world.update(sid, { Status: 'canceled' })).toMatchObject({ status: 'canceled' });

    await ringing.canceled;
    expect(await world.hooks.next('/status')).toMatchObject({
      parameters: { CallStatus: 'canceled' },
    });
    await world.quiet();
  });

  it('that rings and is completed is canceled', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    const { sid } = await world.place({ Twiml: twiml() });
    const ringing = await bob.nextCall();

    await world.update(sid, { Status: 'completed' });

    await ringing.canceled;
    expect(await world.call(sid)).toMatchObject({ status: 'canceled' });
    await world.quiet();
  });

  it('that came in and rings is refused when it is canceled', async () => {
    await using world = await World.open();
    await world.answers(twiml('<Pause length="60"/>'));
    const bob = await world.phone(BOB);
    const dialing = bob.dialing(OURS);
    await world.hooks.next('/voice');
    const { sid } = await world.onlyCall();

    await world.update(sid, { Status: 'canceled' });

    await expect(dialing.call).rejects.toMatchObject({ status: 480 });
    await world.quiet();
    expect(await world.call(sid)).toMatchObject({ status: 'canceled' });
  });

  it('that rings cannot be redirected: 21220', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    const { sid } = await world.place({ Twiml: twiml('<Play digits="1"/>') });
    const ringing = await bob.nextCall();

    const answer = await world.request('POST', `/Calls/${sid}.json`, { Twiml: KEY_9 });

    expect(answer).toMatchObject({ status: 400, body: { code: 21220 } });
    await (await ringing.answer()).hears({ digits: '1' });
  });

  it('that has ended cannot be redirected, bound or set: 21220', async () => {
    await using world = await World.open();
    const { conductorSid } = await world.conversation();
    const bob = await world.phone(BOB);
    const { sid } = await world.place({ Twiml: twiml('<Hangup/>') });
    await (
      await answered(bob)
    ).ended;
    const path = `/Calls/${sid}.json`;

    const redirected = await world.request('POST', path, { Url: world.hooks.at('/x') });
    const bound = await world.request('POST', path, { ConductorSid: conductorSid });
    const set = await world.request('POST', path, {
      StatusCallback: world.hooks.at('/late'),
      TimeLimit: '60',
    });

    expect(redirected).toMatchObject({ status: 400, body: { code: 21220 } });
    expect(bound).toMatchObject({ status: 400, body: { code: 21220 } });
    expect(set).toMatchObject({ status: 400, body: { code: 21220 } });
    expect(set.body.message).toContain('makes no use of StatusCallback and TimeLimit');
    expect(await world.call(sid)).toMatchObject({ status: 'completed', conductor_sid: null });
  });

  it('gets a TimeLimit, counted from its answer', async () => {
    const { world, sid, call } = await during('Pause');
    await using _ = world;

    await world.update(sid, { TimeLimit: '1' });

    expect(await call.ended).toEqual({ by: 'peer' });
    await world.becomes(sid, 'completed');
  });

  it('tells a status callback that it got while it lasted', async () => {
    const { world, sid, call } = await during('Pause');
    await using _ = world;
    await world.update(sid, { StatusCallback: world.hooks.at('/late') });

    await call.hangUp();

    expect(await world.hooks.next('/late')).toMatchObject({
      parameters: { CallStatus: 'completed' },
    });
  });

  it('tells no status callback that was cleared while it lasted', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    const { sid } = await world.place({
      Twiml: twiml('<Pause length="60"/>'),
      StatusCallback: world.hooks.at('/status'),
    });
    const call = await answered(bob);
    await world.becomes(sid, 'in-progress');

    await world.update(sid, { StatusCallback: '', FallbackUrl: '' });
    await call.hangUp();
    await world.quiet();

    expect((await world.get('/v1/Deliveries')).deliveries).toEqual([]);
    expect(await world.alerts()).toEqual([]);
  });

  it('says when it was last changed, and an ended one does not change', async () => {
    const clock = movableClock();
    await using world = await World.open({ clock });
    const { conductorSid } = await world.conversation();
    const bob = await world.phone(BOB);
    const { sid } = await world.place({ Twiml: twiml('<Pause length="60"/>') });
    const call = await answered(bob);
    const begun = await world.becomes(sid, 'in-progress');

    clock.forward(1000);
    const set = await world.update(sid, { StatusCallback: world.hooks.at('/late') });
    clock.forward(1000);
    const bound = await world.update(sid, { ConductorSid: conductorSid });
    await call.hangUp();
    const ended = await world.becomes(sid, 'completed');
    clock.forward(1000);
    await world.update(sid, { Status: 'completed' });

    const dates = [begun, set, bound].map((each) => Date.parse(each.date_updated));
    expect(dates).toEqual([...new Set(dates)].toSorted((a, b) => a - b));
    expect(await world.call(sid)).toEqual(ended);
  });
});

describe.concurrent('a call within <Dial>', () => {
  it('leaves the caller to the next verb when the callee is redirected', async () => {
    await using world = await World.open();
    await world.answers(twiml(`<Dial>${BOB}</Dial>`, '<Play digits="8"/>'));
    const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];
    const caller = await carol.dial(OURS);
    const callee = await answered(bob);
    await hearEachOther(caller, callee);
    const { calls } = await world.get('/Calls.json');
    const child = calls.find(({ parent_call_sid: parent }: { parent_call_sid: unknown }) => parent);

    await world.update(child.sid, { Twiml: KEY_9 });

    await Promise.all([callee.hears({ digits: '9' }), caller.hears({ digits: '8' })]);
    await caller.ended;
    expect(callee.isLive).toBe(true);
    await callee.hangUp();
    await world.quiet();
  });

  it('lets the callee go when the caller is redirected', async () => {
    const { world, sid, call, carol } = await during('Pause');
    await using _ = world;
    await world.update(sid, { Twiml: twiml(`<Dial>${CAROL}</Dial>`) });
    const callee = await answered(carol);
    await hearEachOther(call, callee);

    await world.update(sid, { Twiml: KEY_9 });

    expect(await callee.ended).toEqual({ by: 'peer' });
    await call.hears({ digits: '9' });
  });
});

describe.concurrent('a caller who is redirected within <Dial action>', () => {
  const dialled = async () => {
    const world = await World.open();
    world.hooks.reply('/after', twiml('<Play digits="5"/>', '<Pause length="60"/>'));
    world.hooks.reply('/nine', KEY_9);
    await world.answers(twiml(`<Dial action="${world.hooks.at('/after')}">${BOB}</Dial>`));
    const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];
    const caller = await carol.dial(OURS);
    const ringing = await bob.nextCall();
    const { calls } = await world.get('/Calls.json');
    const parent = calls.find(({ parent_call_sid: sid }: { parent_call_sid: unknown }) => !sid);
    return { world, caller, ringing, sid: parent.sid };
  };

  it('has the action told first, then the target asked, and only the target run', async () => {
    const { world, caller, ringing, sid } = await dialled();
    await using _ = world;
    const callee = await ringing.answer();
    await hearEachOther(caller, callee);

    await world.update(sid, { Url: world.hooks.at('/nine') });
    await caller.hears({ digits: '9' });

    expect(world.hooks.caught.map(({ path }) => path)).toEqual(['/voice', '/after', '/nine']);
    expect(world.hooks.caught[1]).toMatchObject({
      parameters: { DialCallStatus: 'completed', DialBridged: 'true', CallStatus: 'in-progress' },
    });
    expect(caller.digits).toBe('9');
    await caller.hangUp();
    await world.quiet();
  });

  it('has the action told once, whether the redirect or the end of the callee comes first', async () => {
    const world = await World.open();
    await using _ = world;
    world.hooks.reply('/after', twiml('<Pause length="60"/>'));
    world.hooks.reply('/nine', KEY_9);
    await world.answers(twiml(`<Dial action="${world.hooks.at('/after')}">${BOB}</Dial>`));
    const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];
    for (let round = 0; round < 8; round += 1) {
      const before = world.hooks.caught.length;
      const caller = await carol.dial(OURS);
      const callee = await (await bob.nextCall()).answer();
      await hearEachOther(caller, callee);
      const { calls } = await world.get('/Calls.json?Status=in-progress');
      const parent = calls.find(({ parent_call_sid: sid }: { parent_call_sid: unknown }) => !sid);

      const gone = callee.hangUp();
      for (let turn = 0; turn < round; turn += 1) await new Promise(setImmediate);
      await Promise.all([gone, world.update(parent.sid, { Url: world.hooks.at('/nine') })]);
      await caller.hears({ digits: '9' });

      const paths = world.hooks.caught.slice(before).map(({ path }) => path);
      expect(paths).toEqual(['/voice', '/after', '/nine']);
      await caller.hangUp();
      await world.quiet();
    }
  });

  it('has the action told that the callee was canceled when it still rang', async () => {
    const { world, caller, ringing, sid } = await dialled();
    await using _ = world;

    await world.update(sid, { Twiml: KEY_9 });
    await ringing.canceled;
    await caller.hears({ digits: '9' });

    expect(await world.hooks.next('/after')).toMatchObject({
      parameters: { DialCallStatus: 'canceled', DialBridged: 'false' },
    });
    await caller.hangUp();
  });
});

describe('canceling in the moment of the answer', () => {
  it('has one winner, thirty times over', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    const seen = new Set<string>();
    for (let round = 0; round < 30; round += 1) {
      const { sid } = await world.place({
        Twiml: twiml('<Pause length="60"/>'),
        StatusCallback: world.hooks.at(`/status/${round}`),
        StatusCallbackEvent: ['answered', 'completed'],
      });
      const ringing = await bob.nextCall();
      const answer = () => ringing.answer().catch(() => undefined);
      // The first round is certainly answered, the last certainly canceled; in between either may be.
      const early = round === 0 ? await answer() : undefined;
      if (early !== undefined) await world.becomes(sid, 'in-progress');
      const updating = world.update(sid, { Status: 'canceled' });
      for (let turn = 0; turn < round; turn += 1) await new Promise(setImmediate);
      if (round === 29) await updating;
      const answering = early ?? answer();
      const updated = await updating;
      const call = await answering;
      seen.add(updated.status);
      if (updated.status === 'in-progress') {
        expect(call?.isLive).toBe(true);
        await call?.hangUp();
      } else {
        await call?.ended;
      }

      const final = updated.status === 'in-progress' ? 'completed' : 'canceled';
      const told = await world.statuses(`/status/${round}`, final);
      expect(await world.call(sid)).toMatchObject({ status: final });
      expect(told.map(({ parameters }) => parameters['CallStatus'])).toEqual(
        final === 'completed' ? ['in-progress', 'completed'] : ['canceled'],
      );
      expect(told.map(({ parameters }) => parameters['SequenceNumber'])).toEqual(
        final === 'completed' ? ['0', '1'] : ['0'],
      );
    }
    expect([...seen].toSorted()).toEqual(['canceled', 'in-progress']);
    await world.quiet();
  });
});
