import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAudioOffer, SipEndpoint } from '@tutti/sip';
import { validateRequest } from 'twilio';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { testCertificate } from '../../../server/tests/callback/_certificate.ts';
import { ask, startProcess } from '../../../server/tests/store/_process.ts';
import { OURS, twiml } from './_world.ts';

/** Answers every request with TwiML, over TLS, and takes WebSockets. */
async function secureServer(documentOf: (port: number) => string) {
  const server = createServer(testCertificate, (request, response) => {
    request.resume();
    const { port } = server.address() as AddressInfo;
    response.setHeader('Content-Type', 'text/xml').end(documentOf(port));
  });
  const sockets = new WebSocketServer({ server });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    sockets.close();
    server.close();
    server.closeAllConnections();
  });
  return { port: (server.address() as AddressInfo).port, sockets };
}

it('talks to https: and wss: servers whose certificate NODE_EXTRA_CA_CERTS vouches for', async () => {
  const data = await mkdtemp(join(tmpdir(), 'tutti-authority-'));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  const authority = join(data, 'authority.pem');
  await writeFile(authority, testCertificate.cert);
  const { port, sockets } = await secureServer((own) =>
    twiml(`<Connect><Stream url="wss://localhost:${own}/ears"/></Connect>`),
  );
  const connected = once(sockets, 'connection');
  const tutti = await startProcess(undefined, data, { NODE_EXTRA_CA_CERTS: authority });
  await ask(tutti, `/2010-04-01/Accounts/${tutti.accountSid}/IncomingPhoneNumbers.json`, {
    PhoneNumber: OURS,
    VoiceUrl: `https://localhost:${port}/voice`,
  });
  const endpoint = await SipEndpoint.listen({
    host: '127.0.0.1',
    port: 0,
    userAgent: 'caller',
    closeTimeoutMs: 100,
  });
  onTestFinished(() => endpoint.close());

  const sdp = createAudioOffer({ host: '127.0.0.1', port: 4000, codecs: ['PCMU'], sessionId: 1 });
  const uri = tutti.sip.replace('sip:', `sip:${OURS}@`);
  const call = await endpoint.invite({ uri, from: 'sip:+15557654321@127.0.0.1', sdp }).result;
  const [socket, request] = await connected;
  const [first] = await once(socket, 'message');

  expect(call.kind).toBe('answered');
  expect(JSON.parse(String(first))).toMatchObject({ event: 'connected' });
  const signature = String(request.headers['x-twilio-signature']);
  const url = `wss://localhost:${port}/ears`;
  expect(validateRequest(tutti.authToken, signature, url, {})).toBe(true);
  const alerts = await ask(tutti, '/v1/Alerts');
  expect(alerts['alerts']).toEqual([]);
  await tutti.kill('SIGTERM');
}, 60_000);
