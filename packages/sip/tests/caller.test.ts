import { describe, expect, test } from 'vitest';

import { FakeClock, type SipEndpoint, type SipRequest, parseAuthorization } from '../src/index.ts';
import { RawPeer } from './_raw-peer.ts';
import { Inbox, listen, SDP } from './_setup.ts';

function place(caller: SipEndpoint, peer: RawPeer, extra: object = {}) {
  return caller.invite({
    uri: `sip:bob@127.0.0.1:${peer.port}`,
    from: 'sip:alice@127.0.0.1',
    sdp: SDP,
    ...extra,
  });
}

async function answered(caller: SipEndpoint, peer: RawPeer, headers: readonly string[] = []) {
  const call = place(caller, peer);
  const invite = await peer.request('INVITE');
  peer.answer(invite, '200 OK', { headers, sdp: SDP });
  const result = await call.result;
  if (result.kind !== 'answered') throw new Error(result.kind);
  const ack = await peer.request('ACK');
  return { invite, ack, dialog: result.dialog };
}

describe('INVITE that nobody answers', () => {
  test('is sent seven times in 32 s over UDP and then fails', async () => {
    const clock = new FakeClock();
    await using peer = await RawPeer.open();
    await using caller = await listen({ clock });
    const call = place(caller, peer);
    const sent = [await peer.request('INVITE')];

    // Timer A: 500 ms, then twice as long each time: RFC 3261 §17.1.1.2.
    for (const ms of [500, 1000, 2000, 4000, 8000, 16_000]) {
      clock.advance(ms);
      sent.push(await peer.request('INVITE'));
    }
    clock.advance(500);

    expect(await call.result).toMatchObject({ kind: 'failed', cause: 'timeout' });
    expect(new Set(sent.map(({ headers }) => headers.get('via'))).size).toBe(1);
    expect(caller.counts).toMatchObject({ transactions: 0, dialogs: 0, timers: 0 });
  });
});

describe('a 2xx', () => {
  test('is acknowledged again, with the same ACK, each time it comes again', async () => {
    await using peer = await RawPeer.open();
    await using caller = await listen();
    const { invite, ack } = await answered(caller, peer);

    peer.answer(invite, '200 OK', { sdp: SDP });

    const again = await peer.request('ACK');
    expect(again.headers.entries()).toEqual(ack.headers.entries());
    peer.answer(await byeOnClose(caller, peer), '200 OK');
  });

  test('is acknowledged even after its transaction is gone', async () => {
    const clock = new FakeClock();
    await using peer = await RawPeer.open();
    await using caller = await listen({ clock });
    const { invite } = await answered(caller, peer);

    clock.advance(40_000);
    expect(caller.counts.transactions).toBe(0);
    peer.answer(invite, '200 OK', { sdp: SDP });

    await peer.request('ACK');
    peer.answer(await byeOnClose(caller, peer), '200 OK');
  });

  test('from a second fork is acknowledged and hung up', async () => {
    await using peer = await RawPeer.open();
    await using caller = await listen();
    const { invite } = await answered(caller, peer);

    peer.answer(invite, '200 OK', { tag: 'fork2', sdp: SDP });

    const ack = await peer.request('ACK');
    expect(ack.headers.get('to')).toContain('tag=fork2');
    const bye = await peer.request('BYE');
    expect(bye.headers.get('to')).toContain('tag=fork2');
    peer.answer(bye, '200 OK');
    peer.answer(await byeOnClose(caller, peer), '200 OK');
  });

  test('without SDP is hung up, and the call fails as malformed', async () => {
    await using peer = await RawPeer.open();
    await using caller = await listen();
    const call = place(caller, peer);

    peer.answer(await peer.request('INVITE'), '200 OK');

    expect(await call.result).toMatchObject({ kind: 'failed', cause: 'malformed' });
    await peer.request('ACK');
    peer.answer(await peer.request('BYE'), '200 OK');
  });

  test.each(['<<>>', '<tel:+15551234567>'])(
    'whose Record-Route is %s is hung up where its Contact leads, and the call fails',
    async (route) => {
      await using peer = await RawPeer.open();
      await using caller = await listen();
      const call = place(caller, peer);
      const invite = await peer.request('INVITE');

      peer.answer(invite, '200 OK', { headers: [`Record-Route: ${route}`], sdp: SDP });

      expect(await call.result).toMatchObject({
        kind: 'failed',
        cause: 'malformed',
        message: expect.stringContaining('Record-Route'),
      });
      const ack = await peer.request('ACK');
      expect(ack.uri).toBe(`sip:raw@127.0.0.1:${peer.port}`);
      expect(ack.headers.get('route')).toBeUndefined();
      peer.answer(await peer.request('BYE'), '200 OK');
    },
  );

  test('without SDP is taken when the answer came in a 183 of the same fork', async () => {
    await using peer = await RawPeer.open();
    await using caller = await listen();
    const provisionals = new Inbox<unknown>();
    const call = place(caller, peer, { onProvisional: provisionals.put });
    const invite = await peer.request('INVITE');
    peer.answer(invite, '183 Session Progress', { sdp: SDP });
    await provisionals.next();

    peer.answer(invite, '200 OK');

    expect(await call.result).toMatchObject({ kind: 'answered', sdp: SDP });
    peer.answer(await byeOnClose(caller, peer), '200 OK');
  });
});

describe('CANCEL', () => {
  test('waits for a provisional response and has the branch of the INVITE', async () => {
    await using peer = await RawPeer.open();
    await using caller = await listen();
    const call = place(caller, peer);
    const invite = await peer.request('INVITE');

    call.cancel();
    expect(peer.count('CANCEL')).toBe(0);
    peer.answer(invite, '180 Ringing');

    const cancel = await peer.request('CANCEL');
    expect(cancel.headers.get('via')).toBe(invite.headers.get('via'));
    expect(cancel.headers.get('cseq')).toBe('1 CANCEL');
    expect(cancel.uri).toBe(invite.uri);
    peer.answer(cancel, '200 OK');
    peer.answer(invite, '487 Request Terminated');
    expect(await call.result).toEqual({ kind: 'canceled' });
    await peer.request('ACK');
  });

  test('that crosses a 200 leaves the call acknowledged and hung up', async () => {
    await using peer = await RawPeer.open();
    await using caller = await listen();
    const provisionals = new Inbox<unknown>();
    const call = place(caller, peer, { onProvisional: provisionals.put });
    const invite = await peer.request('INVITE');
    peer.answer(invite, '180 Ringing');
    await provisionals.next();

    call.cancel();
    peer.answer(invite, '200 OK', { sdp: SDP });

    expect(await call.result).toEqual({ kind: 'canceled' });
    await peer.request('ACK');
    peer.answer(await peer.request('BYE'), '200 OK');
  });

  test('that nobody obeys ends the call after 32 s', async () => {
    const clock = new FakeClock();
    await using peer = await RawPeer.open();
    await using caller = await listen({ clock });
    const provisionals = new Inbox<unknown>();
    const call = place(caller, peer, { onProvisional: provisionals.put });
    peer.answer(await peer.request('INVITE'), '180 Ringing');
    await provisionals.next();
    call.cancel();

    clock.advance(32_000);

    expect(await call.result).toEqual({ kind: 'canceled' });
    expect(caller.counts).toMatchObject({ transactions: 0, timers: 0 });
  });
});

describe('a route set', () => {
  test('of loose routers is taken in reverse and leads the ACK', async () => {
    await using peer = await RawPeer.open();
    await using far = await RawPeer.open();
    await using caller = await listen();

    const { ack } = await answered(caller, peer, [
      `Contact: <sip:bob@127.0.0.1:${far.port}>`,
      'Record-Route: <sip:far.example.com;lr>',
      `Record-Route: <sip:127.0.0.1:${peer.port};lr>`,
    ]);

    expect(ack.uri).toBe(`sip:bob@127.0.0.1:${far.port}`);
    expect(ack.headers.list('route')).toEqual([
      `<sip:127.0.0.1:${peer.port};lr>`,
      '<sip:far.example.com;lr>',
    ]);
    expect(far.received).toEqual([]);
    peer.answer(await byeOnClose(caller, peer), '200 OK');
  });

  test('that begins with a strict router puts the target last', async () => {
    await using peer = await RawPeer.open();
    await using caller = await listen();

    const { ack } = await answered(caller, peer, [
      'Contact: <sip:bob@192.0.2.9>',
      `Record-Route: <sip:127.0.0.1:${peer.port}>`,
    ]);

    expect(ack.uri).toBe(`sip:127.0.0.1:${peer.port}`);
    expect(ack.headers.list('route')).toEqual(['<sip:bob@192.0.2.9>']);
    peer.answer(await byeOnClose(caller, peer), '200 OK');
  });

  test('is begun by an outbound proxy, where the INVITE goes', async () => {
    await using proxy = await RawPeer.open();
    await using caller = await listen();
    const call = caller.invite({
      uri: 'sip:+15551234567@carrier.invalid',
      from: 'sip:alice@127.0.0.1',
      sdp: SDP,
      proxy: `127.0.0.1:${proxy.port}`,
    });

    const invite = await proxy.request('INVITE');
    expect(invite.uri).toBe('sip:+15551234567@carrier.invalid');
    expect(invite.headers.get('route')).toBe(`<sip:127.0.0.1:${proxy.port};lr>`);
    proxy.answer(invite, '404 Not Found');
    expect(await call.result).toMatchObject({ kind: 'refused', status: 404 });
    const ack = await proxy.request('ACK');
    expect(ack.headers.get('route')).toBe(invite.headers.get('route'));
    expect(ack.headers.get('via')).toBe(invite.headers.get('via'));
  });

  test('a private Contact is passed over for the address the peer was seen at', async () => {
    await using peer = await RawPeer.open();
    await using caller = await listen();

    const { ack } = await answered(caller, peer, ['Contact: <sip:bob@10.1.2.3:5066>']);

    expect(ack.uri).toBe('sip:bob@10.1.2.3:5066');
    peer.answer(await byeOnClose(caller, peer), '200 OK');
  });
});

describe('a challenge', () => {
  test.each([
    ['401 Unauthorized', 'WWW-Authenticate', 'Authorization'],
    ['407 Proxy Authentication Required', 'Proxy-Authenticate', 'Proxy-Authorization'],
  ])('%s is answered with the next CSeq', async (status, ask, reply) => {
    await using peer = await RawPeer.open();
    await using caller = await listen();
    const call = place(caller, peer, { credentials: { username: 'alice', password: 'secret' } });
    const first = await peer.request('INVITE');

    peer.answer(first, status, { headers: [`${ask}: Digest realm="r", nonce="n1", qop="auth"`] });

    await peer.request('ACK');
    const second = await peer.request('INVITE');
    expect(second.headers.get('cseq')).toBe('2 INVITE');
    expect(second.headers.get('call-id')).toBe(first.headers.get('call-id'));
    expect(second.headers.get('from')).toBe(first.headers.get('from'));
    expect(second.headers.get(reply)).toContain('username="alice"');
    peer.answer(second, '200 OK', { sdp: SDP });
    expect((await call.result).kind).toBe('answered');
    // The ACK repeats the credentials: RFC 3261 §22.1.
    expect((await peer.request('ACK')).headers.get(reply)).toBe(second.headers.get(reply));
    peer.answer(await byeOnClose(caller, peer), '200 OK');
  });

  test('to credentials just given is a refusal', async () => {
    await using peer = await RawPeer.open();
    await using caller = await listen();
    const call = place(caller, peer, { credentials: { username: 'alice', password: 'wrong' } });
    const headers = ['WWW-Authenticate: Digest realm="r", nonce="n1", qop="auth"'];

    peer.answer(await peer.request('INVITE'), '401 Unauthorized', { headers });
    await peer.request('ACK');
    peer.answer(await peer.request('INVITE'), '401 Unauthorized', { headers });

    expect(await call.result).toMatchObject({ kind: 'refused', status: 401 });
  });

  test('of several is answered with the strongest of each realm', async () => {
    await using peer = await RawPeer.open();
    await using caller = await listen();
    const call = place(caller, peer, { credentials: { username: 'alice', password: 'secret' } });
    const asks = ['a", algorithm="MD5', 'a", algorithm="SHA-256', 'a", algorithm="X', 'b'].map(
      (rest) => `Proxy-Authenticate: Digest nonce="n", qop="auth", realm="${rest}"`,
    );

    peer.answer(await peer.request('INVITE'), '407 Proxy Authentication Required', {
      headers: asks,
    });
    await peer.request('ACK');
    const second = await peer.request('INVITE');

    const answers = second.headers.getAll('proxy-authorization').map((line) => {
      const answer = parseAuthorization(line);
      return answer.ok ? `${answer.value.realm} ${answer.value.algorithm}` : '';
    });
    expect(answers).toEqual(['a SHA-256', 'b MD5']);
    // The same again can only mean that the password is wrong.
    peer.answer(second, '407 Proxy Authentication Required', { headers: asks });
    expect(await call.result).toMatchObject({ kind: 'refused', status: 407 });
  });

  test('to a BYE is answered too', async () => {
    await using peer = await RawPeer.open();
    await using caller = await listen();
    const call = place(caller, peer, { credentials: { username: 'alice', password: 'secret' } });
    peer.answer(await peer.request('INVITE'), '200 OK', { sdp: SDP });
    const result = await call.result;
    if (result.kind !== 'answered') throw new Error(result.kind);

    const bye = result.dialog.bye();
    peer.answer(await peer.request('BYE'), '401 Unauthorized', {
      headers: ['WWW-Authenticate: Digest realm="r", nonce="n1", qop="auth"'],
    });
    const second = await peer.request('BYE');

    expect(second.headers.get('authorization')).toContain('response=');
    peer.answer(second, '200 OK');
    await bye;
    expect(caller.counts.dialogs).toBe(0);
  });
});

describe('a re-INVITE', () => {
  test('that meets 491 is tried again after a while', async () => {
    const clock = new FakeClock();
    await using peer = await RawPeer.open();
    await using caller = await listen({ clock });
    const { dialog } = await answered(caller, peer);
    const answer = dialog.reinvite(SDP);
    peer.answer(await peer.request('INVITE'), '491 Request Pending');
    await peer.request('ACK');

    clock.advance(4000);
    const second = await peer.request('INVITE');
    expect(second.headers.get('cseq')).toBe('3 INVITE');
    peer.answer(second, '200 OK', { sdp: SDP });

    expect(await answer).toBe(SDP);
    peer.answer(await byeOnClose(caller, peer), '200 OK');
  });

  test('from the peer meets 491 while ours is unanswered', async () => {
    await using peer = await RawPeer.open();
    await using caller = await listen();
    const { dialog, ack } = await answered(caller, peer);
    dialog.setOfferHandler(() => SDP);
    const answer = dialog.reinvite(SDP);
    const ours = await peer.request('INVITE');

    sendInDialog(peer, ack, 'INVITE', 1);

    await peer.response(491);
    sendInDialog(peer, ack, 'ACK', 1);
    peer.answer(ours, '200 OK', { sdp: SDP });
    expect(await answer).toBe(SDP);
    peer.answer(await byeOnClose(caller, peer), '200 OK');
  });

  test('answered 481 ends the dialog', async () => {
    await using peer = await RawPeer.open();
    await using caller = await listen();
    const { dialog } = await answered(caller, peer);
    const answer = dialog.reinvite(SDP);

    peer.answer(await peer.request('INVITE'), '481 Call Does Not Exist');

    await expect(answer).rejects.toMatchObject({ code: 'refused', status: 481 });
    expect((await dialog.ended).by).toBe('timeout');
    peer.answer(await peer.request('BYE'), '481 Call Does Not Exist');
  });

  test('without an offer is answered with ours, and the ACK brings the answer', async () => {
    await using peer = await RawPeer.open();
    await using caller = await listen();
    const { dialog, ack } = await answered(caller, peer);
    const answers = new Inbox<string>();
    dialog.setOfferHandler((offer) => (offer === undefined ? SDP : undefined));
    dialog.setAnswerHandler(answers.put);
    sendInDialog(peer, ack, 'INVITE', 1);
    const ok = await peer.response(200);
    expect(Buffer.from(ok.body).toString()).toBe(SDP);

    const theirs = SDP.replace('4000', '5000');
    sendInDialog(peer, ack, 'ACK', 1, theirs);

    expect(await answers.next()).toBe(theirs);
    expect(dialog.remoteSdp).toBe(theirs);
    peer.answer(await byeOnClose(caller, peer), '200 OK');
  });
});

test.each([
  ['INVITE', 'Content-Type: application/isup'],
  ['INVITE', 'Content-Encoding: gzip'],
  ['UPDATE', 'Content-Encoding: gzip'],
])(
  'an %s of the peer whose body has %s is refused with 415, not taken for none',
  async (method, line) => {
    await using peer = await RawPeer.open();
    await using caller = await listen();
    const { dialog, ack } = await answered(caller, peer);
    dialog.setOfferHandler(() => SDP);

    sendInDialog(peer, ack, method, 1, 'packed', [line]);

    const refused = await peer.response(415);
    expect(refused.headers.get('accept')).toBe('application/sdp');
    expect(refused.headers.get('accept-encoding')).toBe('identity');
    peer.answer(await byeOnClose(caller, peer), '200 OK');
  },
);

test('INFO reaches its handler and a BYE with a reason ends the call', async () => {
  await using peer = await RawPeer.open();
  await using caller = await listen();
  const { dialog, ack } = await answered(caller, peer);
  const infos = new Inbox<unknown>();
  dialog.setInfoHandler?.(infos.put);

  sendInDialog(peer, ack, 'INFO', 1, 'Signal=5', ['Content-Type: application/dtmf-relay']);
  expect(await infos.next()).toEqual({ contentType: 'application/dtmf-relay', body: 'Signal=5' });
  await peer.response(200);
  // Out of order: RFC 3261 §12.2.2.
  sendInDialog(peer, ack, 'INFO', 0);
  await peer.response(500);
  sendInDialog(peer, ack, 'MESSAGE', 2);
  await peer.response(405);
  sendInDialog(peer, ack, 'BYE', 3, '', ['Reason: Q.850;cause=16']);
  await peer.response(200);

  expect(await dialog.ended).toEqual({ by: 'remote', reason: 'Q.850;cause=16' });
  sendInDialog(peer, ack, 'BYE', 4);
  await peer.response(481);
});

test('closing is over in bounded time although the peer is silent', async () => {
  const clock = new FakeClock();
  await using peer = await RawPeer.open();
  const caller = await listen({ clock, closeTimeoutMs: 1000 });
  const { dialog } = await answered(caller, peer);
  const second = place(caller, peer);
  await peer.request('INVITE');

  const closed = caller.close();
  await peer.request('BYE');
  clock.advance(1000);
  await closed;

  expect((await dialog.ended).by).toBe('local');
  expect((await second.result).kind).toBe('canceled');
  expect(caller.counts).toEqual({ transactions: 0, dialogs: 0, connections: 0, timers: 0 });
  expect(clock.pending).toBe(0);
});

/** Closes the endpoint and gives the BYE it says. */
function byeOnClose(caller: SipEndpoint, peer: RawPeer): Promise<SipRequest> {
  void caller.close();
  return peer.request('BYE');
}

/** Sends a request in the dialog of an ACK the peer received. */
function sendInDialog(
  peer: RawPeer,
  ack: SipRequest,
  method: string,
  seq: number,
  body = '',
  extra: readonly string[] = [],
): void {
  const lines = [
    `${method} sip:alice@127.0.0.1 SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${peer.port};branch=z9hG4bK${method === 'ACK' ? 'INVITE' : method}${seq}${body === '' ? '' : 'b'}`,
    `From: ${ack.headers.get('to')}`,
    `To: ${ack.headers.get('from')}`,
    `Call-ID: ${ack.headers.get('call-id')}`,
    `CSeq: ${seq} ${method}`,
    `Contact: <sip:raw@127.0.0.1:${peer.port}>`,
    ...extra,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  peer.send(Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`));
}
