import { describe, expect, test } from 'vitest';

import { type CallDialog, FakeClock, type SipRequest } from '../src/index.ts';
import { RawPeer } from './_raw-peer.ts';
import { listen, listenForCalls, rawRequest, SDP } from './_setup.ts';

async function called(headers: readonly string[]) {
  const clock = new FakeClock();
  const peer = await RawPeer.open();
  const caller = await listen({ clock });
  const call = caller.invite({
    uri: `sip:bob@127.0.0.1:${peer.port}`,
    from: 'sip:alice@127.0.0.1',
    sdp: SDP,
  });
  const invite = await peer.request('INVITE');
  peer.answer(invite, '200 OK', { headers, sdp: SDP });
  const result = await call.result;
  if (result.kind !== 'answered') throw new Error(result.kind);
  const ack = await peer.request('ACK');
  const send = (method: string, seq: number, extra: readonly string[] = [], body = '') => {
    sendInDialog(peer, ack, { method, seq, extra, body, port: caller.port });
  };
  return {
    clock,
    peer,
    invite,
    send,
    /** Resolves when everything sent so far has been taken in. */
    settled: async (seq: number) => {
      send('OPTIONS', seq);
      await peer.response(200);
    },
    dialog: result.dialog,
    [Symbol.asyncDispose]: async () => {
      await hangUp(peer, result.dialog);
      await caller.close();
      await peer[Symbol.asyncDispose]();
    },
  };
}

async function hangUp(peer: RawPeer, dialog: CallDialog): Promise<void> {
  const bye = dialog.bye();
  void peer.request('BYE').then((request) => {
    peer.answer(request, '200 OK');
  });
  await bye;
}

function sendInDialog(
  peer: RawPeer,
  ack: SipRequest,
  request: { method: string; seq: number; extra: readonly string[]; body: string; port: number },
): void {
  const { method, seq, extra, body, port } = request;
  const lines = [
    `${method} sip:alice@127.0.0.1 SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${peer.port};branch=z9hG4bKs${method}${seq}`,
    `From: ${ack.headers.get('to')}`,
    `To: ${ack.headers.get('from')}`,
    `Call-ID: ${ack.headers.get('call-id')}`,
    `CSeq: ${seq} ${method}`,
    `Contact: <sip:raw@127.0.0.1:${peer.port}>`,
    ...extra,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  peer.send(Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`), port);
}

describe('a session that we refresh', () => {
  test('is refreshed by UPDATE where the peer takes it, again and again', async () => {
    const agreed = ['Session-Expires: 200;refresher=uac', 'Require: timer'];
    await using world = await called([...agreed, 'Allow: INVITE, UPDATE']);
    const { peer, clock, invite, settled } = world;
    expect(invite.headers.get('session-expires')).toBe('1800');

    for (const seq of [2, 3]) {
      clock.advance(100_000);
      const update = await peer.request('UPDATE');
      expect(update.headers.get('cseq')).toBe(`${seq} UPDATE`);
      expect(update.body).toHaveLength(0);
      peer.answer(update, '200 OK', { headers: agreed });
      await settled(seq);
    }
  });

  test('is refreshed by re-INVITE with the same offer where it does not', async () => {
    await using world = await called(['Session-Expires: 200;refresher=uac', 'Allow: INVITE']);
    const { peer, clock } = world;

    clock.advance(100_000);

    const again = await peer.request('INVITE');
    expect(Buffer.from(again.body).toString()).toBe(SDP);
    peer.answer(again, '200 OK', { sdp: SDP });
    await peer.request('ACK');
  });

  test.each(['481 Call/Transaction Does Not Exist', '408 Request Timeout'])(
    'and is met with %s is over',
    async (status) => {
      await using world = await called(['Session-Expires: 200;refresher=uac', 'Allow: UPDATE']);
      const { peer, clock, dialog } = world;

      clock.advance(100_000);
      peer.answer(await peer.request('UPDATE'), status);

      expect(await dialog.ended).toMatchObject({ by: 'timeout' });
    },
  );
});

describe('a session that the peer refreshes', () => {
  test('is over when it does not', async () => {
    await using world = await called(['Session-Expires: 90;refresher=uas']);
    const { clock, dialog } = world;

    clock.advance(60_000);

    expect(await dialog.ended).toEqual({ by: 'timeout', reason: 'Session expired' });
  });

  test('lives on when it does, by UPDATE or re-INVITE', async () => {
    await using world = await called(['Session-Expires: 90;refresher=uas']);
    const { clock, peer, send, dialog, settled } = world;
    dialog.setOfferHandler(() => SDP);
    const refresh = ['Supported: timer', 'Session-Expires: 90;refresher=uac'];
    let over = false;
    void dialog.ended.then(() => {
      over = true;
    });

    clock.advance(50_000);
    send('UPDATE', 1, refresh);
    const ok = await peer.response(200);
    expect(ok.headers.get('session-expires')).toBe('90;refresher=uac');
    clock.advance(50_000);
    send('INVITE', 2, refresh, SDP);
    await peer.response(200);
    send('ACK', 2);
    await settled(3);
    clock.advance(50_000);

    expect(over).toBe(false);
  });

  test('is not had with less than 90 s', async () => {
    await using world = await called([]);
    const { peer, send } = world;

    send('UPDATE', 1, ['Supported: timer', 'Session-Expires: 30']);

    expect((await peer.response(422)).headers.get('min-se')).toBe('90');
  });
});

describe('an UPDATE', () => {
  test('with an offer is answered, and one nobody can take is refused', async () => {
    await using world = await called([]);
    const { peer, send, dialog } = world;

    send('UPDATE', 1, [], SDP);
    await peer.response(488);
    dialog.setOfferHandler(() => SDP);
    send('UPDATE', 2, [], SDP.replace('4000', '4008'));

    const ok = await peer.response(200);
    expect(Buffer.from(ok.body).toString()).toBe(SDP);
    expect(dialog.remoteSdp).toContain('4008');
  });

  test('with an offer that meets ours is refused', async () => {
    await using world = await called([]);
    const { peer, send, dialog } = world;
    const answer = dialog.reinvite(SDP);
    const ours = await peer.request('INVITE');

    send('UPDATE', 1, [], SDP);

    await peer.response(491);
    peer.answer(ours, '200 OK', { sdp: SDP });
    expect(await answer).toBe(SDP);
    await peer.request('ACK');
  });
});

test('an INVITE that wants too short a session is refused, and one refused as too short is repeated', async () => {
  await using peer = await RawPeer.open();
  const { endpoint: callee } = await listenForCalls();
  await using _callee = callee;
  const extra = ['Supported: timer', 'Session-Expires: 60'];
  peer.send(rawRequest('INVITE', 'sip:a@b', { port: peer.port, extra }), callee.port);
  expect((await peer.response(422)).headers.get('min-se')).toBe('90');

  await using caller = await listen();
  const call = caller.invite({
    uri: `sip:bob@127.0.0.1:${peer.port}`,
    from: 'sip:alice@127.0.0.1',
    sdp: SDP,
  });
  peer.answer(await peer.request('INVITE'), '422 Session Interval Too Small', {
    headers: ['Min-SE: 3600'],
  });
  await peer.request('ACK');
  const second = await peer.request('INVITE');

  expect(second.headers.get('session-expires')).toBe('3600');
  peer.answer(second, '486 Busy Here');
  expect(await call.result).toMatchObject({ kind: 'refused', status: 486 });
});
