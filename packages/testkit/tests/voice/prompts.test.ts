import { describe, expect, it } from 'vitest';
import { SpeechServiceDouble } from '../../../media/tests/_speech-service.ts';
import { toneMulaw, toneWav } from './_sounds.ts';
import { needsSpeech } from './_speech.ts';
import { BOB, OURS, World, answered, twiml } from './_world.ts';

const WAV = { headers: { 'Content-Type': 'audio/wav' }, body: toneWav(700) };
const MUTE = { env: { TUTTI_SPEECH_COMMAND: '/nonexistent' } };

describe.concurrent('<Say>', () => {
  it.skipIf(needsSpeech)('is heard as speech (needs espeak-ng)', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    await world.place({ Twiml: twiml('<Say>Hello, this is the server speaking.</Say>') });

    const call = await answered(bob);

    await call.hears({ speech: true });
    await call.ended;
    expect(await world.alerts()).toEqual([]);
  });

  it.skipIf(needsSpeech)('is silent for the time of a break (needs espeak-ng)', async () => {
    const quietMs = await longestQuietMs('One <break time="2s"/> two');

    // The words have some silence of their own at their ends.
    expect(quietMs).toBeGreaterThan(1900);
    expect(quietMs).toBeLessThan(3000);
  });

  it.skipIf(needsSpeech)('is as slow as its prosody says (needs espeak-ng)', async () => {
    const words = 'one two three four five six seven eight';
    const [usual, slow] = await Promise.all([
      lengthMs(words),
      lengthMs(`<prosody rate="50%">${words}</prosody>`),
    ]);

    expect(slow / usual).toBeGreaterThan(1.4);
  });

  it.skipIf(needsSpeech)('is in the language of <lang> (needs espeak-ng)', async () => {
    const [english, german] = await Promise.all([
      lengthMs('1234567'),
      lengthMs('<lang xml:lang="de-DE">1234567</lang>'),
    ]);

    expect(Math.abs(german - english)).toBeGreaterThan(200);
  });

  it.skipIf(needsSpeech)('warns of a voice that espeak-ng has not (needs espeak-ng)', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    await world.place({
      Twiml: twiml(
        '<Say voice="Polly.Joanna">One</Say>',
        '<Say voice="woman">two</Say>',
        '<Say voice="nova">three</Say>',
      ),
    });

    await (
      await answered(bob)
    ).ended;

    expect(await world.alert(13_511)).toContain('no voice "nova"');
    expect(await world.alerts()).toMatchObject([{ log_level: 'warning' }]);
  });

  it('with a service has pauses and languages, and is warned of what the service is not sent', async () => {
    await using service = await SpeechServiceDouble.open(() => ({
      type: 'audio/wav',
      body: toneWav(700),
    }));
    await using world = await World.open({
      env: { TUTTI_SPEECH_URL: service.url, TUTTI_SPEECH_VOICES: 'alloy,de=onyx' },
    });
    const bob = await world.phone(BOB);
    await world.place({
      Twiml: twiml(
        '<Say>One &lt;b> <prosody rate="slow">two</prosody><break time="1s"/><emphasis>three</emphasis><lang xml:lang="de-DE">vier</lang></Say>',
      ),
    });

    const call = await answered(bob);
    await call.ended;

    expect(service.requests.map(({ fields }) => [fields['input'], fields['voice']])).toEqual([
      ['One <b> two', 'alloy'],
      ['three', 'alloy'],
      ['vier', 'onyx'],
    ]);
    const said = await world.alert(75016);
    expect(said).toContain('<prosody rate>, <emphasis> was given and has no effect');
    expect(await world.alerts()).toHaveLength(1);
  });

  it('without a speech engine is a tone, and the alert names the package', async () => {
    await using world = await World.open(MUTE);
    const bob = await world.phone(BOB);
    const placed = await world.place({
      Twiml: twiml('<Say>Hello.</Say>', '<Play digits="7"/>'),
    });

    const call = await answered(bob);

    await call.hears({ tone: 330 });
    await call.hears({ digits: '7' });
    await call.ended;
    expect(await world.alert(75011)).toContain('install the package espeak-ng');
    expect((await world.alerts(75011))[0]).toMatchObject({ resource_sid: placed.sid });
  });
});

/** What a call hears of `<Say>`, from its first word to its last, without the silence around. */
async function heardOf(ssml: string): Promise<Int16Array> {
  await using world = await World.open();
  const bob = await world.phone(BOB);
  await world.place({
    Twiml: twiml('<Pause length="1"/>', `<Say>${ssml}</Say>`, '<Pause length="1"/>'),
  });
  const call = await answered(bob);
  const recording = call.record();
  await call.ended;
  expect(await world.alerts()).toEqual([]);
  const samples = recording.stop();
  const isLoud = (sample: number): boolean => Math.abs(sample) > LOUD;
  return samples.subarray(samples.findIndex(isLoud), samples.findLastIndex(isLoud) + 1);
}

const LOUD = 500;

async function lengthMs(ssml: string): Promise<number> {
  return (await heardOf(ssml)).length / 8;
}

async function longestQuietMs(ssml: string): Promise<number> {
  let longest = 0;
  let quiet = 0;
  for (const sample of await heardOf(ssml)) {
    quiet = Math.abs(sample) > LOUD ? 0 : quiet + 1;
    longest = Math.max(longest, quiet);
  }
  return longest / 8;
}

describe.concurrent('<Play>', () => {
  it('plays a WAV file from a relative URL', async () => {
    await using world = await World.open();
    world.hooks.reply('/files/a.wav', WAV);
    world.hooks.reply('/files/doc', twiml('<Play>a.wav</Play>'));
    const bob = await world.phone(BOB);
    await world.place({ Url: world.hooks.at('/files/doc') });

    const call = await answered(bob);

    await call.hears({ tone: 700 });
    await call.ended;
    const asked = await world.hooks.next('/files/a.wav');
    expect(asked).toMatchObject({ method: 'GET', signatureValid: true });
  });

  it('plays µ-law, as often as loop says', async () => {
    await using world = await World.open();
    world.hooks.reply('/a.ul', {
      headers: { 'Content-Type': 'audio/basic' },
      body: toneMulaw(900, 200),
    });
    const bob = await world.phone(BOB);
    await world.place({
      Twiml: twiml('<Pause length="1"/>', `<Play loop="3">${world.hooks.at('/a.ul')}</Play>`),
    });

    const call = await answered(bob);
    const recording = call.record();
    await call.hears({ tone: 900 });
    await call.ended;

    const loud = recording.stop().filter((sample) => Math.abs(sample) > 1000).length;
    // Three times 200 ms, less what a busy machine loses.
    expect(loud / 8).toBeGreaterThan(250);
    expect(loud / 8).toBeLessThan(620);
    expect(world.hooks.caught).toHaveLength(1);
  });

  it('keys digits', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    await world.place({ Twiml: twiml('<Play digits="1w2#"/>') });

    const call = await answered(bob);

    await call.hears({ digits: '12#' });
    await call.ended;
  });

  it('skips a file that is not there, with an alert', async () => {
    await using world = await World.open();
    world.hooks.reply('/gone.wav', { status: 404 });
    const bob = await world.phone(BOB);
    await world.place({
      Twiml: twiml(`<Play>${world.hooks.at('/gone.wav')}</Play>`, '<Play digits="5"/>'),
    });

    const call = await answered(bob);

    await call.hears({ digits: '5' });
    expect(await world.alert(11200)).toContain('/gone.wav');
  });

  it('skips a file of a type that it does not know, with alert 13420', async () => {
    await using world = await World.open();
    world.hooks.reply('/a.ogg', { headers: { 'Content-Type': 'audio/ogg' }, body: 'OggS' });
    const bob = await world.phone(BOB);
    await world.place({
      Twiml: twiml(`<Play>${world.hooks.at('/a.ogg')}</Play>`, '<Play digits="5"/>'),
    });

    const call = await answered(bob);

    await call.hears({ digits: '5' });
    expect(await world.alert(13420)).toContain('audio/ogg');
  });
});

describe.concurrent('<Pause>', () => {
  it('lets the call ring on when it comes first', async () => {
    await using world = await World.open();
    await world.answers(twiml('<Pause length="1"/>', '<Play digits="1"/>'));
    const bob = await world.phone(BOB);

    const dialing = bob.dialing(OURS);
    await dialing.ringing;
    await world.hooks.next('/voice');
    const before = Date.now();
    const call = await dialing.call;

    expect(Date.now() - before).toBeGreaterThan(800);
    await call.hears({ digits: '1' });
  });
});

describe.concurrent('an answer that is audio', () => {
  it('is played, then the call ends', async () => {
    await using world = await World.open();
    world.hooks.reply('/voice', WAV);
    await world.number({ VoiceUrl: world.hooks.at('/voice') });
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);

    await call.hears({ tone: 700 });
    expect(await call.ended).toEqual({ by: 'peer' });
  });
});
