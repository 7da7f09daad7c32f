import { describe, expect, test } from 'vitest';

import { serveDns, type DnsRecord } from './_dns.ts';
import { listen, listenForCalls, SDP } from './_setup.ts';

const srv = (name: string, port: number, priority = 1, target = 'localhost'): DnsRecord => ({
  type: 'SRV',
  name,
  data: { priority, weight: 0, port, target },
});

async function callee() {
  const { endpoint, calls } = await listenForCalls();
  return { endpoint, calls, [Symbol.asyncDispose]: () => endpoint.close() };
}

/** By which transport, and to which Request-URI, a call to `uri` reaches the callee. */
async function reached(
  { calls }: Awaited<ReturnType<typeof callee>>,
  uri: string,
): Promise<readonly [string, string]> {
  await using caller = await listen();
  const call = caller.invite({ uri, from: 'sip:us@127.0.0.1', sdp: SDP });
  const incoming = await calls.next();
  incoming.reject(486);
  await call.result;
  return [incoming.source.transport, incoming.request.uri];
}

// One name server at a time: it is that of the whole process.
describe.sequential('a domain without a port', () => {
  test('is reached where its SRV records say, by UDP first', async () => {
    await using peer = await callee();
    const { port } = peer.endpoint;
    await using _dns = await serveDns([
      srv('_sip._udp.carrier.example', port),
      srv('_sip._tcp.carrier.example', 1),
    ]);

    expect(await reached(peer, 'sip:bob@carrier.example')).toEqual([
      'udp',
      'sip:bob@carrier.example',
    ]);
  });

  test('is reached by the transport that the URI names', async () => {
    await using peer = await callee();
    await using _dns = await serveDns([
      srv('_sip._udp.carrier.example', 1),
      srv('_sip._tcp.carrier.example', peer.endpoint.port),
    ]);

    const [transport] = await reached(peer, 'sip:bob@carrier.example;transport=tcp');

    expect(transport).toBe('tcp');
  });

  test('is reached by the server of the lowest priority that has an address', async () => {
    await using peer = await callee();
    const service = '_sip._udp.carrier.example';
    await using _dns = await serveDns([
      srv(service, 1, 30),
      srv(service, peer.endpoint.port, 20),
      srv(service, 1, 10, 'nowhere.invalid'),
    ]);

    expect(await reached(peer, 'sip:bob@carrier.example')).toHaveLength(2);
  });

  test('is reached by the transport that its NAPTR records prefer', async () => {
    await using peer = await callee();
    const naptr = (preference: number, service: string, replacement: string): DnsRecord => ({
      type: 'NAPTR',
      name: 'carrier.example',
      data: { order: 1, preference, service, replacement },
    });
    await using _dns = await serveDns([
      naptr(20, 'SIP+D2U', '_sip._udp.carrier.example'),
      naptr(10, 'SIP+D2T', '_sip._tcp.edge.example'),
      naptr(5, 'SIP+D2W', '_sip._ws.carrier.example'),
      srv('_sip._udp.carrier.example', 1),
      srv('_sip._tcp.edge.example', peer.endpoint.port),
    ]);

    const [transport] = await reached(peer, 'sip:bob@carrier.example');

    expect(transport).toBe('tcp');
  });

  test('that has no such records and no address cannot be reached', async () => {
    await using _dns = await serveDns([]);
    await using caller = await listen();

    const call = caller.invite({
      uri: 'sip:bob@nowhere.invalid',
      from: 'sip:us@127.0.0.1',
      sdp: SDP,
    });

    expect(await call.result).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('nowhere.invalid'),
    });
  });

  test('with a port is reached there, whatever the records say', async () => {
    await using peer = await callee();
    const { port } = peer.endpoint;
    await using _dns = await serveDns([srv('_sip._udp.localhost', 1)]);

    expect(await reached(peer, `sip:bob@localhost:${port}`)).toEqual([
      'udp',
      `sip:bob@localhost:${port}`,
    ]);
  });
});
