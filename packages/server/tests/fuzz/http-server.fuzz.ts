import { connect } from 'node:net';
import { afterAll, beforeAll, expect } from 'vitest';
import { fuzzSockets } from '../../../../tests/_fuzz/fuzz.ts';
import { mutateBytes } from '../../../../tests/_fuzz/mutate.ts';
import type { Random } from '../../../../tests/_fuzz/random.ts';
import { startTestServer, type TestServer } from '../_server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const forms = ['FriendlyName=a&Attributes=%7B%7D', 'Identity=ann', 'Body=h%C3%A9&Index=1', 'a&&=%'];

function makeRequest(random: Random): string {
  const { accountSid, authToken } = server;
  const path = random.pick([
    '/v1/Conversations?PageSize=1&Page=1e308',
    '/conversations/v1/Conversations/CH0123456789abcdef0123456789abcdef/Messages',
    `/2010-04-01/Accounts/${accountSid}/Calls.json?PageToken=PAN1`,
    '/monitor/v1/Alerts?LogLevel=error&StartDate=2026-02-30',
    '/v1/Services/IS1/Media',
    '/health',
    '/docs/errors/75001',
  ]);
  const method = random.pick(['GET', 'GET', 'POST', 'POST', 'DELETE', 'PUT', 'HEAD', 'OPTIONS']);
  const body = method === 'POST' ? random.pick(forms) : '';
  const isChunked = body !== '' && random.oneIn(4);
  return [
    `${method} ${path} HTTP/1.${random.pick(['1', '1', '1', '0'])}`,
    `Host: ${random.pick(['localhost', 'conversations.twilio.com', 'api.twilio.com:443'])}`,
    ...(random.oneIn(20)
      ? []
      : [`Authorization: Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`]),
    'Content-Type: application/x-www-form-urlencoded',
    ...(random.oneIn(6) ? ['Expect: 100-continue', 'X-Twilio-Webhook-Enabled: true'] : []),
    isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`,
    ...(random.oneIn(2) ? ['Connection: close'] : []),
    '',
    isChunked ? `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n` : body,
  ].join('\r\n');
}

/** Sends it in two pieces and ends; resolves with all that came back, once the server has closed. */
function exchange(bytes: Buffer, cut: number): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  return new Promise((resolve) => {
    let answered = '';
    socket.on('data', (chunk) => (answered += chunk.toString('latin1')));
    // A reset is an answer too.
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(answered));
    socket.write(bytes.subarray(0, cut));
    socket.end(bytes.subarray(cut));
  });
}

fuzzSockets<Buffer>('The HTTP server', {
  corpus: [
    '',
    '\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    'GET / HTTP/9.9\r\nHost: a\r\n\r\n',
    'GET http://[ HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /v1/%zz HTTP/1.1\r\nHost: a\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n',
    'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    `GET /${'a/'.repeat(4000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: a\r\n${'a: b\r\n'.repeat(2500)}\r\n`,
  ].map((text) => Buffer.from(text)),
  make: (random) => {
    const requests = [makeRequest(random), ...(random.oneIn(4) ? [makeRequest(random)] : [])];
    const words = [
      'Content-Length: 9\r\n',
      'Transfer-Encoding: chunked\r\n',
      ' HTTP/1.1\r\n',
      '%00',
    ];
    return mutateBytes(random, Buffer.from(requests.join('')), { words });
  },
  send: async (inputs, random) => {
    const answers = await Promise.all(
      inputs.map((bytes) => exchange(bytes, random.below(bytes.length + 1))),
    );
    for (const [index, answer] of answers.entries()) {
      if (answer !== '' && !answer.startsWith('HTTP/1.1 ')) throw new Error(answer.slice(0, 80));
      if (!/HTTP\/1\.1 5\d\d /.test(answer)) continue;
      throw new Error(`${JSON.stringify(inputs[index]?.toString('latin1'))} gives ${answer}`);
    }
  },
  check: async () => {
    await server.settled();
    const { status } = await server.request('GET', '/v1/Conversations');
    expect(status).toBe(200);
    // The one that asks is open.
    await expect
      .poll(async () => (await server.request('GET', '/metrics')).body)
      .toMatch(/^tutti_http_connections 1$/m);
  },
});
