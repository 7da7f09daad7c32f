import { describe, expect, it } from 'vitest';
import { toneSamples, voiceSamples } from './_sounds.ts';
import { BOB, CAROL, OURS, World, answered, hearEachOther, twiml } from './_world.ts';

/** As short as may be: audio takes its time. */
const QUICK = {
  MachineDetection: 'Enable',
  MachineDetectionSpeechThreshold: '1000',
  MachineDetectionSpeechEndThreshold: '500',
  MachineDetectionSilenceTimeout: '2000',
};
const QUICK_NOUN =
  'machineDetection="Enable" machineDetectionSpeechThreshold="1000" machineDetectionSpeechEndThreshold="500"';

describe.concurrent('a call with MachineDetection', () => {
  it('asks what to do once it is known that a person answered', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    world.hooks.reply('/voice', twiml('<Hangup/>'));
    const placed = await world.place({
      ...QUICK,
      Url: world.hooks.at('/voice'),
      StatusCallback: world.hooks.at('/status'),
    });
    const call = await answered(bob);

    await call.play(voiceSamples(500)).done;
    const asked = await world.hooks.next('/voice');
    await call.ended;

    expect(asked.parameters).toMatchObject({
      AnsweredBy: 'human',
      MachineDetectionDuration: expect.stringMatching(/^\d{3,4}$/),
    });
    expect((await world.hooks.next('/status')).parameters).toMatchObject({
      CallStatus: 'completed',
      AnsweredBy: 'human',
      MachineDetectionDuration: asked.parameters['MachineDetectionDuration'],
    });
    expect(await world.call(placed.sid)).toMatchObject({ answered_by: 'human' });
  });

  it('waits for the beep with DetectMessageEnd', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    const placed = await world.place({
      ...QUICK,
      MachineDetection: 'DetectMessageEnd',
      Twiml: twiml('<Play digits="9"/>'),
    });
    const call = await answered(bob);

    await call.play(voiceSamples(1500)).done;
    await call.play(toneSamples(1000, 300)).done;
    await call.hears({ digits: '9' });

    await call.ended;
    expect(await world.call(placed.sid)).toMatchObject({ answered_by: 'machine_end_beep' });
  });

  it('goes on meanwhile with AsyncAmd, and tells what was found', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    const placed = await world.place({
      ...QUICK,
      AsyncAmd: 'true',
      AsyncAmdStatusCallback: world.hooks.at('/amd'),
      Twiml: twiml('<Play digits="9"/><Pause length="9"/>'),
    });
    const call = await answered(bob);
    await call.hears({ digits: '9' });
    expect(await world.call(placed.sid)).toMatchObject({ answered_by: null });

    await call.play(voiceSamples(1500)).done;

    const told = await world.hooks.next('/amd');
    expect(told).toMatchObject({ method: 'POST', signatureValid: true });
    expect(told.parameters).toEqual({
      CallSid: placed.sid,
      AccountSid: world.tutti.accountSid,
      AnsweredBy: 'machine_start',
      MachineDetectionDuration: expect.stringMatching(/^\d{4}$/),
    });
    await call.hangUp();
    await world.quiet();
  });

  it('does not know who answers when nobody speaks, nor when they hang up', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    const silent = await world.place({ ...QUICK, Twiml: twiml('<Hangup/>') });
    await (
      await answered(bob)
    ).ended;
    const hung = await world.place({ ...QUICK, Twiml: twiml('<Hangup/>') });

    await (await answered(bob)).hangUp();

    await world.quiet();
    expect(await world.call(silent.sid)).toMatchObject({ answered_by: 'unknown' });
    expect(await world.call(hung.sid)).toMatchObject({ answered_by: null, status: 'completed' });
  });
});

describe.concurrent('machineDetection of a noun', () => {
  it.each(['Number', 'Sip'])('of <%s> is told while the two hear each other', async (noun) => {
    await using world = await World.open();
    const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];
    const to = noun === 'Sip' ? carol.uri : CAROL;
    await world.answers(
      twiml(`<Dial><${noun} ${QUICK_NOUN} amdStatusCallback="/amd">${to}</${noun}></Dial>`),
    );
    const bobs = await bob.dial(OURS);
    const carols = await answered(carol);

    await carols.play(voiceSamples(1500)).done;

    const { parameters } = await world.hooks.next('/amd');
    expect(parameters).toMatchObject({ AnsweredBy: 'machine_start' });
    expect(await world.call(parameters['CallSid'] ?? '')).toMatchObject({
      answered_by: 'machine_start',
      direction: 'outbound-dial',
    });
    await hearEachOther(bobs, carols);
    await bobs.hangUp();
    await world.quiet();
  });
});

describe.concurrent('machineDetection of <Number> and <Sip>', () => {
  /** Joins Bob with Carol, who says something; what the detection tells, and of how much sound. */
  const detected = async (noun: string, attributes: string, voiceMs: number) => {
    await using world = await World.open();
    const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];
    const to = noun === 'Sip' ? carol.uri : CAROL;
    await world.answers(
      twiml(`<Dial><${noun} ${attributes} amdStatusCallback="/amd">${to}</${noun}></Dial>`),
    );
    const bobs = await bob.dial(OURS);
    const carols = await answered(carol);
    const said = carols.play(voiceSamples(voiceMs));
    const { parameters } = await world.hooks.next('/amd');
    said.stop();
    await bobs.hangUp();
    return {
      answeredBy: parameters['AnsweredBy'],
      ms: Number(parameters['MachineDetectionDuration']),
    };
  };

  it.each(['Number', 'Sip'])('of <%s> gives up at machineDetectionTimeout', async (noun) => {
    const { answeredBy, ms } = await detected(
      noun,
      'machineDetection="DetectMessageEnd" machineDetectionTimeout="3"',
      4000,
    );

    expect([answeredBy, ms]).toEqual(['machine_end_other', 3000]);
  });

  it.each(['Number', 'Sip'])(
    'of <%s> takes who speaks less than machineDetectionSpeechThreshold for a person',
    async (noun) => {
      const short = await detected(noun, 'machineDetection="Enable"', 1500);

      expect(short.answeredBy).toBe('human');
    },
  );

  it.each(['Number', 'Sip'])(
    'of <%s> takes machineDetectionSpeechEndThreshold of silence for the end',
    async (noun) => {
      const { answeredBy, ms } = await detected(
        noun,
        'machineDetection="Enable" machineDetectionSpeechEndThreshold="500"',
        500,
      );

      expect(answeredBy).toBe('human');
      // With the default, 1200 ms, it would take 1700 ms and more.
      expect(ms).toBeLessThan(1600);
    },
  );

  it.each(['Number', 'Sip'])(
    'of <%s> leaves it open after machineDetectionSilenceTimeout',
    async (noun) => {
      const attributes = 'machineDetection="Enable" machineDetectionSilenceTimeout="2000"';

      expect(await detected(noun, attributes, 0)).toEqual({ answeredBy: 'unknown', ms: 2000 });
    },
  );
});

describe.concurrent('MachineDetection of a participant', () => {
  it('is told at AmdStatusCallback', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    await world.post('/Conferences/Room/Participants.json', {
      ...QUICK,
      From: OURS,
      To: BOB,
      WaitUrl: '',
      Beep: 'false',
      AmdStatusCallback: world.hooks.at('/amd'),
      AsyncAmd: 'true',
    });
    const call = await answered(bob);

    await call.play(voiceSamples(500)).done;

    const { parameters } = await world.hooks.next('/amd');
    expect(parameters['AnsweredBy']).toBe('human');
    expect(await world.alert(21_263)).toContain('AmdStatusCallback');
    await call.hangUp();
    await world.quiet();
  });
});
