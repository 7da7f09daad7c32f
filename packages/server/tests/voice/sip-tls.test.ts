import { fileURLToPath } from 'node:url';
import { SipEndpoint } from '@tutti/sip';
import { expect, it } from 'vitest';
import { startTestServer } from '../_server.ts';
import { readFileSync } from 'node:fs';

const certificates = new URL('../../../sip/tests/certificates/', import.meta.url);
const path = (name: string): string => fileURLToPath(new URL(`${name}.pem`, certificates));
const text = (name: string): string => readFileSync(path(name), 'utf8');

const listening = {
  TUTTI_SIP_TLS_PORT: '0',
  TUTTI_SIP_TLS_CERT: path('loopback'),
  TUTTI_SIP_TLS_KEY: path('loopback-key'),
};

it('takes calls over TLS where a certificate is set', async () => {
  await using server = await startTestServer(listening);
  const { body } = await server.request('GET', '/v1/Server');
  await using phone = await SipEndpoint.listen({
    host: '127.0.0.1',
    port: 0,
    userAgent: 'phone',
    tls: { ca: text('authority') },
  });

  const call = phone.invite({
    uri: body.sips.replace('sips:', 'sips:+15550001111@'),
    from: 'sip:alice@127.0.0.1',
    sdp: 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n',
  });

  // Nobody has the number.
  expect(await call.result).toMatchObject({ kind: 'refused', status: 404 });
});

it('tells why a peer over TLS cannot be called', async () => {
  await using peer = await SipEndpoint.listen({
    host: '127.0.0.1',
    port: 0,
    userAgent: 'peer',
    tls: { listen: { port: 0, cert: text('loopback'), key: text('loopback-key') } },
  });
  await using server = await startTestServer();
  const { body } = await server.request('GET', '/v1/Server');
  expect(body.sips).toBeNull();

  const { sid } = await server.client.calls.create({
    to: `sips:bob@127.0.0.1:${peer.tlsPort}`,
    from: 'client:alice',
    twiml: '<Response><Hangup/></Response>',
  });
  await server.settled();

  await expect.poll(async () => (await server.client.calls(sid).fetch()).status).toBe('failed');
  const [alert] = await server.alerts();
  expect(alert.error_code).toBe('32011');
  expect(alert.alert_text).toContain('is not trusted');
});

it('does not start with a certificate that cannot be read, and says which', async () => {
  const env = { ...listening, TUTTI_SIP_TLS_CERT: '/nowhere.pem' };

  await expect(startTestServer(env)).rejects.toThrow(
    'TUTTI_SIP_TLS_CERT=/nowhere.pem cannot be read',
  );
});
