import { expect, test } from 'vitest';

import { formatSipUri, redirectTargets, type SipResponse } from '../src/index.ts';
import { SDP, listen } from './_setup.ts';
import { RawPeer } from './_raw-peer.ts';

test('a 302 sends the caller to its contacts, those it prefers first, to SIP URIs alone', async () => {
  await using peer = await RawPeer.open();
  await using endpoint = await listen();

  const call = endpoint.invite({
    uri: `sip:bob@127.0.0.1:${peer.port}`,
    from: 'sip:us@127.0.0.1',
    sdp: SDP,
  });
  peer.answer(await peer.request('INVITE'), '302 Moved Temporarily', {
    headers: [
      'Contact: <sip:low@a.example>;q=0.1, <tel:+15551234567>, "High" <sips:high@b.example;x=1>',
      'Contact: <sip:mid@c.example>;q=0.5, <sip:low@a.example>, <sip:odd@d.example>;q=9',
    ],
  });

  const result = await call.result;
  const response = (result as { readonly response: SipResponse }).response;
  expect(redirectTargets(response).map(formatSipUri)).toEqual([
    'sips:high@b.example;x=1',
    'sip:mid@c.example',
    'sip:low@a.example',
    'sip:odd@d.example',
  ]);
});

test('a call whose peer says nothing is given up in time; a late answer is hung up', async () => {
  await using peer = await RawPeer.open();
  await using endpoint = await listen();

  const call = endpoint.invite({
    uri: `sip:bob@127.0.0.1:${peer.port}`,
    from: 'sip:us@127.0.0.1',
    sdp: SDP,
    patienceMs: 50,
  });
  const invite = await peer.request('INVITE');

  expect(await call.result).toEqual({
    kind: 'failed',
    cause: 'timeout',
    message: 'No response in 0.05 s',
  });
  peer.answer(invite, '200 OK', { sdp: SDP });
  await peer.request('ACK');
  peer.answer(await peer.request('BYE'), '200 OK');
});
