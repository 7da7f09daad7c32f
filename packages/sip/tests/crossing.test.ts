import { describe, expect, test } from 'vitest';

import { FakeClock, type SipMessage, type SipResponse } from '../src/index.ts';
import { RawPeer } from './_raw-peer.ts';
import { listen, listenForCalls, rawRequest, SDP } from './_setup.ts';

interface Sent {
  readonly seq: number;
  readonly extra?: readonly string[];
  readonly body?: string;
}

/** Sends a request inside the dialog of which the peer received `from`. */
function sendInDialog(peer: RawPeer, from: SipMessage, method: string, sent: Sent): void {
  const { seq, extra = [], body = '' } = sent;
  // In a request of ours From is the one who is spoken to, in a response To.
  const [local, remote] = from.kind === 'request' ? ['to', 'from'] : ['from', 'to'];
  const lines = [
    `${method} sip:us@127.0.0.1 SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${peer.port};branch=z9hG4bKx${method}${seq}`,
    `From: ${from.headers.get(local ?? '')}`,
    `To: ${from.headers.get(remote ?? '')}`,
    `Call-ID: ${from.headers.get('call-id')}`,
    `CSeq: ${seq} ${method}`,
    `Contact: <sip:raw@127.0.0.1:${peer.port}>`,
    ...extra,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  peer.send(Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`));
}

/** A call that we have placed. */
async function placed(headers: readonly string[] = []) {
  const clock = new FakeClock();
  const peer = await RawPeer.open();
  const us = await listen({ clock, closeTimeoutMs: 0 });
  const uri = `sip:bob@127.0.0.1:${peer.port}`;
  const call = us.invite({ uri, from: 'sip:alice@127.0.0.1', sdp: SDP });
  const invite = await peer.request('INVITE');
  peer.answer(invite, '200 OK', { sdp: SDP, headers });
  const result = await call.result;
  if (result.kind !== 'answered') throw new Error(result.kind);
  const ack = await peer.request('ACK');
  return world({ clock, peer, us, dialog: result.dialog, told: ack, invite, firstSeq: 1 });
}

/** A call that we have taken. */
async function taken() {
  const clock = new FakeClock();
  const peer = await RawPeer.open();
  const { endpoint: us, calls } = await listenForCalls({ clock, closeTimeoutMs: 0 });
  const lines = rawRequest('INVITE', 'sip:bob@127.0.0.1', { port: peer.port });
  peer.send(lines, us.port);
  const answered = (await calls.next()).answer(SDP);
  const ok = await peer.response(200);
  sendInDialog(peer, ok, 'ACK', { seq: 1, body: SDP });
  return world({ clock, peer, us, dialog: await answered, told: ok, firstSeq: 2 });
}

function world<
  T extends { clock: FakeClock; peer: RawPeer; us: AsyncDisposable; told: SipMessage },
>(parts: T) {
  const { clock, peer, us, told } = parts;
  return {
    ...parts,
    send: (method: string, sent: Sent) => {
      sendInDialog(peer, told, method, sent);
    },
    /** Resolves when everything sent so far has been taken in. */
    settled: async (): Promise<void> => {
      peer.send(rawRequest('OPTIONS', 'sip:us@127.0.0.1', { port: peer.port }));
      await responseTo(peer, 'OPTIONS');
    },
    [Symbol.asyncDispose]: async () => {
      const closed = us[Symbol.asyncDispose]();
      clock.advance(1);
      await closed;
      await peer[Symbol.asyncDispose]();
    },
  };
}

/** The final response to a request of that method. */
async function responseTo(peer: RawPeer, method: string): Promise<SipResponse> {
  for (;;) {
    const response = await peer.response(200);
    if (response.headers.get('cseq')?.endsWith(method) === true) return response;
  }
}

describe('re-INVITEs that cross', () => {
  test.each([
    ['2.1 to 4 s after, by who chose the Call-ID', placed, 2100, 4000],
    ['within 2 s, by the other', taken, 10, 2000],
  ])('are refused with 491 and tried again %s', async (_when, open, leastMs, mostMs) => {
    await using call = await open();
    const { peer, clock, dialog, send, firstSeq } = call;
    dialog.setOfferHandler(() => SDP);
    const answer = dialog.reinvite(SDP);
    const ours = await peer.request('INVITE');

    send('INVITE', { seq: firstSeq, body: SDP });
    await peer.response(491);
    send('ACK', { seq: firstSeq });
    peer.answer(ours, '491 Request Pending');
    await peer.request('ACK');
    clock.advance(leastMs - 1);
    await call.settled();
    expect(peer.count('INVITE')).toBe(0);
    // Meanwhile the peer, whose turn is earlier or later, may have its way.
    send('INVITE', { seq: firstSeq + 1, body: SDP });
    await responseTo(peer, 'INVITE');
    send('ACK', { seq: firstSeq + 1 });
    await call.settled();
    clock.advance(mostMs - leastMs + 1);
    const again = await peer.request('INVITE');
    peer.answer(again, '200 OK', { sdp: SDP });

    expect(await answer).toBe(SDP);
    expect(Number.parseInt(again.headers.get('cseq') ?? '', 10)).toBe(
      Number.parseInt(ours.headers.get('cseq') ?? '', 10) + 1,
    );
    await peer.request('ACK');
  });

  test('wait for the ACK of the one before', async () => {
    await using call = await placed();
    const { peer, dialog, send } = call;
    dialog.setOfferHandler(() => SDP);
    send('INVITE', { seq: 1, body: SDP });
    await responseTo(peer, 'INVITE');

    const answer = dialog.reinvite(SDP);
    await call.settled();
    expect(peer.count('INVITE')).toBe(0);
    send('ACK', { seq: 1 });

    peer.answer(await peer.request('INVITE'), '200 OK', { sdp: SDP });
    expect(await answer).toBe(SDP);
  });
});

describe('the 200 to a re-INVITE', () => {
  test('is repeated until its ACK comes', async () => {
    await using call = await placed();
    const { peer, clock, dialog, send } = call;
    dialog.setOfferHandler(() => SDP);
    send('INVITE', { seq: 1, body: SDP });
    const first = await responseTo(peer, 'INVITE');

    for (const ms of [500, 1000, 2000, 4000, 4000]) {
      clock.advance(ms);
      const again = await responseTo(peer, 'INVITE');
      expect(again.headers.entries()).toEqual(first.headers.entries());
    }
    send('ACK', { seq: 1 });
    await call.settled();
    clock.advance(40_000);
    await call.settled();

    expect(peer.received).toEqual([]);
  });

  test('that nobody acknowledges ends the call after 32 s', async () => {
    await using call = await placed();
    const { peer, clock, dialog, send } = call;
    dialog.setOfferHandler(() => SDP);
    send('INVITE', { seq: 1, body: SDP });
    await responseTo(peer, 'INVITE');

    clock.advance(32_000);

    expect(await dialog.ended).toEqual({ by: 'timeout', reason: 'No ACK' });
    peer.answer(await peer.request('BYE'), '200 OK');
  });
});

describe('a BYE', () => {
  test('that crosses a re-INVITE of ours ends the call; a 200 to that is acknowledged, and no session begins anew', async () => {
    await using call = await placed();
    const { peer, us, clock, dialog, send } = call;
    const failure = dialog.reinvite(SDP).catch((error: unknown) => error);
    const ours = await peer.request('INVITE');

    send('BYE', { seq: 1 });
    await responseTo(peer, 'BYE');
    expect(await failure).toMatchObject({ code: 'ended' });
    expect(await dialog.ended).toEqual({ by: 'remote' });
    peer.answer(ours, '200 OK', { sdp: SDP, headers: ['Session-Expires: 90;refresher=uac'] });
    await peer.request('ACK');

    // The transactions linger for 32 s; the session would be refreshed after 45 s.
    clock.advance(40_000);
    expect(us.counts).toMatchObject({ transactions: 0, dialogs: 0, timers: 0 });
  });

  test.each(['INVITE', 'UPDATE', 'INFO', 'REFER'])(
    'of ours that crosses an %s of the peer leaves that 481, and their BYE 200',
    async (method) => {
      await using call = await placed();
      const { peer, us, dialog, send } = call;
      const gone = dialog.bye();
      const bye = await peer.request('BYE');

      send(method, { seq: 1, extra: ['Refer-To: <sip:carol@127.0.0.1>'] });
      await peer.response(481);
      send('BYE', { seq: 2 });
      await responseTo(peer, 'BYE');

      await gone;
      peer.answer(bye, '481 Call Does Not Exist');
      expect(await dialog.ended).toEqual({ by: 'local' });
      expect(us.counts.dialogs).toBe(0);
    },
  );
});

describe('a CANCEL that crosses our 200', () => {
  test('is answered and changes nothing: the call is up, until its BYE', async () => {
    await using peer = await RawPeer.open();
    const { endpoint, calls } = await listenForCalls();
    await using _us = endpoint;
    const branch = 'z9hG4bKcrossed';
    const request = { port: peer.port, branch, callId: 'crossed' };
    peer.send(rawRequest('INVITE', 'sip:bob@127.0.0.1', request), endpoint.port);
    const call = await calls.next();
    const answered = call.answer(SDP);
    const ok = await peer.response(200);

    peer.send(rawRequest('CANCEL', 'sip:bob@127.0.0.1', request));
    await responseTo(peer, 'CANCEL');
    sendInDialog(peer, ok, 'ACK', { seq: 1, body: SDP });
    const dialog = await answered;
    sendInDialog(peer, ok, 'BYE', { seq: 2 });
    await responseTo(peer, 'BYE');

    expect(call.signal.aborted).toBe(false);
    expect(await dialog.ended).toEqual({ by: 'remote' });
  });
});

test('a refresh of the session that the peer takes and never answers ends the call before the session does', async () => {
  await using call = await placed(['Session-Expires: 90;refresher=uac', 'Require: timer']);
  const { peer, us, clock, dialog } = call;
  clock.advance(45_000);
  peer.answer(await peer.request('INVITE'), '100 Trying');
  await call.settled();

  clock.advance(15_000);

  expect(await dialog.ended).toEqual({ by: 'timeout', reason: 'Session expired' });
  peer.answer(await peer.request('BYE'), '200 OK');
  await call.settled();
  clock.advance(32_000);
  expect(us.counts).toMatchObject({ transactions: 0, dialogs: 0, timers: 0 });
});
