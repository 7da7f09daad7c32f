import { describe, expect, it } from 'vitest';
import { FailingIds } from './_failing-ids.ts';
import { StreamServer } from './_stream-server.ts';
import { BOB, CAROL, OURS, World, answered, eventually, twiml } from './_world.ts';

interface Outage {
  readonly world: World;
  readonly ids: FailingIds;
}

async function open(): Promise<Outage> {
  const ids = new FailingIds();
  return { world: await World.open({ ids }), ids };
}

/** A call to Bob whose end, after he has hung up, is not written as long as the outage lasts. */
async function unwritten({ world, ids }: Outage, form: Record<string, string>): Promise<string> {
  const bob = await world.phone(BOB);
  const { sid } = await world.place({ StatusCallback: world.hooks.at('/status'), ...form });
  const call = await answered(bob);
  await world.becomes(sid, 'in-progress');
  await world.tutti.settled();
  ids.fails = 'callbacks';
  await call.hangUp();
  await eventually(() => expect(world.tutti.server.voiceCounts.calls).toBe(0));
  expect((await world.call(sid)).status).toBe('in-progress');
  return sid;
}

describe.concurrent('when nothing can be written', () => {
  it('a caller who rings is refused with 480', async () => {
    const { world, ids } = await open();
    await using _ = world;
    world.hooks.reply('/voice', { status: 500, headers: {}, body: '' });
    await world.number({ VoiceUrl: world.hooks.at('/voice') });
    const bob = await world.phone(BOB);
    ids.fails = 'alerts';

    await expect(bob.dial(OURS)).rejects.toMatchObject({ status: 480 });

    expect(await world.onlyCall()).toMatchObject({ status: 'canceled' });
    await world.quiet();
  });

  it('a call ends all the same, and its row says so later', async () => {
    const outage = await open();
    await using world = outage.world;
    const sid = await unwritten(outage, { Twiml: twiml('<Pause length="60"/>') });
    const ended = Date.now();
    expect(world.tutti.server.voiceCounts).toMatchObject({ legs: 0, dialogs: 0 });

    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect((await world.call(sid)).status).toBe('in-progress');
    outage.ids.fails = undefined;

    const call = await world.becomes(sid, 'completed');
    expect(Date.parse(call.end_time)).toBeLessThanOrEqual(ended);
    await world.statuses('/status');
  });

  it('a callee of <Dial> whose answer is not written is let go', async () => {
    const { world, ids } = await open();
    await using _ = world;
    const status = world.hooks.at('/status');
    await world.answers(
      twiml(
        `<Dial><Number statusCallback="${status}" statusCallbackEvent="answered">${CAROL}</Number></Dial>`,
      ),
    );
    const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];
    const bobs = await bob.dial(OURS);
    const ringing = await carol.nextCall();
    ids.fails = 'callbacks';

    const carols = await ringing.answer();

    expect(await carols.ended).toEqual({ by: 'peer' });
    expect(await bobs.ended).toEqual({ by: 'peer' });
    await world.quiet();
  });

  it('a callee of <Dial> is let go when the answer of the caller is not written', async () => {
    const { world, ids } = await open();
    await using _ = world;
    world.hooks.reply('/voice', twiml(`<Dial answerOnBridge="true">${CAROL}</Dial>`));
    const { sid: application } = await world.post('/Applications.json', {
      VoiceUrl: world.hooks.at('/voice'),
    });
    const { conversationSid } = await world.conversation({
      ProxyAddress: OURS,
      ApplicationSid: application,
    });
    await world.post(`/v1/Conversations/${conversationSid}/Webhooks`, {
      Target: 'webhook',
      'Configuration.Url': world.hooks.at('/events'),
      'Configuration.Filters': 'onCallUpdated',
    });
    const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];
    const dialing = bob.dialing(OURS);
    dialing.call.catch(() => undefined);
    const ringing = await carol.nextCall();
    await world.tutti.settled();
    ids.fails = 'callbacks';

    const carols = await ringing.answer();

    expect(await carols.ended).toEqual({ by: 'peer' });
    ids.fails = undefined;
    await world.quiet();
  });

  it('a stream that ends of it is told of, and its row says so later', async () => {
    const { world, ids } = await open();
    await using _ = world;
    await using server = await StreamServer.open();
    const bob = await world.phone(BOB);
    const { sid } = await world.place({ Twiml: twiml('<Pause length="60"/>') });
    const call = await answered(bob);
    await world.becomes(sid, 'in-progress');
    await world.tutti.settled();
    ids.fails = 'callbacks';

    await world.post(`/Calls/${sid}/Streams.json`, {
      Url: server.url,
      StatusCallback: world.hooks.at('/stream'),
    });

    expect(await world.alert(31_900)).toContain('of an error in the server');
    expect(call.isLive).toBe(true);
    ids.fails = undefined;
    await call.hangUp();
    expect(await world.hooks.next('/stream')).toMatchObject({
      parameters: { StreamEvent: 'stream-stopped' },
    });
    await world.quiet();
  });

  it('a call that no door knows any more ends with its Conversation', async () => {
    const outage = await open();
    await using world = outage.world;
    const { conversationSid, conductorSid } = await world.conversation();
    const sid = await unwritten(outage, { ConductorSid: conductorSid });
    outage.ids.fails = undefined;

    await world.post(`/v1/Conversations/${conversationSid}`, { State: 'closed' });

    expect((await world.call(sid)).status).toBe('completed');
    expect(await world.get(`/v1/Conductors/${conductorSid}`)).toMatchObject({ status: 'closed' });
  });

  it('a call that no door knows any more ends with its participant', async () => {
    const outage = await open();
    await using world = outage.world;
    const { conversationSid, conductorSid } = await world.conversation();
    const sid = await unwritten(outage, { ConductorSid: conductorSid });
    outage.ids.fails = undefined;
    const { participant_sid: participant } = await world.call(sid);

    await world.request(
      'DELETE',
      `/v1/Conversations/${conversationSid}/Participants/${participant}`,
    );

    expect((await world.call(sid)).status).toBe('completed');
    await world.quiet();
  });
});
