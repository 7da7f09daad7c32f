import { getEventListeners } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { createSender } from '../../src/callback/send.ts';
import { authToken, countingClock, gate, isSigned, post, startCustomer } from './_customer.ts';

const clock = systemClock;

describe('a request', () => {
  it('is a signed form that the official middleware lets through', async () => {
    await using customer = await startCustomer((_, response) => response.end('ok'));
    await using sender = createSender({ clock });
    const parameters = { Body: "it's 100% & 😀", From: '+15550001111', Tags: ['b', 'a'], None: '' };

    const answer = await sender.send(post(`${customer.url}/hook?x=1&y='2'`, { parameters }));

    expect(answer).toMatchObject({ ok: true, status: 200, attempts: 1, redirected: false });
    const [seen] = customer.seen;
    expect(seen).toMatchObject({
      method: 'POST',
      url: "/hook?x=1&y='2'",
      form: parameters,
      headers: {
        host: `127.0.0.1:${customer.port}`,
        'user-agent': 'TwilioProxy/1.1',
        accept: '*/*',
        'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
        'i-twilio-idempotency-token': '11111111-2222-3333-4444-555555555555',
      },
    });
    expect(seen !== undefined && isSigned(seen)).toBe(true);
    expect(seen !== undefined && isSigned({ ...seen, form: { ...seen.form, Body: 'x' } })).toBe(
      false,
    );
  });

  it('by GET has its parameters behind the query of the URL, and is signed with them', async () => {
    await using customer = await startCustomer((_, response) => response.end());
    await using sender = createSender({ clock });

    const answer = await sender.send(
      post(`${customer.url}/hook?x=1#rc=1`, {
        method: 'GET',
        parameters: { From: '+1555', A: ['1', '2'] },
      }),
    );

    expect(answer).toMatchObject({ ok: true, url: `${customer.url}/hook?x=1` });
    const [seen] = customer.seen;
    expect(seen).toMatchObject({ method: 'GET', url: '/hook?x=1&From=%2B1555&A=1&A=2', body: '' });
    expect(seen !== undefined && isSigned(seen)).toBe(true);
  });

  it.each([
    ['/a b/ü?q=é', '/a%20b/%C3%BC?q=%C3%A9'],
    ["/x?a='|[]{}", "/x?a='|[]{}"],
    ['', '/'],
    ['?x=1', '/?x=1'],
  ])('to a URL ending in %j asks for %j and is signed as asked', async (configured, asked) => {
    await using customer = await startCustomer((_, response) => response.end());
    await using sender = createSender({ clock });

    await sender.send(post(`${customer.url}${configured}`));

    const [seen] = customer.seen;
    expect(seen?.url).toBe(asked);
    expect(seen !== undefined && isSigned(seen)).toBe(true);
  });

  it('turns userinfo into Basic authorization and signs the URL with it', async () => {
    await using customer = await startCustomer((_, response) => response.end());
    await using sender = createSender({ clock });
    const url = `http://user:p%40ss@127.0.0.1:${customer.port}/hook`;

    await sender.send(post(url));

    const [seen] = customer.seen;
    expect(seen?.headers.authorization).toBe(`Basic ${btoa('user:p@ss')}`);
    expect(seen !== undefined && isSigned(seen, { url })).toBe(true);
  });

  it('without an auth token or an idempotency token carries neither header', async () => {
    await using customer = await startCustomer((_, response) => response.end());
    await using sender = createSender({ clock });

    await sender.send(post(customer.url, { authToken: undefined, idempotencyToken: undefined }));

    expect(customer.seen[0]?.headers).not.toHaveProperty('x-twilio-signature');
    expect(customer.seen[0]?.headers).not.toHaveProperty('i-twilio-idempotency-token');
    expect(customer.seen[0]?.headers['user-agent']).toBe('TwilioProxy/1.1');
  });

  it.each([
    ['http://127.0.0.1/a\r\nX-Evil: 1'],
    ['http://127.0.0.1\\@example.com/'],
    ['ftp://127.0.0.1/'],
    ['/relative'],
    ['http://'],
    ['http://127.0.0.1:99999/'],
    ['http://exa mple.com/'],
  ])('to %j is a bad URL and goes nowhere', async (url) => {
    await using sender = createSender({ clock });

    const answer = await sender.send(post(url));

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchBadUrl', attempts: 0 });
  });

  it('with a line break in a header is not sent at all', async () => {
    await using customer = await startCustomer((_, response) => response.end());
    await using sender = createSender({ clock });

    const answer = await sender.send(post(customer.url, { idempotencyToken: 'x\r\nX-Evil: 1' }));

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchBadUrl' });
    expect(customer.seen).toEqual([]);
  });
});

describe('an answer', () => {
  it('has status, headers and body', async () => {
    await using customer = await startCustomer((_, response) => {
      response.writeHead(201, { 'Content-Type': 'text/xml', 'X-Two': ['a', 'b'] });
      response.write('<Resp');
      response.end('onse/>');
    });
    await using sender = createSender({ clock });

    const answer = await sender.send(post(customer.url));

    expect(answer).toMatchObject({
      ok: true,
      status: 201,
      headers: { 'content-type': 'text/xml', 'x-two': 'a, b' },
    });
    expect(answer.body?.toString()).toBe('<Response/>');
  });

  it.each([
    [404, '404 Not Found'],
    [500, '500 Internal Server Error'],
    [599, '599'],
  ])('of %i is a failure that keeps what was answered', async (status, problem) => {
    await using customer = await startCustomer((_, response) => {
      response.writeHead(status, { 'X-Trace': '7' }).end('sorry');
    });
    await using sender = createSender({ clock });

    const answer = await sender.send(post(customer.url));

    expect(answer).toMatchObject({
      ok: false,
      errorName: 'fetchFailed',
      problem,
      status,
      headers: { 'x-trace': '7' },
      attempts: 1,
      givenUp: false,
    });
    expect(answer.body?.toString()).toBe('sorry');
  });

  it('larger than the limit is refused by its length before the body comes', async () => {
    await using customer = await startCustomer((_, response) => {
      response.writeHead(200, { 'Content-Length': 65_537 }).write('x');
    });
    await using sender = createSender({ clock });

    const answer = await sender.send(post(customer.url));

    expect(answer).toMatchObject({
      ok: false,
      errorName: 'responseTooLarge',
      problem: '65536 bytes',
      status: 200,
    });
    expect(sender.sockets).toBe(0);
  });

  it('of unknown length is cut off at the limit, and the connection with it', async () => {
    const gone = gate();
    await using customer = await startCustomer((_, response, socket) => {
      socket.once('close', () => gone.open());
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(10_000)));
      };
      response.on('drain', more);
      more();
    });
    await using sender = createSender({ clock });

    const answer = await sender.send(post(customer.url));

    expect(answer).toMatchObject({ ok: false, errorName: 'responseTooLarge' });
    await gone.opened;
    expect(sender.sockets).toBe(0);
  });

  it('of exactly the limit is taken', async () => {
    await using customer = await startCustomer((_, response) => response.end('x'.repeat(65_536)));
    await using sender = createSender({ clock });

    expect(await sender.send(post(customer.url))).toMatchObject({ ok: true });
    expect(await sender.send(post(customer.url, { maxBodyBytes: () => 999 }))).toMatchObject({
      ok: false,
      errorName: 'responseTooLarge',
      problem: '999 bytes',
    });
  });

  it('that is an endless error page keeps its beginning', async () => {
    await using customer = await startCustomer((_, response) => {
      response.writeHead(500);
      response.write('x'.repeat(70_000));
    });
    await using sender = createSender({ clock });

    const answer = await sender.send(post(customer.url));

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchFailed', status: 500 });
    expect(answer.body).toHaveLength(65_536);
    expect(sender.sockets).toBe(0);
  });
});

describe('connections', () => {
  it('are kept open and used again', async () => {
    await using customer = await startCustomer((_, response) => response.end());
    await using sender = createSender({ clock });

    await sender.send(post(customer.url));
    await sender.send(post(customer.url));

    expect(customer.connections).toBe(1);
    expect(sender.sockets).toBe(1);
  });

  it('that the peer closes as they are used again cost nothing but a fresh one', async () => {
    const used = new Set<Socket>();
    await using customer = await startCustomer((_, response, socket) => {
      if (used.has(socket)) socket.destroy();
      else response.end('fine');
      used.add(socket);
    });
    await using sender = createSender({ clock });

    await sender.send(post(customer.url));
    const answer = await sender.send(post(customer.url));

    expect(answer).toMatchObject({ ok: true, attempts: 1 });
    expect(customer.connections).toBe(2);
    const tokens = customer.seen.map(({ headers }) => headers['i-twilio-idempotency-token']);
    expect(new Set(tokens).size).toBe(1);
  });

  it('that break within an answer are not asked again', async () => {
    const used = new Set<Socket>();
    await using customer = await startCustomer((_, response, socket) => {
      if (used.has(socket)) socket.end('HTTP/1.1 200 OK\r\nContent-Le');
      else response.end('fine');
      used.add(socket);
    });
    await using sender = createSender({ clock });

    await sender.send(post(customer.url));
    const answer = await sender.send(post(customer.url));

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchBroken' });
    expect(customer.seen).toHaveLength(2);
  });

  it('that a fresh peer closes without an answer are a failure at once', async () => {
    await using customer = await startCustomer((_, __, socket) => socket.destroy());
    await using sender = createSender({ clock });

    const answer = await sender.send(post(customer.url));

    expect(answer).toMatchObject({
      ok: false,
      errorName: 'fetchBroken',
      problem: 'it was closed before an answer came (ECONNRESET)',
      attempts: 1,
    });
    expect(customer.seen).toHaveLength(1);
  });
});

describe('giving up', () => {
  it('by the signal ends the request at once and says so', async () => {
    const came = gate();
    await using customer = await startCustomer(() => came.open());
    await using sender = createSender({ clock });
    const controller = new AbortController();

    const answering = sender.send(post(customer.url, { signal: controller.signal }));
    await came.opened;
    controller.abort();
    const answer = await answering;

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchBroken', givenUp: true });
    expect(sender.sockets).toBe(0);
  });

  it('before the start sends nothing', async () => {
    await using customer = await startCustomer((_, response) => response.end());
    await using sender = createSender({ clock });

    const answer = await sender.send(post(customer.url, { signal: AbortSignal.abort() }));

    expect(answer).toMatchObject({ ok: false, givenUp: true });
    expect(customer.seen).toEqual([]);
  });

  it('by closing the sender ends what is under way, and later requests', async () => {
    const came = gate();
    await using customer = await startCustomer(() => came.open());
    const sender = createSender({ clock });

    const answering = sender.send(post(customer.url));
    await came.opened;
    await sender.close();
    await sender.close();

    expect(await answering).toMatchObject({
      ok: false,
      problem: 'the server is shutting down',
      givenUp: true,
    });
    expect(await sender.send(post(customer.url))).toMatchObject({ ok: false, givenUp: true });
    expect(sender.sockets).toBe(0);
    expect(customer.seen).toHaveLength(1);
  });

  it('leaves no timer and no listener behind, and neither does success or failure', async () => {
    await using customer = await startCustomer((seen, response) => {
      if (seen.url === '/fail') response.writeHead(500);
      response.end();
    });
    const counting = countingClock();
    await using sender = createSender({ clock: counting });
    const { signal } = new AbortController();

    for (const path of ['/', '/fail', '/', '/fail']) {
      await sender.send(post(customer.url + path, { signal }));
    }
    await sender.send(post('http://127.0.0.1:1/', { signal }));

    expect(counting.timers).toBe(0);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

it('signs with the token it is given', async () => {
  await using customer = await startCustomer((_, response) => response.end());
  await using sender = createSender({ clock });

  await sender.send(post(customer.url, { authToken: authToken.replace('1', '0') }));

  const [seen] = customer.seen;
  expect(seen !== undefined && isSigned(seen)).toBe(false);
});
