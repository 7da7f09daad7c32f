import { spawn } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { Agent } from 'node:https';
import { connect } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { exchange, type Exchange, type Outcome } from '../../src/callback/exchange.ts';
import { createSender } from '../../src/callback/send.ts';
import { readTarget } from '../../src/callback/target.ts';
import { testCertificate } from './_certificate.ts';
import { post, startCustomer, startRawServer } from './_customer.ts';

const clock = systemClock;

describe('no connection', () => {
  it('is a refusal where nothing listens, after one more attempt', async () => {
    await using sender = createSender({ clock });
    const customer = await startCustomer(() => undefined);
    await customer[Symbol.asyncDispose]();

    const answer = await sender.send(post(customer.url));

    expect(answer).toMatchObject({
      ok: false,
      errorName: 'fetchRefused',
      problem: `Tried 127.0.0.1 port ${customer.port}.`,
      attempts: 2,
    });
    expect(answer).not.toHaveProperty('status');
  });

  it('is an unknown host where the name does not resolve', async () => {
    await using sender = createSender({ clock });

    const answer = await sender.send(post('http://no-such-host.invalid/x'));

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchNoHost', attempts: 1 });
    expect(answer.ok ? '' : answer.problem).toContain('no-such-host.invalid was not found');
  });

  it('is a timeout where nobody accepts, after one more attempt', async () => {
    await using busy = await startBusyServer();
    await using sender = createSender({ clock });

    const answer = await sender.send(post(`http://127.0.0.1:${busy.port}/#ct=150`));

    expect(answer).toMatchObject({
      ok: false,
      errorName: 'fetchConnectTimeout',
      problem: 'It was not up within 150 ms.',
      attempts: 2,
    });
    expect(answer.durationMs).toBeGreaterThanOrEqual(290);
    expect(sender.sockets).toBe(0);
  });

  it('counts into the total time', async () => {
    await using busy = await startBusyServer();
    await using sender = createSender({ clock });

    const answer = await sender.send(
      post(`http://127.0.0.1:${busy.port}/`, { timeouts: { totalMs: 150 } }),
    );

    expect(answer).toMatchObject({
      ok: false,
      errorName: 'fetchTimeout',
      problem: 'The connection was not up after 150 ms.',
      attempts: 1,
    });
  });
});

describe('no answer', () => {
  it('within the total time is a timeout', async () => {
    await using customer = await startCustomer(() => undefined);
    await using sender = createSender({ clock });

    const answer = await sender.send(post(customer.url, { timeouts: { totalMs: 120 } }));

    expect(answer).toMatchObject({
      ok: false,
      errorName: 'fetchTimeout',
      problem: 'Nothing was answered within 120 ms.',
      givenUp: false,
      attempts: 1,
    });
    expect(answer).not.toHaveProperty('status');
    expect(sender.sockets).toBe(0);
  });

  it('that ends meets the total time, however it drips', async () => {
    await using customer = await startCustomer((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/xml' });
      const drip = setInterval(() => response.write('.'), 10);
      response.once('close', () => clearInterval(drip));
    });
    await using sender = createSender({ clock });

    const answer = await sender.send(post(`${customer.url}/#tt=600&rt=300`));

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchTimeout' });
    expect(answer.ok ? '' : answer.problem).toMatch(
      /^The answer was not complete after 600 ms: \d+ bytes/,
    );
  });

  it('within the read timeout is a broken connection', async () => {
    await using customer = await startCustomer(() => undefined);
    await using sender = createSender({ clock });

    const answer = await sender.send(post(`${customer.url}/#rt=100`));

    expect(answer).toMatchObject({
      ok: false,
      errorName: 'fetchBroken',
      problem: 'nothing was answered within 100 ms',
      attempts: 1,
    });
  });

  it('after the first bytes is a broken connection', async () => {
    await using customer = await startCustomer((_, response) => response.write('12345'));
    await using sender = createSender({ clock });

    const answer = await sender.send(post(`${customer.url}/#rt=100`));

    expect(answer).toMatchObject({
      ok: false,
      errorName: 'fetchBroken',
      problem: 'the answer stopped for 100 ms after 5 bytes of its body',
    });
  });

  it('in full is a broken connection that shows what came', async () => {
    await using customer = await startCustomer((_, response, socket) => {
      response.writeHead(200, { 'Content-Length': 100 });
      response.write('12345', () => socket.end());
    });
    await using sender = createSender({ clock });

    const answer = await sender.send(post(customer.url));

    expect(answer).toMatchObject({
      ok: false,
      errorName: 'fetchBroken',
      problem: 'the answer broke off after 5 bytes of its body (ECONNRESET)',
      status: 200,
    });
    expect(answer.body?.toString()).toBe('12345');
  });

  it('in HTTP is a violation of the protocol', async () => {
    await using server = await startRawServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
    await using sender = createSender({ clock });

    const answer = await sender.send(post(server.url));

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchProtocol', attempts: 1 });
  });

  it('but another protocol is a broken connection', async () => {
    await using server = await startRawServer((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    );
    await using sender = createSender({ clock });

    const answer = await sender.send(post(server.url));

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchBroken' });
    expect(sender.sockets).toBe(0);
  });

  it('in plain bytes but compressed is a violation of the protocol', async () => {
    await using customer = await startCustomer((_, response) =>
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end('?'),
    );
    await using sender = createSender({ clock });

    const answer = await sender.send(post(customer.url));

    expect(answer).toMatchObject({
      ok: false,
      errorName: 'fetchProtocol',
      problem: 'the body is encoded as gzip, which was not asked for',
      status: 200,
    });
  });
});

describe('TLS', () => {
  it('with a server that speaks plain HTTP is a failed handshake', async () => {
    await using customer = await startCustomer((_, response) => response.end());
    await using sender = createSender({ clock });

    const answer = await sender.send(post(customer.url.replace('http:', 'https:')));

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchTls', attempts: 1 });
    expect(answer.ok ? '' : answer.problem).toContain('Is it an http:// URL?');
  });

  it('with a certificate of nobody known is a failed handshake', async () => {
    await using customer = await startCustomer((_, response) => response.end(), true);
    await using sender = createSender({ clock });

    const answer = await sender.send(post(customer.url));

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchTlsChain', attempts: 1 });
    expect(answer.ok ? '' : answer.problem).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(customer.seen).toEqual([]);
  });

  it('with a server that says nothing is a failed handshake after the read timeout', async () => {
    await using server = await startRawServer(() => undefined);
    await using sender = createSender({ clock });
    const url = `${server.url.replace('http:', 'https:')}/#rt=100&rc=0`;

    const answer = await sender.send(post(url));

    expect(answer).toMatchObject({
      ok: false,
      errorName: 'fetchTls',
      problem: 'it was not done within 100 ms',
      attempts: 1,
    });
  });

  it('with a trusted certificate carries the request', async () => {
    await using customer = await startCustomer((_, response) => response.end('secret'), true);
    const pool = new Agent({ ca: testCertificate.cert, keepAlive: true });

    const { signal } = new AbortController();
    const first = await exchangeWith(customer.url, pool, { signal });
    const second = await exchangeWith(customer.url, pool);
    pool.destroy();

    expect(first.received?.body.toString()).toBe('secret');
    expect(second.ok).toBe(true);
    expect(customer.connections).toBe(1);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('once done leaves a missing answer to be just that', async () => {
    await using customer = await startCustomer(() => undefined, true);
    const pool = new Agent({ ca: testCertificate.cert });

    const outcome = await exchangeWith(customer.url, pool, { readMs: 600 });

    expect(outcome).toMatchObject({ ok: false, failure: { errorName: 'fetchBroken' } });
    expect(customer.seen).toHaveLength(1);
  });

  it('names the host in the handshake unless it is told not to', async () => {
    const named: unknown[] = [];
    await using customer = await startCustomer((_, response, socket) => {
      named.push((socket as TLSSocket).servername);
      response.end();
    }, true);
    const pool = new Agent({ ca: testCertificate.cert });
    const url = customer.url.replace('127.0.0.1', 'localhost');

    await exchangeWith(url, pool);
    await exchangeWith(url, pool, { sni: false });

    expect(named).toEqual(['localhost', false]);
  });
});

function exchangeWith(url: string, pool: Agent, more: Partial<Exchange> = {}): Promise<Outcome> {
  const read = readTarget(url);
  if (!read.ok) throw new Error(read.problem);
  return exchange({
    method: 'GET',
    target: read.target,
    headers: { Host: read.target.host },
    body: undefined,
    pool,
    fresh: pool,
    clock,
    connectMs: 5000,
    readMs: 5000,
    sni: true,
    maxBodyBytes: () => 1000,
    signal: new AbortController().signal,
    ...more,
  });
}

/** A server whose queue of connections is full and which never looks at it. */
async function startBusyServer(): Promise<AsyncDisposable & { readonly port: number }> {
  const program = `
    const server = require('node:net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      require('node:fs').writeSync(1, String(server.address().port));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(said.toString());
  // The kernel takes one more than the backlog says; later ones wait for ever.
  const fillers = [1, 2, 3, 4].map(() => connect({ port, host: '127.0.0.1' }));
  for (const filler of fillers) filler.on('error', () => undefined);
  await Promise.all(fillers.slice(0, 2).map((filler) => once(filler, 'connect')));
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const filler of fillers) filler.destroy();
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
