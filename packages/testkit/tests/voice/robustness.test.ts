import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createAudioOffer, parseSdp, readAudioAnswer, SipEndpoint } from '@tutti/sip';
import { describe, expect, it } from 'vitest';
import { fastClock } from './_fast-clock.ts';
import { openPeer } from './_peer.ts';
import { RawCaller } from './_raw-caller.ts';
import { BOB, CAROL, OURS, World, answered, eventually, hearEachOther, twiml } from './_world.ts';

const offerOf = (port: number, codecs: readonly ('PCMU' | 'PCMA')[] = ['PCMU']): string =>
  createAudioOffer({ host: '127.0.0.1', port, codecs: [...codecs], sessionId: 1 });

async function caller(): Promise<SipEndpoint> {
  return SipEndpoint.listen({
    host: '127.0.0.1',
    port: 0,
    userAgent: 'caller',
    closeTimeoutMs: 100,
  });
}

function ourUri(world: World): string {
  return world.tutti.sip.replace('sip:', `sip:${OURS}@`);
}

describe.concurrent('an INVITE', () => {
  it('without a codec in common is refused with 488, and alert 32102 says what we speak', async () => {
    await using world = await World.open();
    await world.answers(twiml());
    await using endpoint = await caller();
    const sdp = offerOf(4000)
      .replace('RTP/AVP 0', 'RTP/AVP 96')
      .replace('0 PCMU/8000', '96 opus/48000/2');

    const result = await endpoint.invite({
      uri: ourUri(world),
      from: 'sip:ann@127.0.0.1',
      sdp,
    }).result;

    expect(result).toMatchObject({ kind: 'refused', status: 488 });
    expect(await world.alert(32102)).toContain('G.711');
    expect((await world.get('/Calls.json')).calls).toEqual([]);
    await world.quiet();
  });

  it('with PCMA alone is answered with PCMA', async () => {
    await using world = await World.open();
    await world.answers(twiml('<Play digits="1"/>'));
    const bob = await world.tutti.phone(BOB, { codecs: ['PCMA'] });

    const call = await bob.dial(OURS);

    await call.hears({ digits: '1' });
  });

  it('without an offer gets ours, and hears what its answer asks for', async () => {
    await using world = await World.open();
    await world.answers(twiml('<Pause length="1"/>', '<Gather timeout="600"/>'));
    await using raw = await RawCaller.open({ server: world.tutti.sip, to: OURS });
    const audio = once(raw.rtp, 'message') as Promise<[Buffer]>;

    raw.invite();
    const ok = await raw.heard('SIP/2.0 200');
    expect(ok).toMatch(/m=audio \d+ RTP\/AVP 0 8/);
    raw.ack(ok, offerOf(raw.rtpPort, ['PCMA']));

    const [packet] = await audio;
    expect(packet.readUInt8(1) & 0x7f).toBe(8);
    const { sid } = await world.onlyCall();
    await world.becomes(sid, 'in-progress');
    await world.update(sid, { Status: 'completed' });
    await raw.heard('BYE');
  });

  it('without an offer whose ACK brings no codec in common is failed, with alert 32102', async () => {
    await using world = await World.open();
    await world.answers(twiml('<Gather timeout="600"/>'));
    await using raw = await RawCaller.open({ server: world.tutti.sip, to: OURS });

    raw.invite();
    raw.ack(await raw.heard('SIP/2.0 200'));

    await raw.heard('BYE');
    await world.alert(32102);
    await eventually(async () =>
      expect(await world.onlyCall()).toMatchObject({ status: 'failed' }),
    );
  });

  it('from somebody who has no proper address is refused where it would have to be bound', async () => {
    await using world = await World.open();
    const { conversationSid } = await world.conversation({ ProxyAddress: OURS });
    await using endpoint = await caller();

    const result = await endpoint.invite({
      uri: ourUri(world),
      from: `sip:${'x'.repeat(300)}@127.0.0.1`,
      sdp: offerOf(4000),
    }).result;

    expect(result).toMatchObject({ kind: 'refused', status: 500 });
    expect(await world.alert(50407)).toContain('256 characters');
    const { participants } = await world.get(`/v1/Conversations/${conversationSid}/Participants`);
    expect(participants).toEqual([]);
    await world.quiet();
  });

  it('whose caller is named by control characters is shown with their escapes', async () => {
    await using world = await World.open();
    await world.answers(twiml('<Play digits="1"/>'));
    await using endpoint = await caller();

    const result = await endpoint.invite({
      uri: ourUri(world),
      from: 'sip:%1b%5d0%3bpwn%07%0aX@127.0.0.1',
      sdp: offerOf(4000),
    }).result;

    expect(result).toMatchObject({ kind: 'answered' });
    expect((await world.onlyCall()).from).toBe('sip:%1B%5D0%3Bpwn%07%0AX@127.0.0.1');
  });

  it('for which there is no port left is refused with 503', async () => {
    await using world = await World.open({ env: { TUTTI_RTP_PORTS: '39180-39181' } });
    await world.answers(twiml('<Gather timeout="600"/>'));
    const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];
    const call = await bob.dial(OURS);

    await expect(carol.dial(OURS)).rejects.toMatchObject({ status: 503 });
    const placed = await world.place({ To: CAROL, Twiml: twiml() });

    await world.becomes(placed.sid, 'failed');
    expect(await world.alert(32011)).toContain('TUTTI_RTP_PORTS');
    expect(call.isLive).toBe(true);
    await call.hangUp();
    await world.quiet();
  });

  it('of a call to us whose answer has no codec in common is failed', async () => {
    await using peer = await openPeer((call) => {
      const offer = parseSdp(call.offer ?? '');
      if (!offer.ok) throw new Error('no offer');
      void call
        .answer(
          offerOf(4000)
            .replace('RTP/AVP 0', 'RTP/AVP 96')
            .replace('0 PCMU/8000', '96 opus/48000/2'),
        )
        .catch(() => undefined);
    });
    await using world = await World.open();

    const placed = await world.place({ To: peer.uri('desk'), Twiml: twiml() });

    await world.becomes(placed.sid, 'failed');
    await world.alert(32102);
    await world.quiet();
  });
});

describe.concurrent('a phone', () => {
  it('that holds hears nothing, and hears again when it resumes', async () => {
    await using world = await World.open();
    const { conductorSid } = await world.conversation({ ProxyAddress: OURS });
    const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];
    const bobs = await bob.dial(OURS);
    const carols = await carol.dial(OURS);
    await hearEachOther(bobs, carols);

    await bobs.hold();
    const tone = carols.playTone(1000);
    await bobs.hears({ silence: true });
    await bobs.resume();
    await bobs.hears({ tone: 1000 });
    tone.stop();

    await hearEachOther(bobs, carols);
    expect(await world.get(`/v1/Conductors/${conductorSid}`)).toMatchObject({ status: 'active' });
    await Promise.all([bobs.hangUp(), carols.hangUp()]);
    await world.quiet();
  });

  it('that never sends ACK is given up, and failed', async () => {
    await using world = await World.open({ clock: fastClock() });
    await world.answers(twiml('<Gather timeout="600"/>'));
    await using mute = await RawCaller.open({ server: world.tutti.sip, to: OURS });

    mute.invite(offerOf(mute.rtpPort));
    await mute.heard('SIP/2.0 200', 2);

    await eventually(async () => expect((await world.onlyCall()).status).toBe('failed'));
    await world.quiet();
  });

  it('that sends garbage as RTP disturbs nobody', async () => {
    await using world = await World.open();
    await world.conversation({ ProxyAddress: OURS });
    const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];
    await using vandal = await caller();
    const outgoing = vandal.invite({
      uri: ourUri(world),
      from: 'sip:vandal@127.0.0.1',
      sdp: offerOf(4000),
    });
    const result = await outgoing.result;
    if (result.kind !== 'answered') throw new Error(result.kind);
    const audio = readAudioAnswer(result.sdp);
    if (!audio.ok) throw new Error(audio.error.message);
    const socket = createSocket('udp4');
    const bobs = await bob.dial(OURS);
    const carols = await carol.dial(OURS);

    for (let size = 0; size < 200; size += 1) {
      const garbage = Buffer.alloc(size, size);
      if (size % 2 === 0 && size > 12) garbage.writeUInt8(0x80, 0);
      socket.send(garbage, audio.value.remotePort, audio.value.remoteHost);
    }
    socket.send(Buffer.alloc(60_000, 0x80), audio.value.remotePort, audio.value.remoteHost);

    await hearEachOther(bobs, carols);
    await result.dialog.bye();
    await Promise.all([bobs.hangUp(), carols.hangUp()]);
    socket.close();
    await world.quiet();
  });
});

describe.concurrent('a web server', () => {
  it('that is slow lets the caller wait, and the call still runs', async () => {
    await using world = await World.open();
    world.hooks.reply('/voice', {
      delayMs: 1500,
      headers: { 'Content-Type': 'text/xml' },
      body: twiml('<Play digits="1"/>'),
    });
    await world.number({ VoiceUrl: world.hooks.at('/voice') });
    const bob = await world.phone(BOB);

    const call = await bob.dial(OURS);

    await call.hears({ digits: '1' });
  });

  it('that never answers is given up after 15 seconds, with alert 11203', async () => {
    await using world = await World.open({ clock: fastClock() });
    world.hooks.reply('/voice', { delayMs: 60_000 });
    await world.number({ VoiceUrl: world.hooks.at('/voice') });
    const bob = await world.phone(BOB);

    await expect(bob.dial(OURS)).rejects.toMatchObject({ status: 500 });

    await world.alert(11203);
  });

  it('that is slow does not keep a caller who hangs up', async () => {
    await using world = await World.open();
    world.hooks.reply('/voice', { delayMs: 60_000 });
    const bob = await world.phone(BOB);
    const placed = await world.place({ Url: world.hooks.at('/voice') });
    const call = await answered(bob);
    await world.hooks.next('/voice');

    await call.hangUp();

    await world.becomes(placed.sid, 'completed');
    expect(await world.alerts()).toEqual([]);
    await world.quiet();
  });
});
