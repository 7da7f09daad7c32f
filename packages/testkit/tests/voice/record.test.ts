import { loadAudio } from '@tutti/media';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recorded, tonesIn } from './_recorded.ts';
import { BOB, CAROL, OURS, World, eventually, hearEachOther, twiml, type Json } from './_world.ts';

/** A world where calls to our number record; `/after` is the action and keys 9. */
async function recording(verb: string): Promise<World> {
  const world = await World.open();
  await world.answers(twiml(verb, '<Play digits="8"/>'));
  world.hooks.reply('/after', twiml('<Play digits="9"/>'));
  return world;
}

/** Waits until the account has one recording that is finished. */
function onlyRecording(world: World): Promise<Json> {
  return eventually(async () => {
    const { recordings } = await world.get('/Recordings.json');
    expect(recordings).toHaveLength(1);
    expect(recordings[0].status).toMatch(/completed|absent/);
    return recordings[0];
  });
}

describe.concurrent('A deleted recording', () => {
  it('leaves its record, for who asks for it, and no sound', async () => {
    await using world = await recording('<Record action="/after" maxLength="1" playBeep="false"/>');
    const { client } = world.tutti;
    const bob = await world.phone(BOB);
    const call = await bob.dial(OURS);
    await call.playTone(600, { durationMs: 1500 }).done;
    await call.ended;
    const { sid, call_sid: callSid, media_url: url } = await onlyRecording(world);
    const including = { includeSoftDeleted: true };

    expect((await fetch(url)).status).toBe(200);
    expect(await client.recordings(sid).remove()).toBe(true);

    expect(await client.recordings.list()).toEqual([]);
    await expect(client.recordings(sid).fetch()).rejects.toMatchObject({ code: 20_404 });
    await expect(client.recordings(sid).remove()).rejects.toMatchObject({ code: 20_404 });
    expect(await client.recordings.list({ ...including, callSid })).toMatchObject([
      { sid, callSid, status: 'deleted', duration: '1' },
    ]);
    expect(await client.recordings(sid).fetch(including)).toMatchObject({ status: 'deleted' });
    expect((await fetch(url)).status).toBe(404);
    expect(await client.calls(callSid).recordings.list()).toEqual([]);
    expect(await world.get(`/v1/Sids/${sid}`)).toMatchObject({ found: true, state: 'deleted' });
  });
});

describe.concurrent('<Record>', () => {
  it('beeps, records the caller until a key, and tells its action', async () => {
    await using world = await recording(
      '<Record action="/after" recordingStatusCallback="/status"/>',
    );
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    await call.hears({ tone: 1000 });
    await call.playTone(600, { durationMs: 500 }).done;
    await call.key('5');
    await call.hears({ digits: '9' });

    const { parameters } = await world.hooks.next('/after');
    expect(parameters).toMatchObject({
      RecordingUrl: expect.stringMatching(
        /^http.*\/2010-04-01\/Accounts\/AC.*\/Recordings\/RE\w{32}$/,
      ),
      RecordingSid: expect.stringMatching(/^RE/),
      RecordingDuration: '1',
      Digits: '5',
      CallStatus: 'in-progress',
    });
    const [samples, ...others] = await recorded(parameters['RecordingUrl'] ?? '');
    expect(others).toEqual([]);
    expect(tonesIn(samples, 600, 1000)).toEqual([600]);
    expect(await world.hooks.next('/status')).toMatchObject({
      signatureValid: true,
      parameters: {
        AccountSid: world.tutti.accountSid,
        CallSid: parameters['CallSid'],
        RecordingSid: parameters['RecordingSid'],
        RecordingUrl: parameters['RecordingUrl'],
        RecordingStatus: 'completed',
        RecordingDuration: '1',
        RecordingChannels: '1',
        RecordingSource: 'RecordVerb',
        RecordingTrack: 'inbound',
        RecordingStartTime: expect.stringContaining('+0000'),
      },
    });
    await world.quiet();
  });

  it('ends after timeout seconds of silence, which trim cuts off', async () => {
    await using world = await recording('<Record action="/after" timeout="1" playBeep="false"/>');
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    await call.playTone(600, { durationMs: 400 }).done;

    const { parameters } = await world.hooks.next('/after');
    expect(parameters).not.toHaveProperty('Digits');
    const [samples = new Int16Array(0)] = await recorded(parameters['RecordingUrl'] ?? '');
    expect(samples.length / 8).toBeLessThan(800);
    expect(samples.length / 8).toBeGreaterThan(200);
    await call.ended;
  });

  it('keeps the silence with trim="do-not-trim"', async () => {
    await using world = await recording(
      '<Record action="/after" method="GET" timeout="1" playBeep="false" trim="do-not-trim"/>',
    );
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    await call.playTone(600, { durationMs: 400 }).done;

    const { parameters, method } = await world.hooks.next('/after');
    expect(method).toBe('GET');
    const [samples = new Int16Array(0)] = await recorded(parameters['RecordingUrl'] ?? '');
    expect(samples.length / 8).toBeGreaterThan(1200);
    await call.ended;
  });

  it('ends at maxLength', async () => {
    await using world = await recording('<Record action="/after" maxLength="1" playBeep="false"/>');
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    const tone = call.playTone(600);
    await call.hears({ digits: '9' });
    tone.stop();

    expect(await world.hooks.next('/after')).toMatchObject({
      parameters: { RecordingDuration: '1' },
    });
  });

  it('goes on with the next verb when there was nothing to hear', async () => {
    await using world = await recording(
      '<Record action="/after" timeout="1" recordingStatusCallback="/status" recordingStatusCallbackEvent="in-progress completed absent"/>',
    );
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    await call.hears({ digits: '8' });

    expect(await onlyRecording(world)).toMatchObject({ status: 'absent', error_code: 16102 });
    const told = [await world.hooks.next('/status'), await world.hooks.next('/status')];
    expect(told.map(({ parameters }) => parameters['RecordingStatus'])).toEqual([
      'in-progress',
      'absent',
    ]);
    expect(world.hooks.caught.map(({ path }) => path)).not.toContain('/after');
  });

  it('heeds only the keys of finishOnKey', async () => {
    await using world = await recording('<Record action="/after" finishOnKey="#"/>');
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    await call.hears({ tone: 1000 });
    await call.playTone(600, { durationMs: 300 }).done;
    await call.key('12#');

    expect(await world.hooks.next('/after')).toMatchObject({ parameters: { Digits: '#' } });
    await call.ended;
  });

  it('that cannot be written is absent, and an alert says why', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tutti-record-'));
    {
      await using world = await World.open({ env: { TUTTI_DATA: directory } });
      await rm(join(directory, 'media'), { recursive: true, force: true });
      await writeFile(join(directory, 'media'), 'no directory');
      await world.answers(
        twiml(
          '<Record playBeep="false" recordingStatusCallback="/status" recordingStatusCallbackEvent="absent"/>',
        ),
      );
      const bob = await world.phone(BOB);

      const call = await bob.dial(OURS);
      await call.playTone(600, { durationMs: 400 }).done;
      await call.hangUp();

      const { parameters } = await world.hooks.next('/status');
      expect(parameters).toMatchObject({ RecordingStatus: 'absent', ErrorCode: '75027' });
      expect(await world.alert(75_027)).toContain(parameters['RecordingSid']);
      expect(await onlyRecording(world)).toMatchObject({ status: 'absent', error_code: 75027 });
    }
    await rm(directory, { recursive: true });
  });

  it('tells its action that the caller hung up', async () => {
    await using world = await recording('<Record action="/after"/>');
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    await call.hears({ tone: 1000 });
    await call.playTone(600, { durationMs: 400 }).done;
    await call.hangUp();

    const { parameters } = await world.hooks.next('/after');
    expect(parameters).toMatchObject({ Digits: 'hangup', CallStatus: 'completed' });
    const [samples] = await recorded(parameters['RecordingUrl'] ?? '');
    expect(tonesIn(samples, 600)).toEqual([600]);
    await world.quiet();
  });
});

describe.concurrent('<Dial record>', () => {
  const joined = async (record: string, more = '') => {
    const world = await recording(
      `<Dial action="/after" record="${record}" ${more} recordingStatusCallback="/status" recordingStatusCallbackMethod="GET">${CAROL}</Dial>`,
    );
    const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];
    const bobs = await bob.dial(OURS);
    const ringing = await carol.nextCall();
    ringing.ring();
    await bobs.hears({ tone: 440 });
    if (record.startsWith('record-from-ringing')) {
      // Its file is opened while the first tone sounds: the next one is in it whole.
      expect((await world.hooks.next('/status')).parameters['RecordingStatus']).toBe('in-progress');
      await bobs.hears({ silence: true });
      await bobs.hears({ tone: 440 }, { timeoutMs: 10_000 });
    }
    const carols = await ringing.answer();
    await hearEachOther(bobs, carols);
    await carols.hangUp();
    return { world, action: await world.hooks.next('/after') };
  };

  it('records both sides from the answer in one channel', async () => {
    const { world, action } = await joined('record-from-answer');
    await using _ = world;

    expect(action.parameters).toMatchObject({ RecordingSid: expect.stringMatching(/^RE/) });
    const [samples, ...others] = await recorded(action.parameters['RecordingUrl'] ?? '');
    expect(others).toEqual([]);
    expect(tonesIn(samples, 600, 1100, 440)).toEqual([600, 1100]);
    expect(await world.hooks.next('/status')).toMatchObject({
      method: 'GET',
      parameters: { RecordingSource: 'DialVerb', RecordingStatus: 'completed' },
    });
  });

  it('records each side in a channel of its own, with the ringing', async () => {
    const { world, action } = await joined(
      'record-from-ringing-dual',
      'recordingStatusCallbackEvent="in-progress completed"',
    );
    await using _ = world;

    const [caller, callee] = await recorded(action.parameters['RecordingUrl'] ?? '');
    expect(tonesIn(caller, 600, 1100, 440)).toEqual([600]);
    expect(tonesIn(callee, 600, 1100, 440)).toEqual([1100, 440]);
  });

  it.each([
    ['inbound', 600],
    ['outbound', 1100],
  ])('keeps the side that recordingTrack names: %s', async (track, tone) => {
    const { world, action } = await joined('record-from-answer', `recordingTrack="${track}"`);
    await using _ = world;

    const [samples, ...others] = await recorded(action.parameters['RecordingUrl'] ?? '');
    expect(others).toEqual([]);
    expect(tonesIn(samples, 600, 1100)).toEqual([tone]);
    expect(await world.hooks.next('/status')).toMatchObject({
      parameters: { RecordingTrack: track, RecordingChannels: '1' },
    });
  });

  it('is had in one channel, and as MP3', async () => {
    const { world, action } = await joined('record-from-answer-dual');
    await using _ = world;
    const url = action.parameters['RecordingUrl'] ?? '';

    const [mixed, ...others] = await recorded(`${url}.wav?RequestedChannels=1`);
    const mp3 = await fetch(`${url}.mp3?RequestedChannels=1`);
    const dual = await fetch(`${url}.mp3`);
    const decoded = await loadAudio(new Uint8Array(await mp3.arrayBuffer()), 'audio/mpeg');
    const dualBytes = (await dual.arrayBuffer()).byteLength;

    expect(others).toEqual([]);
    expect(tonesIn(mixed, 600, 1100, 440)).toEqual([600, 1100]);
    expect(mp3.headers.get('content-type')).toBe('audio/mpeg');
    if (!decoded.ok) throw new Error(decoded.error.message);
    expect(tonesIn(decoded.value.samples, 600, 1100, 440)).toEqual([600, 1100]);
    expect(dualBytes).toBeGreaterThan(decoded.value.durationMs * 7.5);
    const refused = await fetch(`${url}?RequestedChannels=3`);
    expect([refused.status, await refused.json()]).toMatchObject([400, { code: 20001 }]);
  });
});

describe.concurrent('<Start><Recording>', () => {
  it('records until <Stop>, while the document goes on', async () => {
    await using world = await World.open();
    world.hooks.reply(
      '/next',
      twiml('<Stop><Recording/></Stop>', '<Play digits="2"/>', '<Pause length="60"/>'),
    );
    await world.answers(
      twiml(
        '<Start><Recording channels="dual" recordingStatusCallback="/status"/></Start>',
        '<Gather numDigits="1" action="/next"/>',
      ),
    );
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    await call.playTone(600, { durationMs: 300 }).done;
    await call.key('1');
    await call.hears({ digits: '2' });

    const { parameters } = await world.hooks.next('/status');
    expect(parameters).toMatchObject({ RecordingChannels: '2', RecordingTrack: 'both' });
    const [said] = await recorded(parameters['RecordingUrl'] ?? '');
    expect(tonesIn(said, 600)).toEqual([600]);
    expect((await world.onlyCall()).status).toBe('in-progress');
    await call.hangUp();
  });

  it('ends with the call', async () => {
    await using world = await World.open();
    await world.answers(
      twiml('<Start><Recording track="inbound"/></Start>', '<Pause length="60"/>'),
    );
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    await call.playTone(600, { durationMs: 300 }).done;
    await call.hangUp();

    expect(await onlyRecording(world)).toMatchObject({ status: 'completed', track: 'inbound' });
    await world.quiet();
  });
});

describe.concurrent('a recording by the API', () => {
  const calling = async () => {
    const world = await World.open();
    await world.answers(twiml('<Play digits="1"/>', '<Pause length="60"/>'));
    const bob = await world.phone(BOB);
    const call = await bob.dial(OURS);
    const { sid } = await world.onlyCall();
    await world.becomes(sid, 'in-progress');
    return { world, call, sid, path: `/Calls/${sid}/Recordings` };
  };

  it('starts, pauses, resumes and stops', async () => {
    const { world, call, sid, path } = await calling();
    await using _ = world;

    const made = await world.post(`${path}.json`, {
      RecordingStatusCallback: world.hooks.at('/status'),
      RecordingStatusCallbackEvent: 'in-progress completed',
    });
    expect(made).toMatchObject({
      sid: expect.stringMatching(/^RE/),
      call_sid: sid,
      status: 'in-progress',
      source: 'StartCallRecordingAPI',
      channels: 1,
      track: 'both',
      duration: null,
    });
    await world.hooks.next('/status');
    await call.playTone(600, { durationMs: 300 }).done;
    const current = `${path}/Twilio.CURRENT.json`;
    expect(await world.post(current, { Status: 'paused', PauseBehavior: 'skip' })).toMatchObject({
      sid: made.sid,
      status: 'paused',
    });
    await world.tutti.settled();
    await call.playTone(800, { durationMs: 300 }).done;
    // What is still on its way is not to be recorded.
    await call.play(new Int16Array(2400)).done;
    await world.post(current, { Status: 'in-progress' });
    await world.tutti.settled();
    await call.playTone(1100, { durationMs: 300 }).done;
    expect(await world.post(`${path}/${made.sid}.json`, { Status: 'stopped' })).toMatchObject({
      status: 'stopped',
    });

    const { parameters } = await world.hooks.next('/status');
    const [samples] = await recorded(parameters['RecordingUrl'] ?? '');
    expect(tonesIn(samples, 600, 800, 1100)).toEqual([600, 1100]);
    const again = await world.request('POST', current, { Status: 'stopped' });
    expect(again).toMatchObject({ status: 400, body: { code: 21220 } });
    const ended = await world.request('POST', `${path}/${made.sid}.json`, { Status: 'paused' });
    expect(ended).toMatchObject({ status: 400, body: { code: 21220 } });
    await call.hangUp();
  });

  it('is listed, fetched and deleted, of the account and of the call', async () => {
    const { world, call, sid, path } = await calling();
    await using _ = world;
    const { sid: recordingSid } = await world.post(`${path}.json`);
    await world.tutti.settled();
    await call.playTone(600, { durationMs: 300 }).done;
    const unfinished = await world.request('DELETE', `/Recordings/${recordingSid}.json`);
    expect(unfinished).toMatchObject({ status: 409, body: { code: 20009 } });
    await call.hangUp();
    const listed = await onlyRecording(world);

    expect(await world.get(`/Recordings/${recordingSid}.json`)).toEqual(listed);
    expect(await world.get(`${path}/${recordingSid}.json`)).toEqual(listed);
    expect((await world.get(`${path}.json`)).recordings).toEqual([listed]);
    const filtered = async (query: string): Promise<number> =>
      (await world.get(`/Recordings.json?${query}`)).recordings.length;
    expect(await filtered(`CallSid=${sid}`)).toBe(1);
    expect(
      await filtered(`CallSid=${sid.replace(/.$/, (c: string) => (c === '0' ? '1' : '0'))}`),
    ).toBe(0);
    expect(await filtered('DateCreated%3E=2100-01-01')).toBe(0);
    const media = listed.media_url;
    expect((await fetch(`${media}.wav`)).headers.get('content-type')).toBe('audio/x-wav');
    const ogg = await fetch(`${media}.ogg`);
    expect([ogg.status, await ogg.json()]).toMatchObject([406, { code: 75016 }]);
    const dual = await fetch(`${media}?RequestedChannels=2`);
    expect([dual.status, await dual.json()]).toMatchObject([400, { code: 16113 }]);

    expect((await world.request('DELETE', `/Recordings/${recordingSid}.json`)).status).toBe(204);
    expect((await fetch(media)).status).toBe(404);
    expect((await world.request('GET', `/Recordings/${recordingSid}.json`)).status).toBe(404);
  });

  it('of a call that is not in progress is refused: 21220', async () => {
    const { world, call, sid, path } = await calling();
    await using _ = world;
    await call.hangUp();
    await world.becomes(sid, 'completed');

    const refused = await world.request('POST', `${path}.json`, {});

    expect(refused).toMatchObject({ status: 400, body: { code: 21220 } });
  });
});
