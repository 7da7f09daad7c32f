import { encodeWav } from '@tutti/media';
import { describe, expect, it } from 'vitest';
import { Phone, PhoneError } from '../src/index.ts';
import { connected, openPhone } from './_phones.ts';

describe('a call from phone to phone', () => {
  for (const transport of ['udp', 'tcp'] as const) {
    for (const codec of ['PCMU', 'PCMA'] as const) {
      it(`carries tones both ways and keys over ${transport} with ${codec}`, async () => {
        const { aliceCall, bobCall } = await connected({ transport, codecs: [codec] });

        const low = aliceCall.playTone(440);
        const high = bobCall.playTone(1000);
        await Promise.all([bobCall.hears({ tone: 440 }), aliceCall.hears({ tone: 1000 })]);
        low.stop();
        high.stop();
        await Promise.all([low.done, high.done, aliceCall.key('12#')]);
        await bobCall.hears({ digits: '12#' });

        expect(bobCall.digits).toBe('12#');
        expect(aliceCall.digits).toBe('');
        expect(bobCall.stats().packetsReceived).toBeGreaterThan(10);
      });
    }
  }

  it('names both parties, and tells both who hung up', async () => {
    const alice = await openPhone({ number: 'alice' });
    const bob = await openPhone({ number: '+15557654321' });
    const dialed = alice.dial(bob.uri, { headers: { 'X-Reason': 'a question' } });
    const incoming = await bob.nextCall();
    const [aliceCall, bobCall] = await Promise.all([dialed, incoming.answer()]);

    expect(incoming).toMatchObject({ from: 'alice', to: '+15557654321' });
    expect(incoming.headers).toMatchObject({ 'x-reason': 'a question' });
    expect(aliceCall.remote).toBe('+15557654321');
    expect(bobCall.remote).toBe('alice');
    expect(bobCall.callId).toBe(aliceCall.callId);
    expect([aliceCall.isLive, bobCall.isLive]).toEqual([true, true]);

    await bobCall.hangUp();

    expect(await bobCall.ended).toEqual({ by: 'us' });
    expect(await aliceCall.ended).toEqual({ by: 'peer' });
    expect([aliceCall.isLive, bobCall.isLive]).toEqual([false, false]);
  });

  it('ends when a phone is closed', async () => {
    const { alice, bobCall } = await connected();

    await alice.close();

    expect(await bobCall.ended).toEqual({ by: 'peer' });
  });

  it('ends when it is disposed of', async () => {
    const { aliceCall, bobCall } = await connected();

    {
      await using call = aliceCall;
      expect(call.isLive).toBe(true);
    }

    expect(await bobCall.ended).toEqual({ by: 'peer' });
  });

  it('sends keys as tones to a phone that knows no telephone events', async () => {
    const { aliceCall, bobCall } = await connected({}, { telephoneEvent: false });

    await aliceCall.key('159D');

    await bobCall.hears({ digits: '159D' });
  });

  it('tells listeners of each key until they are removed', async () => {
    const { aliceCall, bobCall } = await connected();
    const heard: string[] = [];
    const remove = bobCall.onDigit((digit) => heard.push(digit));

    await aliceCall.key('7');
    await bobCall.hears({ digits: '7' });
    remove();
    await aliceCall.key('8');
    await bobCall.hears({ digits: '8' });

    expect(heard).toEqual(['7']);
  });

  it('waits for the same key twice when asked twice', async () => {
    const { aliceCall, bobCall } = await connected();

    await aliceCall.key('5');
    await bobCall.hears({ digits: '5' });

    await expect(bobCall.hears({ digits: '5' }, { timeoutMs: 60 })).rejects.toThrow(
      'Did not hear the digits 5 within 60 ms',
    );
  });

  it('records what is heard', async () => {
    const { aliceCall, bobCall } = await connected();
    const tone = aliceCall.playTone(800, { durationMs: 400 });
    await bobCall.hears({ tone: 800 });

    const recording = bobCall.record();
    await tone.done;
    await bobCall.hears({ silence: true });
    const samples = recording.stop();

    expect(samples.length).toBeGreaterThan(2400);
    expect(Math.max(...samples)).toBeGreaterThan(5000);
  });

  it('plays samples and WAV files in turn', async () => {
    const { aliceCall, bobCall } = await connected();
    const wave = (hz: number): Int16Array =>
      Int16Array.from({ length: 4000 }, (_, i) => 8000 * Math.sin((2 * Math.PI * hz * i) / 8000));

    aliceCall.play(wave(500));
    const second = aliceCall.play(encodeWav(wave(900), 8000));

    await bobCall.hears({ tone: 500 });
    await bobCall.hears({ tone: 900 });
    await second.done;
    expect(() => aliceCall.play(Buffer.from('no sound'))).toThrow('This is not a WAV file');
  });

  it('refuses keys that no phone has', async () => {
    const { aliceCall } = await connected();

    await expect(aliceCall.key('1x')).rejects.toThrow('"x" is not a DTMF digit');
  });

  it('cannot be used once it is over', async () => {
    const { aliceCall, bobCall } = await connected();
    await aliceCall.hangUp();
    await bobCall.ended;

    await expect(bobCall.key('1')).rejects.toMatchObject({ code: 'ended' });
    await expect(bobCall.hears({ tone: 440 })).rejects.toThrow('The other side hung up');
    await bobCall.playTone(440).done;
    await bobCall.hangUp();
  });
});

describe('hearing', () => {
  it('says what was heard instead', async () => {
    const { aliceCall, bobCall } = await connected();
    aliceCall.playTone(880, { levelDbfs: -12 });
    await bobCall.hears({ tone: 880 });
    await aliceCall.key('4');
    await bobCall.hears({ tone: 880 });

    const error = await bobCall.hears({ tone: 440 }, { timeoutMs: 300 }).catch((e: unknown) => e);

    expect(error).toBeInstanceOf(PhoneError);
    expect(String(error)).toMatch(/Did not hear a tone of 440 Hz within 300 ms/);
    expect(String(error)).toMatch(/-12 dBFS, strongest tone 880 Hz.*keys 4; \d+ RTP packets/);
  });

  it('tells that the call ended meanwhile', async () => {
    const { aliceCall, bobCall } = await connected();
    const heard = bobCall.hears({ tone: 440 });
    heard.catch(() => undefined);

    await aliceCall.hangUp();

    await expect(heard).rejects.toThrow(
      'The other side hung up while waiting for a tone of 440 Hz. Heard: silence',
    );
  });

  it('takes neither tones nor keys for speech', async () => {
    const { aliceCall, bobCall } = await connected({ telephoneEvent: false });
    const isSpeech = bobCall.hears({ speech: true }, { timeoutMs: 1500 });
    isSpeech.catch(() => undefined);

    await aliceCall.playTone(440, { durationMs: 300 }).done;
    await aliceCall.key('123');

    await expect(isSpeech).rejects.toThrow('Did not hear speech');
  });

  it('takes a sound of many changing tones for speech', async () => {
    const { aliceCall, bobCall } = await connected();
    // A voice's harmonics on a gliding pitch.
    const voice = Int16Array.from({ length: 4000 }, (_, i) => {
      const phase = (2 * Math.PI * (120 + i / 200) * i) / 8000;
      return [1, 2, 3, 4, 5, 6, 7].reduce((sum, n) => sum + 2000 * Math.sin(n * phase), 0);
    });

    aliceCall.play(voice);

    await bobCall.hears({ speech: true });
  });

  it('hears silence after a tone', async () => {
    const { aliceCall, bobCall } = await connected();
    const tone = aliceCall.playTone(440);
    await bobCall.hears({ tone: 440 });
    expect(bobCall.energyDbfs).toBeGreaterThan(-30);

    const silence = bobCall.hears({ silence: true });
    tone.stop();
    await silence;

    expect(bobCall.energyDbfs).toBeLessThan(-50);
  });
});

describe('holding', () => {
  it('stops what the holder hears, and not what it sends', async () => {
    const { aliceCall, bobCall } = await connected();
    bobCall.playTone(600);
    await aliceCall.hears({ tone: 600 });

    await aliceCall.hold();
    await aliceCall.hears({ silence: true });
    aliceCall.playTone(440);
    await bobCall.hears({ tone: 440 });
    await expect(aliceCall.hears({ tone: 600 }, { timeoutMs: 60 })).rejects.toThrow('held');

    await aliceCall.resume();
    await aliceCall.hears({ tone: 600 });
  });

  it('can be done by the callee', async () => {
    const { aliceCall, bobCall } = await connected({ codecs: ['PCMA', 'PCMU'] });
    aliceCall.playTone(600);

    await bobCall.hold();
    await bobCall.resume();

    await bobCall.hears({ tone: 600 });
  });

  it('fails when the call is over', async () => {
    const { aliceCall } = await connected();
    await aliceCall.hangUp();

    await expect(aliceCall.hold()).rejects.toMatchObject({ code: 'ended' });
  });
});

describe('a call that is not answered', () => {
  it('is refused with the status the callee gives', async () => {
    const alice = await openPhone({ number: 'alice' });
    const bob = await openPhone({ number: 'bob' });
    const dialed = alice.dial(bob.uri);

    (await bob.nextCall()).reject(603);

    await expect(dialed).rejects.toMatchObject({
      code: 'refused',
      status: 603,
      reason: 'Decline',
      message: expect.stringContaining('refused the call: 603 Decline'),
    });
  });

  it('is busy unless the callee says otherwise', async () => {
    const alice = await openPhone({ number: 'alice' });
    const bob = await openPhone({ number: 'bob', onIncoming: (call) => call.reject() });

    await expect(alice.dial(bob.uri)).rejects.toMatchObject({ status: 486, reason: 'Busy Here' });
  });

  it('rings, and is canceled by the caller', async () => {
    const alice = await openPhone({ number: 'alice' });
    const bob = await openPhone({ number: 'bob' });
    const dialing = alice.dialing(bob.uri);
    const incoming = await bob.nextCall();
    incoming.ring();
    await dialing.ringing;

    dialing.cancel();

    await expect(dialing.call).rejects.toMatchObject({ status: 487, reason: 'canceled' });
    await incoming.canceled;
    await expect(incoming.answer()).rejects.toMatchObject({ code: 'canceled' });
  });

  it('is canceled by a signal', async () => {
    const alice = await openPhone({ number: 'alice' });
    const bob = await openPhone({ number: 'bob' });
    const abort = new AbortController();
    const dialed = alice.dial(bob.uri, { signal: abort.signal });
    const incoming = await bob.nextCall();

    abort.abort();

    await expect(dialed).rejects.toMatchObject({ status: 487, reason: 'canceled' });
    await incoming.canceled;
    await expect(alice.dial(bob.uri, { signal: abort.signal })).rejects.toThrow('canceled');
  });

  it('is given up after a while', async () => {
    const alice = await openPhone({ number: 'alice' });
    const bob = await openPhone({ number: 'bob' });

    const dialed = alice.dial(bob.uri, { timeoutMs: 1000 });
    dialed.catch(() => undefined);
    const incoming = await bob.nextCall();

    await incoming.canceled;
    await expect(dialed).rejects.toMatchObject({
      code: 'timeout',
      message: `${bob.uri} did not answer within 1000 ms, and did not ring`,
    });
  });

  it('is given up when the phone is closed', async () => {
    const alice = await openPhone({ number: 'alice' });
    const bob = await openPhone({ number: 'bob' });
    const dialed = alice.dial(bob.uri);
    dialed.catch(() => undefined);
    const incoming = await bob.nextCall();

    await alice.close();

    await incoming.canceled;
    await expect(dialed).rejects.toMatchObject({ code: 'canceled' });
    await expect(alice.dial(bob.uri)).rejects.toMatchObject({ code: 'closed' });
  });

  it('fails when nobody listens there', async () => {
    const alice = await openPhone({ number: 'alice' });
    const bob = await openPhone({ number: 'bob', transport: 'tcp' });
    await bob.close();

    await expect(alice.dial(bob.uri)).rejects.toThrow(`Cannot reach ${bob.uri}`);
  });

  it('tells of nothing in common', async () => {
    const alice = await openPhone({ number: 'alice', codecs: ['PCMA'] });
    const bob = await openPhone({ number: 'bob', codecs: ['PCMU'] });
    const dialed = alice.dial(bob.uri);
    dialed.catch(() => undefined);

    await expect((await bob.nextCall()).answer()).rejects.toThrow('No codec in common');
    await expect(dialed).rejects.toMatchObject({ status: 488 });
  });

  it('needs a server for a number, and an address that can be read', async () => {
    const alice = await openPhone({ number: 'alice' });

    await expect(alice.dial('+15551234567')).rejects.toThrow('alice has no server');
    await expect(alice.dial('sip:@')).rejects.toThrow('Cannot dial "sip:@"');
  });
});

describe('a phone', () => {
  it('keeps calls in order until somebody asks for them', async () => {
    const bob = await openPhone({ number: 'bob' });
    const alice = await openPhone({ number: 'alice' });
    const carol = await openPhone({ number: 'carol' });
    const first = alice.dialing(bob.uri);
    const one = await bob.nextCall();
    one.ring();
    await first.ringing;
    const second = carol.dial(bob.uri);
    const two = await bob.nextCall();

    expect([one.from, two.from]).toEqual(['alice', 'carol']);
    const [bobToCarol] = await Promise.all([two.answer(), second]);
    const [bobToAlice] = await Promise.all([one.answer(), first.call]);
    expect([bobToCarol.remote, bobToAlice.remote]).toEqual(['carol', 'alice']);
  });

  it('says that nobody called', async () => {
    const bob = await openPhone({ number: 'bob' });

    await expect(bob.nextCall({ timeoutMs: 20 })).rejects.toThrow('Nobody called bob within 20 ms');
  });

  it('lets nobody wait for a call once it is closed', async () => {
    const bob = await openPhone({ number: 'bob' });
    const next = bob.nextCall();
    next.catch(() => undefined);

    await bob.close();

    await expect(next).rejects.toMatchObject({ code: 'closed' });
    await expect(bob.nextCall()).rejects.toThrow('The phone bob was closed');
  });

  it('says where it can be called', async () => {
    const bob = await openPhone({ number: '+15557654321', transport: 'tcp' });

    expect(bob.uri).toMatch(/^sip:\+15557654321@127\.0\.0\.1:\d+;transport=tcp$/);
  });

  it('cannot have a port that is taken', async () => {
    const bob = await openPhone({ number: 'bob' });
    const port = Number(bob.uri.split(':').at(-1));

    await expect(Phone.open({ number: 'carol', port })).rejects.toThrow(
      `Cannot open 127.0.0.1:${port}`,
    );
  });
});
