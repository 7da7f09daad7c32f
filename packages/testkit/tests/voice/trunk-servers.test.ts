import { createAudioOffer, type IncomingCall } from '@tutti/sip';
import { expect, it } from 'vitest';
import { serveDns } from '../../../sip/tests/_dns.ts';
import { openPeer } from './_peer.ts';
import { BOB, twiml, World } from './_world.ts';

/** A server that keeps what it was asked for. */
async function server(take: (call: IncomingCall) => void) {
  const asked: string[] = [];
  const peer = await openPeer((call) => {
    asked.push(call.request.uri);
    take(call);
  });
  return { ...peer, asked };
}

it('a gateway of several servers is left for the next gateway when none of them can serve', async () => {
  await using first = await server((call) => call.reject(503));
  await using second = await server((call) => call.reject(503));
  await using other = await server((call) => {
    void call.answer(
      createAudioOffer({ host: '127.0.0.1', port: 9, codecs: ['PCMU'], sessionId: 1 }),
    );
  });
  const record = ({ endpoint }: typeof first, priority: number) => ({
    type: 'SRV' as const,
    name: '_sip._udp.carrier.example',
    data: { priority, weight: 0, port: endpoint.port, target: 'localhost' },
  });
  await using _dns = await serveDns([record(first, 1), record(second, 2)]);
  const gateways = `sip:carrier.example,sip:127.0.0.1:${other.endpoint.port}`;
  await using world = await World.open({ env: { TUTTI_SIP_TRUNK: gateways } });

  const { sid } = await world.place({ Twiml: twiml('<Hangup/>') });
  await world.becomes(sid, 'completed');

  const uri = `sip:${BOB}@carrier.example`;
  expect([first.asked, second.asked]).toEqual([[uri], [uri]]);
  expect(other.asked).toEqual([`sip:${BOB}@127.0.0.1:${other.endpoint.port}`]);
  await world.quiet();
});
