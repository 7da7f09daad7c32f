import { describe, expect, test } from 'vitest';

import { RawPeer } from './_raw-peer.ts';
import { listen, SDP } from './_setup.ts';

async function world() {
  const caller = await listen();
  const peers = await Promise.all([RawPeer.open(), RawPeer.open()]);
  const [first, second] = peers;
  const call = caller.invite({
    uri: `sip:bob@127.0.0.1:${first.port}`,
    also: [{ uri: `sip:bob@127.0.0.1:${second.port}` }],
    from: 'sip:alice@127.0.0.1',
    sdp: SDP,
  });
  return {
    caller,
    call,
    first,
    second,
    [Symbol.asyncDispose]: async () => {
      const closed = caller.close();
      for (const peer of peers) {
        void peer.request('BYE').then((bye) => {
          peer.answer(bye, '200 OK');
        });
      }
      await closed;
      await Promise.all(peers.map((peer) => peer[Symbol.asyncDispose]()));
    },
  };
}

describe('a call to several addresses', () => {
  test('is for who answers first; the others are cancelled', async () => {
    await using calls = await world();
    const { first, second, call } = calls;
    const [one, two] = [await first.request('INVITE'), await second.request('INVITE')];
    first.answer(one, '180 Ringing');
    second.answer(two, '180 Ringing', { tag: 'two' });

    second.answer(two, '200 OK', { tag: 'two', sdp: SDP });

    expect(await call.result).toMatchObject({ kind: 'answered', dialog: { remoteTag: 'two' } });
    first.answer(await first.request('CANCEL'), '200 OK');
    first.answer(one, '487 Request Terminated');
    await first.request('ACK');
    expect(second.count('CANCEL')).toBe(0);
  });

  test('that both answer at once is hung up at the later one', async () => {
    await using calls = await world();
    const { first, second, call } = calls;
    const [one, two] = [await first.request('INVITE'), await second.request('INVITE')];

    first.answer(one, '200 OK', { sdp: SDP });
    second.answer(two, '200 OK', { tag: 'two', sdp: SDP });

    const result = await call.result;
    expect(result.kind).toBe('answered');
    const loser = result.kind === 'answered' && result.dialog.remoteTag === 'two' ? first : second;
    await loser.request('ACK');
    loser.answer(await loser.request('BYE'), '200 OK');
  });

  test('that nobody takes is refused with the best of the refusals', async () => {
    await using calls = await world();
    const { first, second, call } = calls;

    first.answer(await first.request('INVITE'), '503 Service Unavailable');
    second.answer(await second.request('INVITE'), '486 Busy Here');

    expect(await call.result).toMatchObject({ kind: 'refused', status: 486 });
  });

  test('is over for all when one declines for everybody', async () => {
    await using calls = await world();
    const { first, second, call } = calls;
    const two = await second.request('INVITE');
    second.answer(two, '180 Ringing');

    first.answer(await first.request('INVITE'), '603 Decline');

    second.answer(await second.request('CANCEL'), '200 OK');
    second.answer(two, '487 Request Terminated');
    expect(await call.result).toMatchObject({ kind: 'refused', status: 603 });
  });

  test('is given up everywhere', async () => {
    await using calls = await world();
    const { first, second, call } = calls;
    const [one, two] = [await first.request('INVITE'), await second.request('INVITE')];
    first.answer(one, '180 Ringing');
    second.answer(two, '180 Ringing');

    call.cancel();

    first.answer(await first.request('CANCEL'), '200 OK');
    first.answer(one, '487 Request Terminated');
    second.answer(await second.request('CANCEL'), '200 OK');
    second.answer(two, '487 Request Terminated');
    expect(await call.result).toEqual({ kind: 'canceled' });
  });
});
