import { createServer as createHttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { testCertificate } from '../../../server/tests/callback/_certificate.ts';
import { fastClock } from './_fast-clock.ts';
import { toneMulaw } from './_sounds.ts';
import { StreamServer } from './_stream-server.ts';
import { BOB, OURS, World, answered, eventually, twiml } from './_world.ts';

const HANG_ON = '<Pause length="60"/>';
const base64 = (frequencyHz: number, durationMs: number): string =>
  Buffer.from(toneMulaw(frequencyHz, durationMs)).toString('base64');

/** The call-backs of a stream at /stream, up to the last. */
async function eventsOf(world: World): Promise<Readonly<Record<string, string>>[]> {
  const all: Readonly<Record<string, string>>[] = [];
  do all.push((await world.hooks.next('/stream')).parameters);
  while (all.at(-1)?.['StreamEvent'] === 'stream-started');
  return all;
}

describe.concurrent('<Start><Stream>', () => {
  it('sends what the caller says, from connected and start to stop, while the document goes on', async () => {
    await using server = await StreamServer.open();
    await using world = await World.open();
    await world.answers(
      twiml(
        `<Start><Stream name="ears" url="${server.url}/a|b?c=d" statusCallback="/stream"><Parameter name="who" value="Ada &amp; Bob"/></Stream></Start>`,
        '<Play digits="1"/>',
        HANG_ON,
      ),
    );
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    const stream = await server.next();
    await call.hears({ digits: '1' });
    call.playTone(800, { durationMs: 400 });
    await stream.hears(800);
    await call.hangUp();
    const { code } = await stream.closed;

    expect(stream.isSigned(world.tutti.authToken)).toBe(true);
    expect(stream.request.url).toBe('/a|b?c=d');
    expect(code).toBe(1000);
    const { sid: callSid } = await world.onlyCall();
    const { accountSid } = world.tutti;
    const [connected, start, media] = stream.messages;
    const { streamSid } = start;
    expect(connected).toEqual({ event: 'connected', protocol: 'Call', version: '1.0.0' });
    expect(start).toEqual({
      event: 'start',
      sequenceNumber: '1',
      streamSid: expect.stringMatching(/^MZ[0-9a-f]{32}$/),
      start: {
        streamSid,
        accountSid,
        callSid,
        tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters: { who: 'Ada & Bob' },
      },
    });
    expect(media).toEqual({
      event: 'media',
      sequenceNumber: '2',
      streamSid,
      media: {
        track: 'inbound',
        chunk: '1',
        timestamp: expect.stringMatching(/^\d+$/),
        payload: expect.any(String),
      },
    });
    expect(Buffer.from(media.media.payload, 'base64')).toHaveLength(160);
    const numbered = stream.messages.slice(1);
    expect(numbered.map(({ sequenceNumber }) => sequenceNumber)).toEqual(
      numbered.map((_, index) => String(index + 1)),
    );
    const stamps = stream.media.map((each) => Number(each.media.timestamp));
    expect(stamps).toEqual(stamps.toSorted((a, b) => a - b));
    expect(stream.messages.at(-1)).toEqual({
      event: 'stop',
      sequenceNumber: String(numbered.length),
      streamSid,
      stop: { accountSid, callSid },
    });
    // Keys are told of streams that go both ways.
    expect(stream.messages.some(({ event }) => event === 'dtmf')).toBe(false);
    const common = {
      AccountSid: accountSid,
      CallSid: callSid,
      StreamSid: streamSid,
      StreamName: 'ears',
      Timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    };
    expect(await eventsOf(world)).toEqual([
      { ...common, StreamEvent: 'stream-started' },
      { ...common, StreamEvent: 'stream-stopped' },
    ]);
    const alerts = await world.alerts();
    expect(alerts.map(({ error_code }) => error_code)).toEqual(['31922']);
    expect(alerts[0].log_level).toBe('warning');
    await world.quiet();
  });

  it('sends both tracks, and several streams of one call, each its own', async () => {
    await using server = await StreamServer.open();
    await using world = await World.open();
    await world.answers(
      twiml(
        `<Start><Stream url="${server.url}" track="both_tracks"/></Start>`,
        `<Start><Stream url="${server.url}" track="outbound_track"/></Start>`,
        `<Connect><Stream url="${server.url}"/></Connect>`,
      ),
    );
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    const all = [await server.next(), await server.next(), await server.next()];
    const starts = await Promise.all(all.map((each) => each.next('start')));
    const byTracks = (tracks: string) =>
      all[starts.findIndex(({ start }) => start.tracks.join() === tracks)];
    const [both, outbound, connected] = [
      byTracks('inbound,outbound'),
      byTracks('outbound'),
      byTracks('inbound'),
    ];
    call.playTone(700, { durationMs: 300 });
    await Promise.all([both?.hears(700), connected?.hears(700)]);
    connected?.send({
      event: 'media',
      streamSid: starts[all.indexOf(connected)].streamSid,
      media: { payload: base64(1300, 300) },
    });
    await Promise.all([both?.hears(1300, 'outbound'), outbound?.hears(1300, 'outbound')]);

    expect(new Set(starts.map(({ streamSid }) => streamSid)).size).toBe(3);
    expect(outbound?.media.every(({ media }) => media.track === 'outbound')).toBe(true);
    await call.hangUp();
    await world.quiet();
  });

  it('ends with <Stop> of its name, and says of a name that nothing has it', async () => {
    await using server = await StreamServer.open();
    await using world = await World.open();
    await world.answers(
      twiml(
        `<Start><Stream name="ears" url="${server.url}"/></Start>`,
        '<Pause length="1"/>',
        '<Stop><Stream name="eyes"/></Stop>',
        '<Stop><Stream name="ears"/></Stop>',
        '<Play digits="2"/>',
        HANG_ON,
      ),
    );
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    const stream = await server.next();
    await call.hears({ digits: '2' });
    await stream.closed;

    expect(stream.messages.at(-1)).toMatchObject({ event: 'stop' });
    expect(await world.alert(12200)).toContain('name="eyes"');
    expect((await world.onlyCall()).status).toBe('in-progress');
  });

  it('is told of as failed when its connection drops, and the call goes on', async () => {
    await using server = await StreamServer.open();
    await using world = await World.open();
    await world.answers(
      twiml(
        `<Start><Stream url="${server.url}" statusCallback="/stream"/></Start>`,
        '<Gather numDigits="1" action="/next"/>',
      ),
    );
    world.hooks.reply('/next', twiml('<Play digits="5"/>'));
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    const stream = await server.next();
    await stream.next('media');
    stream.socket.terminate();
    const [, failed] = await eventsOf(world);
    await call.key('1');
    await call.hears({ digits: '5' });

    expect(failed).toMatchObject({
      StreamEvent: 'stream-error',
      StreamError: expect.stringContaining('broke'),
    });
    expect(await world.alert(31903)).toContain(failed?.['StreamSid']);
  });

  it('is closed with a code that is no good-bye: told of with the code and its reason', async () => {
    await using server = await StreamServer.open();
    await using world = await World.open();
    await world.answers(
      twiml(
        `<Start><Stream url="${server.url}" statusCallback="/stream"/></Start>`,
        '<Pause length="60"/>',
      ),
    );
    const bob = await world.phone(BOB);

    await using _ = await bob.dial(OURS);
    const stream = await server.next();
    await stream.next('media');
    stream.socket.close(4001, 'too many ears');

    expect((await eventsOf(world)).at(-1)?.['StreamEvent']).toBe('stream-error');
    expect(await world.alert(31921)).toContain('4001 (too many ears)');
  });

  it('is told of as failed when its server breaks the protocol of WebSockets', async () => {
    await using server = await StreamServer.open();
    await using world = await World.open();
    await world.answers(
      twiml(`<Start><Stream url="${server.url}" statusCallback="/stream"/></Start>`, HANG_ON),
    );
    const bob = await world.phone(BOB);

    await using _ = await bob.dial(OURS);
    const stream = await server.next();
    await stream.next('media');
    // RFC 6455 §5.2: opcode 3 is reserved.
    stream.request.socket.write(Buffer.from([0x83, 0x00]));

    expect((await eventsOf(world)).at(-1)?.['StreamEvent']).toBe('stream-error');
    expect(await world.alert(31924)).toContain('opcode');
  });

  it('takes no messages, and says so once', async () => {
    await using server = await StreamServer.open();
    await using world = await World.open();
    await world.answers(twiml(`<Start><Stream url="${server.url}"/></Start>`, HANG_ON));
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    const stream = await server.next();
    const { streamSid } = await stream.next('start');
    for (let i = 0; i < 3; i += 1) stream.send({ event: 'clear', streamSid });
    expect(await world.alert(31951)).toContain('goes one way');
    await call.hangUp();
    await world.quiet();

    expect(await world.alerts(31951)).toHaveLength(1);
  });

  it('has four at once and no fifth, and no two of one name', async () => {
    await using server = await StreamServer.open();
    await using world = await World.open();
    const one = (name: string) => `<Start><Stream name="${name}" url="${server.url}"/></Start>`;
    await world.answers(
      twiml(one('a'), one('a'), one('b'), one('c'), one('d'), one('e'), '<Play digits="1"/>'),
    );
    const bob = await world.phone(BOB);

    await (await bob.dial(OURS)).hears({ digits: '1' });

    expect(await world.alert(31960)).toContain('4 streams');
    expect(await world.alert(20001)).toContain('is called a already');
    await world.quiet();
  });
});

describe.concurrent('<Connect><Stream>', () => {
  it('lets the caller hear what is sent, tells keys, and returns marks once they are passed', async () => {
    await using server = await StreamServer.open();
    await using world = await World.open();
    world.hooks.reply('/after', twiml('<Play digits="9"/>'));
    await world.answers(
      twiml(
        `<Connect action="/after"><Stream url="${server.url}" name="agent" statusCallback="/stream"/></Connect>`,
      ),
    );
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    const stream = await server.next();
    const { streamSid } = await stream.next('start');
    stream.send({ event: 'media', streamSid, media: { payload: base64(900, 300) } });
    stream.send({ event: 'media', streamSid, media: { payload: base64(1500, 300) } });
    stream.send({ event: 'mark', streamSid, mark: { name: 'said' } });
    const framesBefore = stream.media.length;
    await call.hears({ tone: 900 });
    await call.hears({ tone: 1500 });
    const mark = await stream.next('mark');
    const framesAfter = stream.media.length;
    await call.key('7');
    const dtmf = await stream.next('dtmf');
    call.playTone(650, { durationMs: 300 });
    await stream.hears(650);
    stream.socket.close(1000);
    await call.hears({ digits: '9' });

    expect(mark).toMatchObject({ streamSid, mark: { name: 'said' } });
    // Six tenths of a second had to be played first.
    expect(framesAfter - framesBefore).toBeGreaterThanOrEqual(25);
    expect(dtmf).toMatchObject({ streamSid, dtmf: { track: 'inbound_track', digit: '7' } });
    const { parameters } = await world.hooks.next('/after');
    expect(parameters).toMatchObject({
      StreamSid: streamSid,
      StreamName: 'agent',
      StreamEvent: 'stream-stopped',
    });
    expect((await eventsOf(world)).map(({ StreamEvent }) => StreamEvent)).toEqual([
      'stream-started',
      'stream-stopped',
    ]);
    await world.quiet();
  });

  it('throws away what waits at clear, and returns its marks at once', async () => {
    await using server = await StreamServer.open();
    await using world = await World.open();
    await world.answers(twiml(`<Connect><Stream url="${server.url}"/></Connect>`));
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    const stream = await server.next();
    const { streamSid } = await stream.next('start');
    stream.send({ event: 'media', streamSid, media: { payload: base64(900, 30_000) } });
    stream.send({ event: 'mark', streamSid, mark: { name: 'half a minute on' } });
    await call.hears({ tone: 900 });
    stream.send({ event: 'clear', streamSid });
    expect(await stream.next('mark')).toMatchObject({ mark: { name: 'half a minute on' } });
    await call.hears({ silence: true });
    stream.send({ event: 'media', streamSid, media: { payload: base64(1500, 300) } });
    await call.hears({ tone: 1500 });
    // Without anything before it, a mark is passed at once.
    stream.send({ event: 'clear', streamSid });
    stream.send({ event: 'mark', streamSid, mark: { name: 'now' } });
    expect(await stream.next('mark')).toMatchObject({ mark: { name: 'now' } });

    // A redirect ends it.
    await world.update((await world.onlyCall()).sid, { Twiml: twiml('<Play digits="4"/>') });
    await stream.next('stop');
    await call.hears({ digits: '4' });
    await world.quiet();
  });

  it('throws away what waits beyond ten minutes, and says so once', async () => {
    await using server = await StreamServer.open();
    await using world = await World.open();
    await world.answers(twiml(`<Connect><Stream url="${server.url}"/></Connect>`));
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    const stream = await server.next();
    const { streamSid } = await stream.next('start');
    const payload = base64(900, 301_000);
    for (let i = 0; i < 3; i += 1) stream.send({ event: 'media', streamSid, media: { payload } });
    await call.hears({ tone: 900 });
    expect(await world.alert(31931)).toContain('more than ten minutes');
    await call.hangUp();
    await world.quiet();

    expect(await world.alerts(31931)).toHaveLength(1);
  });

  it('passes over messages that it cannot read, and tells of each kind once', async () => {
    await using server = await StreamServer.open();
    await using world = await World.open();
    await world.answers(twiml(`<Connect><Stream url="${server.url}"/></Connect>`));
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    const stream = await server.next();
    const { streamSid } = await stream.next('start');
    stream.send('{"event"');
    stream.send({ event: 'clear', streamSid: `MZ${'0'.repeat(32)}` });
    stream.send({ event: 'dance', streamSid });
    stream.send({ event: 'media', streamSid, media: { payload: '*'.repeat(40) } });
    stream.socket.send(Buffer.alloc(160));
    stream.socket.send(Buffer.alloc(160));
    stream.send({ event: 'media', streamSid, media: { payload: base64(900, 300), track: 'x' } });
    await call.hears({ tone: 900 });

    expect(await world.alert(31951)).toContain('it is not JSON');
    expect(await world.alert(31950)).toContain('binary');
    await call.hangUp();
    await world.quiet();
    expect(await world.alerts(31951)).toHaveLength(1);
    expect(await world.alerts(31950)).toHaveLength(1);
  });

  it('goes on with the next verb when it cannot be connected, and says why', async () => {
    await using world = await World.open();
    // Answers a handshake with a page.
    const page = createHttpServer((_, response) => response.writeHead(403).end('no'));
    page.on('upgrade', (_, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
    const secure = createTlsServer(testCertificate);
    const closing = createServer((socket) => socket.destroy());
    const listening = await Promise.all(
      [page, secure, closing].map(
        (each) =>
          new Promise<number>((resolve) => {
            each.listen(0, '127.0.0.1', () => resolve((each.address() as AddressInfo).port));
          }),
      ),
    );
    const [pagePort, securePort, closingPort] = listening;
    const wrong: readonly [string, number][] = [
      [`ws://127.0.0.1:${pagePort}`, 31920],
      [`wss://127.0.0.1:${securePort}`, 31910],
      [`wss://127.0.0.1:${pagePort}`, 31910],
      [`ws://127.0.0.1:${closingPort}`, 31903],
      ['ws://127.0.0.1:1', 31902],
      ['ws://nobody.invalid', 31904],
      ['https://127.0.0.1', 31922],
      ['wss://', 31923],
      ['/relative', 31923],
    ];
    const connect = (url: string) =>
      `<Connect><Stream url="${url}" statusCallback="/stream"/></Connect>`;
    await world.answers(
      twiml(
        ...wrong.map(([url]) => connect(url)),
        '<Connect><Stream url="wss://a.example" track="both_tracks"/></Connect>',
        '<Connect><Stream/></Connect>',
        '<Play digits="3"/>',
      ),
    );
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    await call.hears({ digits: '3' }, { timeoutMs: 15_000 });
    await call.ended;

    const codes = wrong.map(([, code]) => code);
    const raised = (await world.alerts())
      .filter(({ log_level: level }) => level === 'error')
      .map(({ error_code: code }) => String(code));
    expect(raised.toSorted()).toEqual([...codes, 31923, 31941].map(String).toSorted());
    for (let i = 0; i < wrong.length; i += 1) {
      const { parameters } = await world.hooks.next('/stream');
      expect(parameters).toMatchObject({
        StreamEvent: 'stream-error',
        StreamError: expect.stringMatching(/.{20}/),
      });
    }
    for (const each of [page, secure, closing]) each.close();
    await world.quiet();
  });

  it('gives up a server that does not answer the handshake', async () => {
    await using world = await World.open({ clock: fastClock() });
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve);
    });
    const { port } = silent.address() as AddressInfo;
    await world.answers(
      twiml(`<Connect><Stream url="ws://127.0.0.1:${port}"/></Connect>`, '<Play digits="3"/>'),
    );
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);
    await call.hears({ digits: '3' });

    expect(await world.alert(31901)).toContain('within 5000 ms');
    silent.close();
  });

  it('is refused without TLS in production, and at private addresses', async () => {
    await using server = await StreamServer.open();
    await using world = await World.open({ env: { TUTTI_MODE: 'production' } });
    const bob = await world.phone(BOB);
    const wss = server.url.replace('ws:', 'wss:');

    await world.place({
      Twiml: twiml(
        `<Connect><Stream url="${server.url}"/></Connect>`,
        `<Connect><Stream url="${wss}"/></Connect>`,
        `<Connect><Stream url="${wss.replace('127.0.0.1', 'localhost')}"/></Connect>`,
        '<Play digits="3"/>',
      ),
    });
    const call = await answered(bob);
    await call.hears({ digits: '3' });

    expect(await world.alert(31922)).toContain('In production it must be wss://.');
    const refused = (await world.alerts(75020)).map(({ alert_text: text }) => text);
    expect(refused).toHaveLength(2);
    expect(refused.join(' ')).toContain('TUTTI_CALLBACK_ALLOW=localhost');
    expect(server.size).toBe(0);
  });
});

describe.concurrent('streams by the API', () => {
  it('begin on a call in progress and stop by SID or name', async () => {
    await using server = await StreamServer.open();
    await using world = await World.open();
    const bob = await world.phone(BOB);
    const { sid } = await world.place({ Twiml: twiml(HANG_ON) });
    const call = await answered(bob);
    await world.becomes(sid, 'in-progress');
    const { client } = world.tutti;

    const created = await client.calls(sid).streams.create({
      url: server.url,
      name: 'ears',
      track: 'both_tracks',
      statusCallback: world.hooks.at('/stream'),
      'parameter1.name': 'who',
      'parameter1.value': 'Ada',
      'parameter3.name': 'what',
      'parameter3.value': 'calls',
    });
    const stream = await server.next();
    const { start } = await stream.next('start');
    call.playTone(800, { durationMs: 300 });
    await stream.hears(800);
    const stopped = await client.calls(sid).streams('ears').update({ status: 'stopped' });
    await stream.closed;

    expect(created).toMatchObject({
      sid: expect.stringMatching(/^MZ/),
      callSid: sid,
      name: 'ears',
      status: 'in-progress',
    });
    expect(start).toMatchObject({
      streamSid: created.sid,
      tracks: ['inbound', 'outbound'],
      customParameters: { who: 'Ada', what: 'calls' },
    });
    expect(stopped).toMatchObject({ sid: created.sid, status: 'stopped' });
    expect((await eventsOf(world)).map(({ StreamEvent }) => StreamEvent)).toEqual([
      'stream-started',
      'stream-stopped',
    ]);
    // Again: it stays as it is. The name has gone with it.
    const again = await client.calls(sid).streams(created.sid).update({ status: 'stopped' });
    expect(again.status).toBe('stopped');
    const byName = await world.request('POST', `/Calls/${sid}/Streams/ears.json`, {
      Status: 'stopped',
    });
    expect(byName.status).toBe(404);
    expect(await world.request('GET', `/Calls/${sid}/Streams.json`)).toMatchObject({ status: 405 });
    await call.hangUp();
    await world.quiet();
  });

  it('are refused with what is wrong, and leave nothing', async () => {
    await using world = await World.open();
    const bob = await world.phone(BOB);
    const { sid } = await world.place({ Twiml: twiml(HANG_ON) });
    const path = `/Calls/${sid}/Streams.json`;
    const create = (form: Record<string, string>) => world.request('POST', path, form);

    const ringing = await bob.nextCall();
    expect((await create({ Url: 'wss://a.example' })).body.code).toBe(21220);
    const call = await ringing.answer();
    await world.becomes(sid, 'in-progress');

    expect(await create({})).toMatchObject({ status: 400, body: { code: 20001 } });
    expect(await create({ Url: 'http://a.example' })).toMatchObject({
      status: 400,
      body: { code: 31922 },
    });
    expect(await create({ Url: 'a.example' })).toMatchObject({ body: { code: 31923 } });
    expect(await create({ Url: 'wss://a', Track: 'left' })).toMatchObject({ status: 400 });
    const unknown = `/Calls/${sid}/Streams/MZ${'a'.repeat(32)}.json`;
    expect(await world.request('POST', unknown, { Status: 'stopped' })).toMatchObject({
      status: 404,
    });
    expect(world.tutti.server.voiceCounts.streams).toBe(0);
    await call.hangUp();
    await world.quiet();
  });
});

it('streams are closed, and told of as stopped, when the server closes', async () => {
  await using server = await StreamServer.open();
  const world = await World.open();
  await world.answers(
    twiml(
      `<Start><Stream url="${server.url}" statusCallback="/stream"/></Start>`,
      `<Connect><Stream url="${server.url}" statusCallback="/stream"/></Connect>`,
    ),
  );
  const bob = await world.phone(BOB);
  const call = await bob.dial(OURS);
  const streams = [await server.next(), await server.next()];
  await Promise.all(streams.map((each) => each.next('media')));

  await world.tutti.server.close();
  await call.ended;

  for (const stream of streams) {
    await stream.closed;
    expect(stream.messages.at(-1)).toMatchObject({ event: 'stop' });
  }
  await eventually(() => expect(server.size).toBe(0));
  const events = world.hooks.caught.map(({ parameters }) => parameters['StreamEvent']);
  expect(events.filter((event) => event === 'stream-stopped')).toHaveLength(2);
  await world.tutti.close();
});
