import { describe, expect, test } from 'vitest';

import { FakeClock, type SipResponse } from '../src/index.ts';
import { RawPeer } from './_raw-peer.ts';
import { aborted, Inbox, listen, listenForCalls, rawRequest, SDP } from './_setup.ts';

const EARLY = SDP.replace('4000', '4002');

async function callee(option = 'Require: 100rel') {
  const clock = new FakeClock();
  const peer = await RawPeer.open();
  const { endpoint, calls } = await listenForCalls({ clock });
  const invite = rawRequest('INVITE', 'sip:bob@127.0.0.1', {
    port: peer.port,
    callId: 'rel',
    extra: [option, 'Content-Type: application/sdp'],
  }).map((line) => (line.startsWith('Content-Length') ? `Content-Length: ${SDP.length}` : line));
  peer.send(Buffer.from(`${invite.join('\r\n')}\r\n\r\n${SDP}`), endpoint.port);
  const call = await calls.next();
  const inDialog = (method: string, response: SipResponse, seq: number, extra: string[] = []) => {
    peer.send(
      rawRequest(method, 'sip:bob@127.0.0.1', {
        port: peer.port,
        callId: 'rel',
        to: response.headers.get('to') ?? '',
        seq,
        extra,
      }),
      endpoint.port,
    );
  };
  const prack = (response: SipResponse, seq: number) => {
    inDialog('PRACK', response, seq, [`RAck: ${response.headers.get('rseq')} 1 INVITE`]);
  };
  return {
    clock,
    peer,
    call,
    endpoint,
    prack,
    inDialog,
    [Symbol.asyncDispose]: async () => {
      await endpoint.close();
      await peer[Symbol.asyncDispose]();
    },
  };
}

describe('a provisional response of ours', () => {
  test('is repeated until its PRACK comes, and the next one waits for it', async () => {
    await using world = await callee();
    const { call, peer, clock, prack } = world;
    call.ring();
    const ringing = await peer.response(180);
    expect(ringing.headers.get('require')).toBe('100rel');
    call.progress(EARLY);

    for (const ms of [500, 1000, 2000]) {
      clock.advance(ms);
      expect((await peer.response(180)).headers.get('rseq')).toBe(ringing.headers.get('rseq'));
    }
    prack(ringing, 2);
    await peer.response(200);

    const progress = await peer.response(183);
    expect(Number(progress.headers.get('rseq'))).toBe(Number(ringing.headers.get('rseq')) + 1);
    prack(progress, 3);
    await peer.response(200);
    call.reject(486);
    await peer.response(486);
  });

  test('keeps the answer waiting until it is acknowledged', async () => {
    await using world = await callee('Supported: 100rel');
    const { call, peer, clock, prack, inDialog } = world;
    call.progress(EARLY);
    const progress = await peer.response(183);

    const answered = call.answer(EARLY);
    clock.advance(500);
    await peer.response(183);
    prack(progress, 2);

    expect((await peer.response(200)).headers.get('cseq')).toBe('2 PRACK');
    const ok = await peer.response(200);
    expect(ok.headers.get('cseq')).toBe('1 INVITE');
    inDialog('ACK', ok, 1);
    const dialog = await answered;
    const bye = dialog.bye();
    peer.answer(await peer.request('BYE'), '200 OK');
    await bye;
  });

  test('that is never acknowledged ends the call', async () => {
    await using world = await callee();
    const { call, peer, clock, endpoint } = world;
    call.ring();
    await peer.response(180);
    const answer = call.answer(EARLY).catch((error: unknown) => error);

    clock.advance(32_000);

    await peer.response(504);
    expect(await answer).toMatchObject({ code: 'no-ack' });
    await aborted(call.signal);
    expect(endpoint.counts.dialogs).toBe(0);
  });

  test('meets a PRACK of another with 481', async () => {
    await using world = await callee();
    const { call, peer, inDialog } = world;
    call.ring();
    const ringing = await peer.response(180);

    inDialog('PRACK', ringing, 2, ['RAck: 1 1 INVITE']);

    await peer.response(481);
    call.reject(486);
  });

  test('is not reliable for a caller that does not know of it', async () => {
    await using world = await callee('Supported: path');
    const { call, peer, clock } = world;
    await peer.response(100);
    call.progress(EARLY);
    expect((await peer.response(183)).headers.get('rseq')).toBeUndefined();
    clock.advance(1000);
    expect(peer.received).toEqual([]);
    call.reject(486);
  });
});

describe('a provisional response to us', () => {
  test('is acknowledged once, in each of several early dialogs, and told once', async () => {
    await using peer = await RawPeer.open();
    await using caller = await listen();
    const told = new Inbox<number>();
    const call = caller.invite({
      uri: `sip:bob@127.0.0.1:${peer.port}`,
      from: 'sip:alice@127.0.0.1',
      sdp: SDP,
      onProvisional: ({ status }) => {
        told.put(status);
      },
    });
    const invite = await peer.request('INVITE');
    expect(invite.headers.list('supported')).toContain('100rel');
    const reliable = (rseq: number) => ['Require: 100rel', `RSeq: ${rseq}`];

    peer.answer(invite, '183 Session Progress', { tag: 'a', headers: reliable(7), sdp: EARLY });
    const first = await peer.request('PRACK');
    peer.answer(first, '200 OK');
    peer.answer(invite, '180 Ringing', { tag: 'b', headers: reliable(100) });
    const second = await peer.request('PRACK');
    peer.answer(second, '200 OK');
    // Again, and one that left the one before it out.
    peer.answer(invite, '183 Session Progress', { tag: 'a', headers: reliable(7), sdp: EARLY });
    peer.answer(invite, '180 Ringing', { tag: 'a', headers: reliable(9) });
    peer.answer(invite, '200 OK', { tag: 'a' });

    expect(first.headers.get('rack')).toBe('7 1 INVITE');
    expect(first.headers.get('to')).toContain('tag=a');
    expect(second.headers.get('rack')).toBe('100 1 INVITE');
    expect(second.headers.get('to')).toContain('tag=b');
    const result = await call.result;
    // The answer came early and reliably.
    expect(result).toMatchObject({ kind: 'answered', sdp: EARLY });
    expect([await told.next(), await told.next(), told.size]).toEqual([183, 180, 0]);
    await peer.request('ACK');
    expect(peer.count('PRACK')).toBe(0);
    const closing = caller.close();
    const bye = await peer.request('BYE');
    // The PRACK had taken number 2.
    expect(bye.headers.get('cseq')).toBe('3 BYE');
    peer.answer(bye, '200 OK');
    await closing;
    expect(caller.counts).toMatchObject({ dialogs: 0 });
  });
});
