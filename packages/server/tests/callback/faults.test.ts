import type { Agent as HttpAgent } from 'node:http';
import { Agent, createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { exchange, type Outcome } from '../../src/callback/exchange.ts';
import { createSender, type CallbackAnswer } from '../../src/callback/send.ts';
import { readTarget } from '../../src/callback/target.ts';
import { expiredCertificate, testCertificate } from './_certificate.ts';
import { post, startRawServer } from './_customer.ts';

const OK = 'HTTP/1.1 200 OK\r\n';

/** What became of a request to a server that does `fault` once it has read the head of it. */
async function sendTo(
  fault: (socket: Socket) => void,
  overrides = 'rt=200&rc=0',
): Promise<{ answer: CallbackAnswer; sockets: number; connections: number }> {
  await using server = await startRawServer((socket) => socket.once('data', () => fault(socket)));
  await using sender = createSender({ clock: systemClock });
  const answer = await sender.send(post(`${server.url}/#${overrides}`));
  return { answer, sockets: sender.sockets, connections: server.connections };
}

describe('a connection that is reset', () => {
  it('as soon as it is made is a broken one', async () => {
    await using server = await startRawServer((socket) => socket.resetAndDestroy());
    await using sender = createSender({ clock: systemClock });

    const answer = await sender.send(post(`${server.url}/#rc=0`));

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchBroken', attempts: 1 });
    expect(answer).not.toHaveProperty('status');
    expect(sender.sockets).toBe(0);
  });

  it.each([
    ['before the answer', ''],
    ['within the status line', 'HTTP/1.1 2'],
    ['within the headers', `${OK}Content-Ty`],
  ])('%s is a broken one without a status', async (_, text) => {
    const { answer, sockets } = await sendTo((socket) => {
      if (text === '') socket.resetAndDestroy();
      else socket.write(text, () => socket.resetAndDestroy());
    });

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchBroken' });
    expect(answer).not.toHaveProperty('status');
    expect(sockets).toBe(0);
  });

  it('within the body is a broken one that shows what came', async () => {
    const { answer, sockets } = await sendTo((socket) => {
      socket.write(`${OK}Content-Length: 10\r\n\r\n12345`);
      // The bytes go out first; a reset would overtake them.
      setImmediate(() => socket.end());
    });

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchBroken', status: 200 });
    expect(answer.body?.toString()).toBe('12345');
    expect(sockets).toBe(0);
  });

  it('within the TLS handshake is a failed handshake', async () => {
    await using server = await startRawServer((socket) =>
      socket.once('data', () => socket.resetAndDestroy()),
    );
    await using sender = createSender({ clock: systemClock });

    const answer = await sender.send(post(server.url.replace('http:', 'https:')));

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchTls', attempts: 1 });
    expect(sender.sockets).toBe(0);
  });
});

describe('an answer that stops', () => {
  it.each([
    ['within the status line', 'HTTP/1.1 2', 'nothing was answered within 200 ms'],
    ['within the headers', `${OK}Content-Ty`, 'nothing was answered within 200 ms'],
    ['after the headers', `${OK}Content-Length: 10\r\n\r\n`, 'after 0 bytes of its body'],
    [
      'within a chunk',
      `${OK}Transfer-Encoding: chunked\r\n\r\na\r\n12345`,
      'after 5 bytes of its body',
    ],
    [
      'between two chunks',
      `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n`,
      'after 5 bytes of its body',
    ],
  ])('%s is given up after the read timeout', async (_, text, problem) => {
    const { answer, sockets } = await sendTo((socket) => socket.write(text));

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchBroken' });
    expect(answer.ok ? '' : answer.problem).toContain(problem);
    expect(sockets).toBe(0);
  });

  it.each([
    ['headers', (socket: Socket) => socket.write('X-Drip: 1\r\n')],
    ['a body', (socket: Socket) => socket.write('.')],
  ])('never, but drips %s, meets the total time', async (what, drip) => {
    const { answer, sockets } = await sendTo((socket) => {
      socket.write(what === 'headers' ? OK : `${OK}Content-Length: 60000\r\n\r\n`);
      const timer = setInterval(() => drip(socket), 10);
      socket.once('close', () => clearInterval(timer));
    }, 'tt=400&rt=15000&rc=0');

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchTimeout' });
    expect(sockets).toBe(0);
  });
});

describe('an answer that is cut', () => {
  it.each([
    ['by the length it names', `${OK}Content-Length: 100\r\n\r\n12345`],
    ['before the last chunk', `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n`],
  ])('%s is a broken connection that shows what came', async (_, text) => {
    const { answer, sockets } = await sendTo((socket) => socket.end(text));

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchBroken', status: 200 });
    expect(answer.body?.toString()).toBe('12345');
    expect(sockets).toBe(0);
  });

  it('by nothing is a broken connection', async () => {
    const { answer, sockets } = await sendTo((socket) => socket.end());

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchBroken' });
    expect(sockets).toBe(0);
  });

  it('by the end of the connection alone is whole', async () => {
    const { answer, sockets } = await sendTo((socket) => socket.end(`${OK}\r\n12345`));

    expect(answer).toMatchObject({ ok: true, status: 200 });
    expect(answer.body?.toString()).toBe('12345');
    expect(sockets).toBe(0);
  });
});

describe('what is not HTTP', () => {
  it.each([
    ['another protocol', '220 mail.example.com ESMTP\r\n'],
    ['zeros', '\0'.repeat(100)],
    ['a status that is none', 'HTTP/1.1 abc OK\r\n\r\n'],
    ['a header without a colon', `${OK}Content-Type text/xml\r\n\r\n`],
    ['two lengths', `${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\n12345`],
    ['a length and chunks', `${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`],
    ['a length that is none', `${OK}Content-Length: -5\r\n\r\n`],
    ['a chunk of no size', `${OK}Transfer-Encoding: chunked\r\n\r\nzz\r\n12345\r\n`],
    ['headers of 100 KiB', `${OK}X-Big: ${'x'.repeat(102_400)}\r\n\r\n`],
    ['ten thousand headers', `${OK}${'X-Many: 1\r\n'.repeat(10_000)}\r\n`],
    ['a hundred provisional answers', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(100)],
    ['a hundred leaves to go on', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(100)],
  ])('is a violation of the protocol: %s', async (_, text) => {
    const { answer, sockets, connections } = await sendTo((socket) => socket.write(text));

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchProtocol', attempts: 1 });
    expect(sockets).toBe(0);
    expect(connections).toBe(1);
  });

  it('is not a provisional answer before the final one', async () => {
    const { answer } = await sendTo((socket) =>
      socket.write(
        `${'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(3)}${OK}Content-Length: 2\r\n\r\nok`,
      ),
    );

    expect(answer).toMatchObject({ ok: true, status: 200 });
  });

  it('nor bytes behind an answer that is whole', async () => {
    const { answer } = await sendTo((socket) =>
      socket.write(`${OK}Content-Length: 2\r\n\r\nok${OK}Content-Length: 4\r\n\r\nmore`),
    );

    expect(answer).toMatchObject({ ok: true });
    expect(answer.body?.toString()).toBe('ok');
  });
});

describe('a certificate', () => {
  it.each([
    ['of another host', '127.0.0.2', testCertificate, testCertificate.cert, 'fetchTlsHost'],
    ['that ran out', '127.0.0.1', expiredCertificate, expiredCertificate.cert, 'fetchTlsExpired'],
    ['that nobody vouches for', '127.0.0.1', testCertificate, undefined, 'fetchTlsChain'],
  ] as const)(
    '%s keeps the request from being sent',
    async (_, host, certificate, ca, errorName) => {
      let requests = 0;
      const server = createServer(certificate, () => (requests += 1));
      server.on('tlsClientError', () => undefined);
      await new Promise<void>((resolve) => server.listen(0, host, resolve));
      onTestFinished(() => void server.close());
      const { port } = server.address() as AddressInfo;

      const agent = new Agent({ ...(ca !== undefined && { ca }) });
      const outcome = await get(`https://${host}:${port}/`, agent);

      expect(outcome).toMatchObject({ ok: false, failure: { errorName } });
      expect(requests).toBe(0);
      const sockets = Object.values(agent.sockets).flatMap((each) => each ?? []);
      expect(sockets.filter(({ destroyed }) => !destroyed)).toEqual([]);
    },
  );
});

function get(url: string, pool: HttpAgent): Promise<Outcome> {
  const read = readTarget(url);
  if (!read.ok) throw new Error(read.problem);
  return exchange({
    method: 'GET',
    target: read.target,
    headers: { Host: read.target.host },
    body: undefined,
    pool,
    fresh: pool,
    clock: systemClock,
    connectMs: 5000,
    readMs: 5000,
    sni: true,
    maxBodyBytes: () => 1000,
    signal: new AbortController().signal,
  });
}
