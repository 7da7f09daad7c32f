import { describe, expect, it } from 'vitest';
import { BOB, OURS, World, answered, eventually, twiml, type Json } from './_world.ts';

const sidOf = (prefix: string): string => `${prefix}3f8a1c5e9b2d4f60718293a4b5c6d7e8`;

async function usesIn(world: World, sid: string): Promise<Json[]> {
  const { uses } = await world.get(`/v1/Sids/${sid}/Uses`);
  return uses.filter(({ place }: Json) => place === 'twiml');
}

describe.concurrent('the ledger', () => {
  it.each([
    [
      'an Application that is not there',
      (sid: string) => `<Dial><Application>${sid}</Application></Dial>`,
      sidOf('AP'),
      { parameter: 'ApplicationSid of <Application>', outcome: 'refused', error_code: '21218' },
    ],
    [
      'a Conductor in place of an Application',
      (sid: string) =>
        `<Dial><Application><ApplicationSid>${sid}</ApplicationSid></Application></Dial>`,
      sidOf('CN'),
      { parameter: 'ApplicationSid of <Application>', outcome: 'refused', error_code: '75002' },
    ],
    [
      'a call that is not there to be coached',
      (sid: string) => `<Dial><Conference waitUrl="" coach="${sid}">Room</Conference></Dial>`,
      sidOf('CA'),
      { parameter: 'coach of <Conference>', outcome: 'refused', error_code: '13240' },
    ],
    [
      'a workflow of TaskRouter',
      (sid: string) => `<Enqueue workflowSid="${sid}"/>`,
      sidOf('WW'),
      { parameter: 'workflowSid of <Enqueue>', outcome: 'refused', error_code: '14226' },
    ],
    [
      'a reservation of TaskRouter',
      (sid: string) => `<Dial><Queue reservationSid="${sid}"/></Dial>`,
      sidOf('WR'),
      { parameter: 'reservationSid of <Queue>', outcome: 'refused', error_code: '14219' },
    ],
    [
      'a service that has no effect',
      (sid: string) => `<Connect><Conversation serviceInstanceSid="${sid}"/></Connect>`,
      sidOf('IS'),
      { parameter: 'serviceInstanceSid of <Conversation>', outcome: 'ignored', error_code: null },
    ],
    [
      'an attribute that this version does not read',
      (sid: string) => `<Dial><Queue postWorkActivitySid="${sid}" reservationSid="x"/></Dial>`,
      sidOf('WA'),
      { parameter: 'postWorkActivitySid of <Queue>', outcome: 'ignored' },
    ],
    [
      'an attribute that there is not',
      (sid: string) => `<Connect><Conversation conductorsSid="${sid}"/></Connect>`,
      sidOf('CN'),
      { parameter: 'conductorsSid of <Conversation>', outcome: 'ignored' },
    ],
  ])('notes what became of %s that a document names', async (_, document, sid, expected) => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    const placed = await world.place({ Twiml: twiml(document(sid)) });

    const call = await answered(bob);
    await call.ended;

    expect(await usesIn(world, sid)).toMatchObject([
      { ...expected, call_sid: placed.sid, method: null, path: null },
    ]);
  });

  it('notes an Application and a Conductor that were carried out', async () => {
    await using world = await World.open();
    const { sid: applicationSid } = await world.post('/Applications.json', {
      VoiceUrl: world.hooks.at('/app'),
    });
    const { conversationSid, conductorSid } = await world.conversation({
      ApplicationSid: applicationSid,
    });
    world.hooks.reply(
      '/app',
      twiml(`<Connect><Conversation conductorSid="${conductorSid}"/></Connect>`),
    );
    await world.answers(twiml(`<Dial><Application>${applicationSid}</Application></Dial>`));
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);

    for (const [sid, parameter] of [
      [applicationSid, 'ApplicationSid of <Application>'],
      [conductorSid, 'conductorSid of <Conversation>'],
    ] as const) {
      await eventually(async () => {
        expect(await usesIn(world, sid)).toMatchObject([{ outcome: 'passed', parameter }]);
      });
    }
    const { participants } = await world.get(`/v1/Conversations/${conversationSid}/Participants`);
    expect(participants).toMatchObject([{ voice_binding: { address: BOB, proxy_address: OURS } }]);
    await call.hangUp();
  });
});
