import { describe, expect, it } from 'vitest';
import { SpeechServiceDouble } from '../../../media/tests/_speech-service.ts';
import { toneWav } from './_sounds.ts';
import { BOB, CAROL, OURS, World, answered, twiml } from './_world.ts';

/** That nobody has. */
const NOBODY = '+15550009999';

describe.concurrent('a method of GET', () => {
  it.each([
    ['the action of <Dial>', `<Dial action="/asked" method="GET">${NOBODY}</Dial>`],
    ['the url of <Number>', `<Dial><Number url="/asked" method="GET">${BOB}</Number></Dial>`],
    ['the url of <Sip>', '<Dial><Sip url="/asked" method="GET">{bob}</Sip></Dial>'],
    ['the url of <Client>', '<Dial><Client url="/asked" method="GET">ada</Client></Dial>'],
    [
      'the status callback of <Number>',
      `<Dial><Number statusCallback="/asked" statusCallbackMethod="GET" statusCallbackEvent="initiated">${BOB}</Number></Dial>`,
    ],
    [
      'the status callback of <Sip>',
      '<Dial><Sip statusCallback="/asked" statusCallbackMethod="GET" statusCallbackEvent="initiated">{bob}</Sip></Dial>',
    ],
    [
      'the status callback of <Client>',
      '<Dial><Client statusCallback="/asked" statusCallbackMethod="GET" statusCallbackEvent="initiated">ada</Client></Dial>',
    ],
    [
      'the amdStatusCallback of <Number>',
      `<Dial><Number machineDetection="Enable" machineDetectionSilenceTimeout="2000" amdStatusCallback="/asked" amdStatusCallbackMethod="GET">${BOB}</Number></Dial>`,
    ],
    [
      'the amdStatusCallback of <Sip>',
      '<Dial><Sip machineDetection="Enable" machineDetectionSilenceTimeout="2000" amdStatusCallback="/asked" amdStatusCallbackMethod="GET">{bob}</Sip></Dial>',
    ],
    ['the waitUrl of <Enqueue>', '<Enqueue waitUrl="/asked" waitUrlMethod="GET">q</Enqueue>'],
    [
      'the action of <Enqueue>',
      '<Enqueue waitUrl="/leave" action="/asked" method="GET">q</Enqueue>',
    ],
    [
      'the action of <Refer>',
      '<Refer action="/asked" method="GET"><Sip>sip:elsewhere@127.0.0.1</Sip></Refer>',
    ],
    [
      'the status callback of <Stream>',
      '<Start><Stream url="ws://127.0.0.1:1" statusCallback="/asked" statusCallbackMethod="GET"/></Start><Pause length="60"/>',
    ],
  ])('asks %s so', async (_, document) => {
    await using world = await World.open();
    world.hooks.reply('/leave', twiml('<Leave/>'));
    const [bob, ada] = [await world.phone(BOB), await world.phone('ada')];
    for (const phone of [bob, ada]) {
      const picksUp = phone.nextCall().then((ringing) => ringing.answer());
      // One of them at most is called.
      picksUp.catch(() => undefined);
    }
    await world.answers(twiml(document.replace('{bob}', bob.uri)));
    const carol = await world.phone(CAROL);

    await using call = await carol.dial(OURS);
    const asked = await world.hooks.next('/asked');

    expect(asked).toMatchObject({ method: 'GET', signatureValid: true });
    await call.hangUp();
    await world.quiet();
  });

  it('asks the url of <Queue> so', async () => {
    await using world = await World.open();
    const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];
    await world.answers(twiml('<Enqueue>q</Enqueue>'));
    await using _ = await bob.dial(OURS);
    await world.hooks.next('/voice');
    await world.answers(twiml('<Dial><Queue url="/asked" method="GET">q</Queue></Dial>'));

    await using __ = await carol.dial(OURS);

    expect(await world.hooks.next('/asked')).toMatchObject({ method: 'GET' });
  });
});

describe.concurrent('<Reject>', () => {
  it.each([
    ['', 603, 'no-answer'],
    ['reason="rejected"', 603, 'no-answer'],
    ['reason="busy"', 486, 'busy'],
  ])('refuses a call that rings: %s', async (attributes, status, ended) => {
    await using world = await World.open();
    await world.answers(twiml(`<Reject ${attributes}/>`));
    const bob = await world.phone(BOB);

    await expect(bob.dial(OURS)).rejects.toMatchObject({ status });

    const { sid } = await world.onlyCall();
    await world.becomes(sid, ended);
  });
});

describe.concurrent('<Say>', () => {
  const speaking = async (...verbs: readonly string[]) => {
    const service = await SpeechServiceDouble.open(() => ({
      type: 'audio/wav',
      body: toneWav(700, 200),
    }));
    const env = {
      TUTTI_SPEECH_URL: service.url,
      TUTTI_SPEECH_VOICES: 'alloy,de=onyx,woman=shimmer',
    };
    const world = await World.open({ env });
    const bob = await world.phone(BOB);
    await world.place({ Twiml: twiml('<Pause length="1"/>', ...verbs) });
    return { service, world, call: await answered(bob) };
  };

  it('is in its voice, that of its language, or the usual one', async () => {
    const { service, world, call } = await speaking(
      '<Say>one</Say>',
      '<Say voice="nova">two</Say>',
      '<Say voice="woman">three</Say>',
      '<Say language="de-AT">four</Say>',
      '<Say voice="Polly.Joanna" language="de-DE">five</Say>',
      '<Say voice="Polly.Hans-Neural">six</Say>',
      '<Say voice="Google.de-DE-Standard-A">seven</Say>',
    );
    await using _ = service;
    await using __ = world;

    await call.ended;

    expect(service.requests.map(({ fields }) => [fields['input'], fields['voice']])).toEqual([
      ['one', 'alloy'],
      ['two', 'nova'],
      ['three', 'shimmer'],
      ['four', 'onyx'],
      ['five', 'onyx'],
      ['six', 'onyx'],
      ['seven', 'onyx'],
    ]);
  });

  it('is said as often as its loop says, and made once', async () => {
    const { service, world, call } = await speaking('<Say loop="4">one</Say>');
    await using _ = service;
    await using __ = world;

    const recording = call.record();
    await call.ended;

    const loud = recording.stop().filter((sample) => Math.abs(sample) > 1000).length;
    // Four times 200 ms, less what a busy machine loses.
    expect(loud / 8).toBeGreaterThan(450);
    expect(loud / 8).toBeLessThan(850);
    expect(service.requests).toHaveLength(1);
  });
});
