import { describe, expect, test } from 'vitest';

import type { CallDialog, SipEndpoint } from '../src/index.ts';
import { RawPeer } from './_raw-peer.ts';
import { listenForCalls, rawRequest, SDP } from './_setup.ts';

/** A caller by hand, whose call has been answered. */
async function answeredCall() {
  const peer = await RawPeer.open();
  const { endpoint, calls } = await listenForCalls({ closeTimeoutMs: 0 });
  const shared = { port: peer.port, callId: 'odd' };
  peer.send(rawRequest('INVITE', 'sip:bob@127.0.0.1', shared), endpoint.port);
  const answered = (await calls.next()).answer(SDP);
  const ok = await peer.response(200);
  const to = ok.headers.get('to') ?? '';
  peer.send(rawRequest('ACK', 'sip:bob@127.0.0.1', { ...shared, to }), endpoint.port);
  let seq = 1;
  return {
    peer,
    endpoint: endpoint satisfies SipEndpoint,
    dialog: (await answered) satisfies CallDialog,
    /** Sends a request within the call. */
    send: (method: string, extra: readonly string[] = []): void => {
      seq += 1;
      const lines = rawRequest(method, 'sip:bob@127.0.0.1', { ...shared, to, seq, extra });
      peer.send(lines, endpoint.port);
    },
    [Symbol.asyncDispose]: async () => {
      await endpoint.close();
      await peer[Symbol.asyncDispose]();
    },
  };
}

describe('a request within a call', () => {
  test.each([
    ['OPTIONS', [], 200, 'allow', /INVITE.*REFER/],
    ['MESSAGE', [], 405, 'allow', /INVITE.*REFER/],
    ['SUBSCRIBE', ['Event: message-summary'], 405, 'allow', /INVITE.*REFER/],
    ['PUBLISH', ['Event: presence'], 405, 'allow', /INVITE.*REFER/],
    ['DANCE', [], 501, 'allow', /INVITE.*REFER/],
    ['NOTIFY', ['Event: message-summary'], 489, 'allow-events', /^refer$/],
    ['NOTIFY', ['Event: refer'], 481, 'cseq', /NOTIFY/],
    ['INFO', ['Content-Type: application/media_control+xml'], 200, 'cseq', /INFO/],
    ['INVITE', ['Require: replaces, timer'], 420, 'unsupported', /^replaces$/],
    ['INFO', ['Require: fancy'], 420, 'unsupported', /^fancy$/],
    ['OPTIONS', [`X-Long: ${'x'.repeat(12_000)}`], 200, 'cseq', /OPTIONS/],
  ])(
    '%s with %j is answered %i, and the call goes on',
    async (method, extra, status, name, value) => {
      await using world = await answeredCall();

      world.send(method, extra);

      const response = await world.peer.response(status);
      expect(response.headers.get(name)).toMatch(value);
      world.send('BYE');
      await world.peer.response(200);
      expect(await world.dialog.ended).toMatchObject({ by: 'remote' });
    },
  );

  test('too long to be read is not taken, and the call goes on', async () => {
    await using world = await answeredCall();

    world.send('INFO', [`X-Long: ${'x'.repeat(17_000)}`]);
    world.send('BYE');

    await world.peer.response(200);
    expect(await world.dialog.ended).toMatchObject({ by: 'remote' });
  });

  test('REFER that wants to hear nothing of it is told nothing', async () => {
    await using world = await answeredCall();
    world.dialog.setReferHandler((refer) => {
      const { notify } = refer.accept();
      void notify(200, 'OK');
    });

    world.send('REFER', [
      'Refer-To: <sip:carol@127.0.0.1>',
      'Refer-Sub: false',
      'Require: norefersub',
    ]);

    expect((await world.peer.response(202)).headers.get('refer-sub')).toBe('false');
    void world.dialog.bye();
    await world.peer.request('BYE');
    expect(world.peer.count('NOTIFY')).toBe(0);
  });
});

describe('a request outside of any call', () => {
  test.each([
    ['MESSAGE', [], 405, 'allow', /INVITE.*REFER/],
    ['SUBSCRIBE', ['Event: message-summary', 'Expires: 3600'], 405, 'allow', /INVITE.*REFER/],
    ['PUBLISH', ['Event: presence'], 405, 'allow', /INVITE.*REFER/],
    ['DANCE', [], 501, 'allow', /INVITE.*REFER/],
    ['NOTIFY', ['Event: keep-alive'], 481, 'cseq', /NOTIFY/],
    ['REFER', ['Refer-To: <sip:carol@127.0.0.1>'], 481, 'cseq', /REFER/],
    [
      'INVITE',
      ['Require: replaces', 'Replaces: a;to-tag=b;from-tag=c'],
      420,
      'unsupported',
      /^replaces$/,
    ],
  ])('%s with %j is answered %i', async (method, extra, status, name, value) => {
    await using peer = await RawPeer.open();
    const { endpoint } = await listenForCalls();
    await using _endpoint = endpoint;

    peer.send(rawRequest(method, 'sip:bob@127.0.0.1', { port: peer.port, extra }), endpoint.port);

    expect((await peer.response(status)).headers.get(name)).toMatch(value);
  });
});

test('an INVITE within a call that is not answered yet is told to come later', async () => {
  await using peer = await RawPeer.open();
  const { endpoint, calls } = await listenForCalls({ closeTimeoutMs: 0 });
  await using _endpoint = endpoint;
  const shared = { port: peer.port, callId: 'early' };
  peer.send(rawRequest('INVITE', 'sip:bob@127.0.0.1', shared), endpoint.port);
  const call = await calls.next();
  call.ring();
  const to = (await peer.response(180)).headers.get('to') ?? '';

  peer.send(rawRequest('INVITE', 'sip:bob@127.0.0.1', { ...shared, to, seq: 2 }), endpoint.port);

  expect((await peer.response(500)).headers.get('retry-after')).toBe('2');
  expect(call.signal.aborted).toBe(false);
});
