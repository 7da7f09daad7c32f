import { describe, expect, it } from 'vitest';
import { answered, BOB, OURS, twiml, World } from './_world.ts';

/** As often as documents may follow each other that neither say nor wait for anything. */
const TURNS = 20;

describe.concurrent('a call that runs in circles, without time going by', () => {
  it.each([
    [
      'by <Gather> and its action',
      '<Gather timeout="0" actionOnEmptyResult="true" action="/loop"/>',
      '',
    ],
    ['by <Gather> that nobody answers, and <Redirect>', '<Gather timeout="0"/>', '/loop'],
    ['by two documents that redirect to each other', '', '/other'],
  ])('%s, is ended with 12400', async (_, verb, target) => {
    await using world = await World.open();
    const redirect = target === '' ? '' : `<Redirect>${target}</Redirect>`;
    world.hooks.reply('/loop', twiml(verb + redirect));
    world.hooks.reply('/other', twiml(verb, '<Redirect>/loop</Redirect>'));
    const bob = await world.phone(BOB);
    const { sid } = await world.place({ Url: world.hooks.at('/loop') });

    const call = await answered(bob);
    await call.ended;

    expect(await world.alert(12400)).toContain(sid);
    expect(world.hooks.caught.length).toBeLessThanOrEqual(2 * TURNS);
    await world.becomes(sid, 'completed');
    await world.quiet();
  });

  it('by a Fallback that leads back to what fails, is ended with 12400', async () => {
    await using world = await World.open();
    world.hooks.reply('/fails', { status: 500 });
    world.hooks.reply('/fallback', twiml('<Redirect>/fails</Redirect>'));
    const bob = await world.phone(BOB);
    const { sid } = await world.place({
      Url: world.hooks.at('/fails'),
      FallbackUrl: world.hooks.at('/fallback'),
    });

    const call = await answered(bob);
    await call.ended;

    expect(await world.alert(12400)).toContain(sid);
    expect(world.hooks.caught.length).toBeLessThanOrEqual(2 * TURNS + 2);
    await world.quiet();
  });

  it('by the document of a <Number>, loses that callee, and goes on', async () => {
    await using world = await World.open();
    const { hooks } = world;
    hooks.reply('/whisper', twiml('<Redirect>/whisper</Redirect>'));
    hooks.reply('/after', twiml('<Play digits="5"/>'));
    await world.answers(
      twiml(`<Dial action="/after"><Number url="/whisper">${BOB}</Number></Dial>`),
    );
    const bob = await world.phone(BOB);
    const carol = await world.phone('carol');

    const carols = await carol.dial(OURS);
    const bobs = await answered(bob);
    await bobs.ended;
    await carols.hears({ digits: '5' });

    await world.alert(12400);
    expect(hooks.caught.filter(({ path }) => path === '/whisper')).toHaveLength(TURNS);
    await carols.ended;
    await world.quiet();
  });

  it('by the waitUrl of a conference, hears our music instead', async () => {
    await using world = await World.open();
    world.hooks.reply('/wait', twiml('<Redirect>/wait</Redirect>'));
    await world.answers(twiml('<Dial><Conference waitUrl="/wait">room</Conference></Dial>'));
    const bob = await world.phone(BOB);

    const bobs = await bob.dial(OURS);
    await bobs.hears({ tone: 262 });

    expect(world.hooks.caught.filter(({ path }) => path === '/wait')).toHaveLength(TURNS);
    await bobs.hangUp();
    await world.quiet();
  });
});
