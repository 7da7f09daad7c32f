import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createAudioOffer, formatChallenge, type IncomingCall } from '@tutti/sip';
import { describe, expect, it } from 'vitest';
import { openPeer, type Peer } from './_peer.ts';
import { BOB, type Json, twiml, World } from './_world.ts';

const HANG_UP = { Twiml: twiml('<Hangup/>') };

/** A gateway that does so with each call; `asked` are the numbers it was asked for. */
async function gateway(
  take: (call: IncomingCall) => void,
): Promise<Peer & { readonly asked: string[]; readonly hop: string }> {
  const asked: string[] = [];
  const peer = await openPeer((call) => {
    asked.push(call.requestUri.user ?? '');
    take(call);
  });
  return { ...peer, asked, hop: `sip:127.0.0.1:${peer.endpoint.port}` };
}

function answer(call: IncomingCall): void {
  void call.answer(
    createAudioOffer({ host: '127.0.0.1', port: 9, codecs: ['PCMU'], sessionId: 1 }),
  );
}

/** It takes what comes and says nothing. */
async function silence(): Promise<{ socket: Socket; hop: string; heard: string[] }> {
  const socket = createSocket('udp4');
  const heard: string[] = [];
  socket.on('message', (bytes) => heard.push(bytes.toString()));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { socket, hop: `sip:127.0.0.1:${socket.address().port}`, heard };
}

const trunk = (...hops: string[]) => World.open({ env: { TUTTI_SIP_TRUNK: hops.join(',') } });

async function placed(world: World, status: string, form: Json = HANG_UP): Promise<Json> {
  const { sid } = await world.place(form);
  return world.becomes(sid, status);
}

describe.concurrent('a trunk of several gateways', () => {
  it('is left by the next where the first cannot serve, which is tried last from then on', async () => {
    await using first = await gateway((call) => call.reject(503));
    await using second = await gateway(answer);
    await using world = await trunk(first.hop, second.hop);

    await placed(world, 'completed');
    await placed(world, 'completed');

    expect([first.asked, second.asked]).toEqual([[BOB], [BOB, BOB]]);
    expect(await world.alerts(32011)).toEqual([]);
    await world.quiet();
  });

  it('is left by the next where the first is not there, or says nothing for four seconds', async () => {
    const { socket, hop, heard } = await silence();
    await using last = await gateway(answer);
    await using world = await trunk('sip:127.0.0.1:1;transport=tcp', hop, last.hop);

    await placed(world, 'completed');

    expect(last.asked).toEqual([BOB]);
    expect(heard.filter((message) => message.startsWith('INVITE'))).not.toEqual([]);
    socket.close();
    await world.quiet();
  });

  it.each([
    [404, 'failed'],
    [486, 'busy'],
    [603, 'busy'],
  ])('does not ask the next what the first has answered with %i', async (status, becomes) => {
    await using first = await gateway((call) => call.reject(status));
    await using second = await gateway(answer);
    await using world = await trunk(first.hop, second.hop);

    await placed(world, becomes);

    expect(second.asked).toEqual([]);
  });

  it('rings nobody twice: after ringing, no answer is an answer', async () => {
    await using first = await gateway((call) => {
      call.ring();
      call.reject(408);
    });
    await using second = await gateway(answer);
    await using world = await trunk(first.hop, second.hop);

    await placed(world, 'no-answer');

    expect(second.asked).toEqual([]);
  });

  it('that all fail is told of in one alert, with what each said', async () => {
    await using first = await gateway((call) => call.reject(503));
    await using world = await trunk(first.hop, 'sip:127.0.0.1:1;transport=tcp');

    const call = await placed(world, 'failed');

    const [alert, ...others] = await world.alerts(32011);
    expect(others).toEqual([]);
    expect(alert).toMatchObject({ resource_sid: call.sid });
    expect(alert.alert_text).toContain('every gateway of the trunk');
    expect(alert.alert_text).toContain(`${first.hop}: 503`);
    expect(alert.alert_text).toMatch(/127\.0\.0\.1:1;transport=tcp: .*ECONNREFUSED/);
  });

  it('is asked through a proxy, with the Request-URI and the route of the gateway', async () => {
    const seen: (readonly [string | undefined, string])[] = [];
    await using proxy = await gateway((call) => {
      seen.push([call.request.headers.get('route'), call.request.uri]);
      answer(call);
    });
    await using world = await World.open({
      env: { TUTTI_SIP_TRUNK: 'carrier.example', TUTTI_SIP_TRUNK_PROXY: proxy.hop },
    });

    await placed(world, 'completed');

    expect(seen).toEqual([[`<${proxy.hop};lr>`, `sip:${BOB}@carrier.example`]]);
  });

  it('gives each gateway its own credentials', async () => {
    const users: string[] = [];
    const asks = (call: IncomingCall): void => {
      const given = call.request.headers.get('authorization');
      if (given === undefined) {
        const challenge = formatChallenge({ realm: 'carrier', nonce: 'n' });
        call.reject(401, { headers: { 'WWW-Authenticate': challenge } });
        return;
      }
      users.push(/username="([^"]*)"/.exec(given)?.[1] ?? '');
      call.reject(503);
    };
    await using first = await gateway(asks);
    await using second = await gateway(asks);
    const own = first.hop.replace('sip:', 'sip:ann:secret@');
    await using world = await World.open({
      env: {
        TUTTI_SIP_TRUNK: `${own},${second.hop}`,
        TUTTI_SIP_TRUNK_USERNAME: 'all',
        TUTTI_SIP_TRUNK_PASSWORD: 'shared',
      },
    });

    await placed(world, 'failed');

    expect(users).toEqual(['ann', 'all']);
  });
});

describe.concurrent('a call that is redirected', () => {
  const to = (...contacts: string[]) => ({ headers: { Contact: contacts.join(', ') } });

  it('goes to the contact that is preferred, and to the next when that cannot be reached', async () => {
    await using good = await gateway(answer);
    await using asked = await gateway((call) =>
      call.reject(
        302,
        to(`<${good.uri('ann')}>;q=0.3`, '<sip:bob@127.0.0.1:1;transport=tcp>;q=0.8'),
      ),
    );
    await using world = await World.open();

    await placed(world, 'completed', { ...HANG_UP, To: asked.uri('bob') });

    expect([asked.asked, good.asked]).toEqual([['bob'], ['ann']]);
  });

  it('in a circle is ended, and an alert says so', async () => {
    await using asked = await gateway((call) => call.reject(302, to(`<${call.request.uri}>`)));
    await using world = await World.open();

    await placed(world, 'failed', { ...HANG_UP, To: asked.uri('bob') });

    expect(asked.asked).toEqual(['bob']);
    expect(await world.alert(32219)).toContain(`${asked.uri('bob')} was called already`);
  });

  it('takes no password to a stranger', async () => {
    const given: (string | undefined)[] = [];
    const challenge = formatChallenge({ realm: 'stranger', nonce: 'n' });
    await using stranger = await gateway((call) => {
      given.push(call.request.headers.get('authorization'));
      call.reject(401, { headers: { 'WWW-Authenticate': challenge } });
    });
    const { port } = stranger.endpoint;
    await using asked = await gateway((call) =>
      call.reject(302, to(`<sip:bob@localhost:${port}>`)),
    );
    await using world = await World.open();

    await placed(world, 'failed', {
      ...HANG_UP,
      To: asked.uri('bob'),
      SipAuthUsername: 'us',
      SipAuthPassword: 'pass',
    });

    expect(given).toEqual([undefined]);
  });

  it.each([
    ['to no SIP URI', 'sip', '<tel:+15551234567>', 'names no SIP URI'],
    ['to somewhere else for ever', 'sip', 'on', 'More than 5 redirections'],
  ])('%s is ended', async (_what, user, contact, problem) => {
    let count = 0;
    await using asked = await gateway((call) => {
      count += 1;
      call.reject(302, to(contact === 'on' ? `<${asked.uri(`bob${count}`)}>` : contact));
    });
    await using world = await World.open();

    await placed(world, 'failed', { ...HANG_UP, To: asked.uri(user) });

    expect(await world.alert(32219)).toContain(problem);
  });
});
