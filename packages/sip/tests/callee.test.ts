import { describe, expect, test } from 'vitest';

import { FakeClock, type SipProblem } from '../src/index.ts';
import { RawPeer } from './_raw-peer.ts';
import { aborted, Inbox, listen, listenForCalls, rawRequest, SDP } from './_setup.ts';

/** The ACK of a 200 to a raw INVITE. */
function ackFor(peer: RawPeer, callId: string, to: string, body = ''): Buffer {
  const lines = [
    'ACK sip:bob@127.0.0.1 SIP/2.0',
    `Via: SIP/2.0/UDP 127.0.0.1:${peer.port};branch=z9hG4bKack${callId}`,
    'From: <sip:raw@127.0.0.1>;tag=rawtag',
    `To: ${to}`,
    `Call-ID: ${callId}`,
    'CSeq: 1 ACK',
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

describe('an answered INVITE', () => {
  test('has its 200 repeated until the ACK comes', async () => {
    const clock = new FakeClock();
    await using peer = await RawPeer.open();
    const { endpoint: callee, calls } = await listenForCalls({ clock });
    await using _callee = callee;
    const lines = rawRequest('INVITE', 'sip:bob@127.0.0.1', { port: peer.port, callId: 'c1' });
    peer.send(lines, callee.port);
    await peer.response(100);
    const answered = (await calls.next()).answer(SDP);
    const first = await peer.response(200);
    for (const ms of [500, 1000, 2000, 4000, 4000]) {
      clock.advance(ms);
      const again = await peer.response(200);
      expect(again.headers.entries()).toEqual(first.headers.entries());
    }
    // The INVITE again is absorbed: RFC 6026 §8.5.
    peer.send(lines, callee.port);

    peer.send(ackFor(peer, 'c1', first.headers.get('to') ?? ''), callee.port);
    const dialog = await answered;
    clock.advance(30_000);

    expect(peer.received).toEqual([]);
    const bye = dialog.bye();
    peer.answer(await peer.request('BYE'), '200 OK');
    await bye;
  });

  test('without ACK is hung up after 32 s', async () => {
    const clock = new FakeClock();
    await using peer = await RawPeer.open();
    const { endpoint: callee, calls } = await listenForCalls({ clock });
    await using _callee = callee;
    peer.send(rawRequest('INVITE', 'sip:bob@127.0.0.1', { port: peer.port }), callee.port);
    const call = await calls.next();
    const failure = call.answer(SDP).catch((error: unknown) => error);
    await peer.response(200);

    clock.advance(32_000);

    expect(await failure).toMatchObject({ code: 'no-ack' });
    expect(call.signal.reason).toMatchObject({ code: 'no-ack' });
    peer.answer(await peer.request('BYE'), '200 OK');
  });

  test('with a delayed offer learns the answer from the ACK', async () => {
    await using peer = await RawPeer.open();
    const { endpoint: callee, calls } = await listenForCalls();
    await using _callee = callee;
    peer.send(
      rawRequest('INVITE', 'sip:bob@127.0.0.1', { port: peer.port, callId: 'c2' }),
      callee.port,
    );
    const call = await calls.next();
    expect(call.offer).toBeUndefined();
    const answered = call.answer(SDP);
    const ok = await peer.response(200);

    peer.send(ackFor(peer, 'c2', ok.headers.get('to') ?? '', SDP), callee.port);

    expect((await answered).remoteSdp).toBe(SDP);
    void callee.close();
    peer.answer(await peer.request('BYE'), '200 OK');
  });

  test('copies Record-Route into its 200 and sends BYE along it', async () => {
    await using peer = await RawPeer.open();
    const { endpoint: callee, calls } = await listenForCalls();
    await using _callee = callee;
    const routes = [`<sip:127.0.0.1:${peer.port};lr>`, '<sip:far.invalid;lr>'];
    peer.send(
      rawRequest('INVITE', 'sip:bob@127.0.0.1', {
        port: peer.port,
        callId: 'c3',
        extra: routes.map((route) => `Record-Route: ${route}`),
      }),
      callee.port,
    );
    const answered = (await calls.next()).answer(SDP);
    const ok = await peer.response(200);
    peer.send(ackFor(peer, 'c3', ok.headers.get('to') ?? ''), callee.port);
    const dialog = await answered;

    void dialog.bye();
    const bye = await peer.request('BYE');

    expect(ok.headers.list('record-route')).toEqual(routes);
    expect(bye.headers.list('route')).toEqual(routes);
    expect(bye.headers.get('cseq')).toBe('1 BYE');
    peer.answer(bye, '200 OK');
  });

  test('ends when the BYE overtakes the ACK', async () => {
    await using peer = await RawPeer.open();
    const { endpoint: callee, calls } = await listenForCalls();
    await using _callee = callee;
    peer.send(
      rawRequest('INVITE', 'sip:bob@127.0.0.1', { port: peer.port, callId: 'c4' }),
      callee.port,
    );
    const failure = (await calls.next()).answer(SDP).catch((error: unknown) => error);
    const ok = await peer.response(200);

    const to = ok.headers.get('to') ?? '';
    peer.send(
      rawRequest('BYE', 'sip:bob@127.0.0.1', { port: peer.port, callId: 'c4', to, seq: 2 }),
      callee.port,
    );

    expect(await failure).toMatchObject({ code: 'ended' });
    expect((await peer.response(200)).headers.get('cseq')).toBe('2 BYE');
    expect(callee.counts.dialogs).toBe(0);
  });
});

describe('a refused INVITE', () => {
  test('has its refusal repeated over UDP until the ACK comes', async () => {
    const clock = new FakeClock();
    await using peer = await RawPeer.open();
    const { endpoint: callee, calls } = await listenForCalls({ clock });
    await using _callee = callee;
    const branch = 'z9hG4bKrefused';
    peer.send(
      rawRequest('INVITE', 'sip:bob@127.0.0.1', { port: peer.port, callId: 'c5', branch }),
      callee.port,
    );
    await peer.response(100);
    (await calls.next()).reject(486);
    const refusal = await peer.response(486);
    clock.advance(500);
    await peer.response(486);
    clock.advance(1000);
    await peer.response(486);

    peer.send(
      rawRequest('ACK', 'sip:bob@127.0.0.1', {
        port: peer.port,
        callId: 'c5',
        branch,
        to: refusal.headers.get('to') ?? '',
      }),
      callee.port,
    );
    // Answered after the ACK, so the ACK has been taken in by then.
    peer.send(rawRequest('OPTIONS', 'sip:bob@127.0.0.1', { port: peer.port }), callee.port);
    await peer.response(200);
    clock.advance(10_000);

    expect(peer.received).toEqual([]);
  });
});

describe('CANCEL', () => {
  test('ends the INVITE with 487', async () => {
    await using peer = await RawPeer.open();
    const { endpoint: callee, calls } = await listenForCalls();
    await using _callee = callee;
    const shared = { port: peer.port, callId: 'c6', branch: 'z9hG4bKc6' };
    peer.send(rawRequest('INVITE', 'sip:bob@127.0.0.1', shared), callee.port);
    const call = await calls.next();

    peer.send(rawRequest('CANCEL', 'sip:bob@127.0.0.1', shared), callee.port);

    await aborted(call.signal);
    expect((await peer.response(200)).headers.get('cseq')).toBe('1 CANCEL');
    expect((await peer.response(487)).headers.get('cseq')).toBe('1 INVITE');
    expect(() => {
      call.ring();
      call.progress(SDP);
      call.reject(486);
    }).not.toThrow();
    expect(callee.counts.dialogs).toBe(0);
  });

  test('of nothing is answered 481', async () => {
    await using peer = await RawPeer.open();
    await using callee = await listen();

    peer.send(rawRequest('CANCEL', 'sip:bob@127.0.0.1', { port: peer.port }), callee.port);

    await peer.response(481);
  });
});

describe('an INVITE', () => {
  test('whose Expires goes by is ended with 487', async () => {
    const clock = new FakeClock();
    await using peer = await RawPeer.open();
    const { endpoint: callee, calls } = await listenForCalls({ clock });
    await using _callee = callee;
    const options = { port: peer.port, extra: ['Expires: 20'] };
    peer.send(rawRequest('INVITE', 'sip:bob@127.0.0.1', options), callee.port);
    const call = await calls.next();

    clock.advance(20_000);

    await peer.response(487);
    expect(call.signal.aborted).toBe(true);
  });

  test('that rings long has its 180 repeated every minute', async () => {
    const clock = new FakeClock();
    await using peer = await RawPeer.open();
    const { endpoint: callee, calls } = await listenForCalls({ clock });
    await using _callee = callee;
    peer.send(rawRequest('INVITE', 'sip:bob@127.0.0.1', { port: peer.port }), callee.port);
    const call = await calls.next();
    call.ring();
    await peer.response(180);

    clock.advance(60_000);
    await peer.response(180);

    call.reject(480);
    await peer.response(480);
  });

  test('over two paths is answered once, and 482 the other time', async () => {
    await using peer = await RawPeer.open();
    const { endpoint: callee, calls } = await listenForCalls();
    await using _callee = callee;
    const options = { port: peer.port, callId: 'c7' };
    peer.send(rawRequest('INVITE', 'sip:bob@127.0.0.1', options), callee.port);
    const call = await calls.next();

    peer.send(rawRequest('INVITE', 'sip:bob@127.0.0.1', options), callee.port);

    await peer.response(482);
    expect(calls.size).toBe(0);
    call.reject(486);
  });

  test.each([
    [420, 'sip:bob@127.0.0.1', ['Require: 100rel, foo']],
    [416, 'mailto:bob@127.0.0.1', []],
    [400, 'sip:bob@@127.0.0.1', []],
    [415, 'sip:bob@127.0.0.1', ['Content-Type: text/plain']],
  ])('is refused with %i when it cannot be served', async (status, uri, extra) => {
    await using peer = await RawPeer.open();
    const { endpoint: callee, calls } = await listenForCalls();
    await using _callee = callee;
    const lines = rawRequest('INVITE', uri, { port: peer.port, extra }).map((line) =>
      line === 'Content-Length: 0' ? 'Content-Length: 2' : line,
    );

    peer.send(Buffer.from(`${lines.join('\r\n')}\r\n\r\nhi`), callee.port);

    const response = await peer.response(status);
    if (status === 420) expect(response.headers.get('unsupported')).toBe('foo');
    if (status === 415) expect(response.headers.get('accept')).toBe('application/sdp');
    expect(calls.size).toBe(0);
  });

  test('from a peer of RFC 2543, without a branch, is matched with its ACK', async () => {
    const clock = new FakeClock();
    await using peer = await RawPeer.open();
    const { endpoint: callee, calls } = await listenForCalls({ clock });
    await using _callee = callee;
    const shared = {
      port: peer.port,
      callId: 'c8',
      via: `Via: SIP/2.0/UDP 127.0.0.1:${peer.port}`,
    };
    peer.send(rawRequest('INVITE', 'sip:bob@127.0.0.1', shared), callee.port);
    await peer.response(100);
    (await calls.next()).reject(486);
    const to = (await peer.response(486)).headers.get('to') ?? '';

    peer.send(rawRequest('ACK', 'sip:bob@127.0.0.1', { ...shared, to }), callee.port);
    peer.send(rawRequest('OPTIONS', 'sip:bob@127.0.0.1', { port: peer.port }), callee.port);
    await peer.response(200);
    clock.advance(40_000);

    expect(peer.received).toEqual([]);
    expect(callee.counts.transactions).toBe(0);
  });
});

describe('a request outside calls', () => {
  test.each([
    ['OPTIONS', 200],
    ['REGISTER', 405],
    ['MESSAGE', 405],
    ['BYE', 481],
    ['INFO', 481],
    ['FROBNICATE', 501],
  ])('%s is answered %i', async (method, status) => {
    await using peer = await RawPeer.open();
    await using callee = await listen();

    peer.send(rawRequest(method, 'sip:bob@127.0.0.1', { port: peer.port }), callee.port);

    const response = await peer.response(status);
    if (status !== 481) expect(response.headers.get('allow')).toContain('INVITE, ACK, CANCEL, BYE');
    expect(response.headers.get('to')).toContain('tag=');
  });

  test('in a dialog nobody knows is answered 481', async () => {
    await using peer = await RawPeer.open();
    await using callee = await listen();
    const to = '<sip:bob@127.0.0.1>;tag=gone';

    peer.send(rawRequest('INVITE', 'sip:bob@127.0.0.1', { port: peer.port, to }), callee.port);

    await peer.response(481);
  });

  test('again is answered with the same response', async () => {
    await using peer = await RawPeer.open();
    await using callee = await listen();
    const lines = rawRequest('OPTIONS', 'sip:bob@127.0.0.1', { port: peer.port });
    peer.send(lines, callee.port);
    const first = await peer.response(200);

    peer.send(lines, callee.port);

    expect((await peer.response(200)).headers.entries()).toEqual(first.headers.entries());
  });

  test('is answered where it came from, whatever its Via says', async () => {
    await using peer = await RawPeer.open();
    await using callee = await listen();
    const via = 'Via: SIP/2.0/UDP 10.9.8.7:1;branch=z9hG4bKnat;rport;received=192.0.2.66';

    peer.send(rawRequest('OPTIONS', 'sip:b@127.0.0.1', { port: peer.port, via }), callee.port);

    const top = (await peer.response(200)).headers.get('via') ?? '';
    expect(top).toContain(';received=127.0.0.1');
    expect(top).toContain(`;rport=${peer.port}`);
  });

  test('over the limit of transactions is answered 503', async () => {
    const problems = new Inbox<SipProblem>();
    await using peer = await RawPeer.open();
    await using callee = await listen({ maxTransactions: 1, onProblem: problems.put });
    const send = (): void => {
      peer.send(rawRequest('OPTIONS', 'sip:b@127.0.0.1', { port: peer.port }), callee.port);
    };
    send();
    await peer.response(200);

    send();

    expect((await peer.response(503)).headers.get('retry-after')).toBe('5');
    expect(await problems.next()).toMatchObject({ kind: 'overload' });
    expect(callee.counts.transactions).toBe(1);
  });
});
