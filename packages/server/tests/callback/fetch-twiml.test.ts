import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { CookieJar } from '../../src/callback/cookie-jar.ts';
import { fetchTwiml, type TwimlAnswer, type TwimlRequest } from '../../src/callback/fetch-twiml.ts';
import { createSender } from '../../src/callback/send.ts';
import { authToken, gate, isSigned, startCustomer, type Customer } from './_customer.ts';

const parameters = { CallSid: 'CA00000000000000000000000000000001', From: '+15550001111' };

/** Asks with a sender of its own, which ends with the answer. */
async function ask(url: string, more: Partial<TwimlRequest> = {}): Promise<TwimlAnswer> {
  await using sender = createSender({ clock: systemClock });
  let tokens = 0;
  return await fetchTwiml(sender, {
    url,
    method: 'POST',
    parameters,
    authToken,
    idempotencyToken: () => {
      tokens += 1;
      return `token-${tokens}`;
    },
    cookies: new CookieJar(),
    ...more,
  });
}

interface Page {
  readonly status?: number;
  readonly type?: string;
  readonly body?: string | Buffer;
}

/** Serves `pages` by their path. */
function serve(pages: Readonly<Record<string, Page>>): Promise<Customer> {
  return startCustomer((seen, response) => {
    const page = pages[seen.url.split('?', 1)[0] ?? ''] ?? { status: 404 };
    response.writeHead(
      page.status ?? 200,
      page.type === undefined ? {} : { 'Content-Type': page.type },
    );
    response.end(page.body);
  });
}

const hangup = '<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>';

describe('a document', () => {
  it.each(['text/xml', 'application/xml', 'text/html; charset=utf-8', 'TEXT/XML', 'text/plain'])(
    'is taken as %s',
    async (type) => {
      await using customer = await serve({ '/voice': { type, body: hangup } });

      const answer = await ask(`${customer.url}/voice`);

      expect(answer).toMatchObject({
        ok: true,
        kind: 'twiml',
        document: { verbs: [{ verb: 'Hangup' }] },
        url: `${customer.url}/voice`,
        method: 'POST',
        alerts: [],
      });
      const [seen] = customer.seen;
      expect(seen).toMatchObject({ method: 'POST', form: parameters });
      expect(seen?.headers['i-twilio-idempotency-token']).toBe('token-1');
      expect(seen !== undefined && isSigned(seen)).toBe(true);
    },
  );

  it.each([
    ['text/xml; charset=iso-8859-1', '<Response><Say>caf\u00e9</Say></Response>', 'latin1'],
    [
      'text/xml',
      '<?xml version="1.0" encoding="ISO-8859-1"?><Response><Say>caf\u00e9</Say></Response>',
      'latin1',
    ],
    ['text/xml; charset=utf8mb4', '<Response><Say>caf\u00e9</Say></Response>', 'utf8'],
    ['text/xml', '\ufeff<Response><Say>caf\u00e9</Say></Response>', 'utf8'],
  ] as const)('served as %s is read in its own character set', async (type, text, encoding) => {
    await using customer = await serve({ '/': { type, body: Buffer.from(text, encoding) } });

    const answer = await ask(customer.url);

    expect(answer).toMatchObject({ document: { verbs: [{ verb: 'Say', text: 'café' }] } });
  });

  it('tells where it came from after redirects, credentials kept for relative URLs', async () => {
    await using customer = await startCustomer((seen, response) => {
      if (seen.url === '/voice') response.writeHead(302, { Location: '/real/doc' }).end();
      else response.writeHead(200, { 'Content-Type': 'text/xml' }).end(hangup);
    });

    const answer = await ask(`http://user:pass@127.0.0.1:${customer.port}/voice#rc=1`);

    expect(answer).toMatchObject({
      ok: true,
      url: `http://user:pass@127.0.0.1:${customer.port}/real/doc`,
    });
  });

  it('with warnings is run, and each warning is told', async () => {
    const body = '<Response>\n<Hangup/>\n<Nonsense/>\n<Pause length="x"/></Response>';
    await using customer = await serve({ '/voice': { type: 'text/xml', body } });

    const answer = await ask(`${customer.url}/voice`, { fallbackUrl: `${customer.url}/fallback` });

    expect(answer).toMatchObject({
      ok: true,
      alerts: [
        { code: 12_200, level: 'warning' },
        { code: 13_910, level: 'warning' },
      ],
    });
    const [first] = answer.alerts;
    expect(first?.text).toContain(`${customer.url}/voice: <Nonsense>`);
    expect(first?.text).toContain('(line 3)');
    expect(first?.exchange).toMatchObject({
      method: 'POST',
      url: `${customer.url}/voice`,
      variables: new URLSearchParams(parameters).toString(),
      status: 200,
      responseBody: body,
    });
    expect(customer.seen).toHaveLength(1);
  });

  it('without verbs is what a 204 means', async () => {
    await using customer = await serve({ '/': { status: 204 } });

    expect(await ask(customer.url)).toMatchObject({
      ok: true,
      kind: 'twiml',
      document: { verbs: [] },
      alerts: [],
    });
  });

  it('without verbs can be said in full', async () => {
    await using customer = await serve({ '/': { type: 'text/xml', body: '<Response/>' } });

    expect(await ask(customer.url)).toMatchObject({
      ok: true,
      document: { verbs: [] },
      alerts: [],
    });
  });
});

describe('plain text', () => {
  it('that is no TwiML is read aloud', async () => {
    const body = 'Tom & "Jerry" are\u0007 > 5\nyears old';
    await using customer = await serve({ '/': { type: 'text/plain', body } });

    expect(await ask(customer.url)).toMatchObject({
      ok: true,
      kind: 'twiml',
      document: { verbs: [{ verb: 'Say', text: 'Tom & "Jerry" are > 5 years old' }] },
      alerts: [],
    });
  });

  it('that begins like TwiML and is none is read aloud with a warning', async () => {
    await using customer = await serve({ '/': { type: 'text/plain', body: '<Response><Say>' } });

    const answer = await ask(customer.url);

    expect(answer).toMatchObject({
      ok: true,
      document: { verbs: [{ verb: 'Say', text: '<Response><Say>' }] },
      alerts: [{ code: 12_200, level: 'warning' }],
    });
    expect(answer.alerts[0]?.text).toContain('so it is read aloud');
  });

  it('that is empty is an invalid document', async () => {
    await using customer = await serve({ '/': { type: 'text/plain', body: ' ' } });

    expect(await ask(customer.url)).toMatchObject({ ok: false, alerts: [{ code: 12_100 }] });
  });
});

describe('a sound', () => {
  it('is handed over whole, however large next to TwiML', async () => {
    const body = Buffer.alloc(200_000, 7);
    await using customer = await serve({ '/tune': { type: 'audio/mpeg', body } });

    const answer = await ask(`${customer.url}/tune`, { method: 'GET' });

    expect(answer).toMatchObject({
      ok: true,
      kind: 'audio',
      contentType: 'audio/mpeg',
      url: `${customer.url}/tune`,
      alerts: [],
    });
    expect(answer.ok && answer.kind === 'audio' && answer.body.equals(body)).toBe(true);
  });
});

describe('a failure', () => {
  it.each([
    ['the status 500', { status: 500, body: 'oops' }, 11_200, 'answered 500 Internal Server Error'],
    ['no Content-Type', { body: hangup }, 12_300, 'answered with Content-Type missing'],
    [
      'a wrong Content-Type',
      { type: 'application/json', body: '{}' },
      12_300,
      '"application/json"',
    ],
    ['broken XML', { type: 'text/xml', body: '<Response><Say>' }, 12_100, 'line 1'],
    ['another root', { type: 'text/xml', body: '<Reply/>' }, 12_102, '<Reply>'],
    ['an empty body', { type: 'text/xml', body: '' }, 12_100, 'The body is empty'],
    ['too much', { type: 'text/xml', body: 'x'.repeat(65_537) }, 11_750, 'larger than 65536 bytes'],
  ])('by %s raises an alert with everything about it', async (_, page, code, text) => {
    await using customer = await serve({ '/voice': page });

    const answer = await ask(`http://user:pass@127.0.0.1:${customer.port}/voice#rc=0`);

    expect(answer).toMatchObject({ ok: false, alerts: [{ code, level: 'error' }] });
    const [alert] = answer.alerts;
    const shown = `http://user:***@127.0.0.1:${customer.port}/voice`;
    expect(alert?.text).toContain(shown);
    expect(alert?.text).toContain(text);
    expect(alert?.text).not.toContain('pass');
    expect(alert?.exchange).toMatchObject({
      method: 'POST',
      variables: new URLSearchParams(parameters).toString(),
      requestHeaders: { Host: `127.0.0.1:${customer.port}` },
    });
    expect(alert?.exchange.status).toBe('status' in page ? page.status : 200);
  });

  it('to connect has no response to show and tells the attempts', async () => {
    const answer = await ask('http://127.0.0.1:1/voice');

    expect(answer).toMatchObject({
      ok: false,
      alerts: [{ code: 11_202, level: 'error' }],
    });
    expect(answer.alerts[0]?.text).toMatch(/Tried 127\.0\.0\.1 port 1\. It was tried 2 times\.$/);
    expect(answer.alerts[0]?.exchange).toMatchObject({
      status: undefined,
      responseHeaders: undefined,
      responseBody: undefined,
    });
  });

  it('after a redirect names both URLs', async () => {
    await using customer = await startCustomer((seen, response) =>
      response.writeHead(seen.url === '/voice' ? 302 : 404, { Location: '/gone' }).end(),
    );

    const answer = await ask(`${customer.url}/voice`);

    expect(answer.alerts[0]?.text).toBe(
      `${customer.url}/gone answered 404 Not Found. ${customer.url}/voice redirected there.`,
    );
  });

  it('leads to the fallback URL with the same parameters, ErrorCode and ErrorUrl', async () => {
    await using customer = await serve({
      '/voice': { type: 'application/json', body: '{}' },
      '/fallback': { type: 'text/xml', body: hangup },
    });

    const answer = await ask(`${customer.url}/voice#rc=0`, {
      fallbackUrl: `${customer.url}/fallback`,
    });

    expect(answer).toMatchObject({
      ok: true,
      document: { verbs: [{ verb: 'Hangup' }] },
      url: `${customer.url}/fallback`,
      alerts: [{ code: 12_300 }],
    });
    expect(customer.seen[1]).toMatchObject({
      method: 'POST',
      form: { ...parameters, ErrorCode: '12300', ErrorUrl: `${customer.url}/voice` },
    });
    expect(customer.seen[1]?.headers['i-twilio-idempotency-token']).toBe('token-2');
    expect(customer.seen.every((seen) => isSigned(seen))).toBe(true);
  });

  it('of both leaves both alerts, the fallback asked by its own method', async () => {
    await using customer = await serve({});

    const answer = await ask(`${customer.url}/voice`, {
      fallbackUrl: `${customer.url}/fallback`,
      fallbackMethod: 'GET',
    });

    expect(answer).toMatchObject({ ok: false, alerts: [{ code: 11_200 }, { code: 11_200 }] });
    expect(answer).not.toHaveProperty('cause');
    expect(customer.seen.map(({ method }) => method)).toEqual(['POST', 'GET']);
    expect(answer.alerts[1]?.exchange).toMatchObject({
      method: 'GET',
      url: `${customer.url}/fallback`,
      variables: expect.stringContaining('ErrorCode=11200'),
    });
  });

  it('leads nowhere when the fallback URL is empty', async () => {
    await using customer = await serve({});

    const answer = await ask(`${customer.url}/voice`, { fallbackUrl: '' });

    expect(answer).toMatchObject({ ok: false, alerts: [{ code: 11_200 }] });
    expect(customer.seen).toHaveLength(1);
  });
});

it('a connection override that cannot be used is a warning before anything else', async () => {
  await using customer = await serve({ '/voice': { status: 500 } });

  const answer = await ask(`${customer.url}/voice#rp=oops`);

  expect(answer.alerts).toMatchObject([
    { code: 11_243, level: 'warning' },
    { code: 11_200, level: 'error' },
  ]);
  expect(answer.alerts[0]?.text).toContain('rp=oops is not used');
});

it('a request that is given up raises no alert and asks nobody else', async () => {
  const came = gate();
  await using customer = await startCustomer(() => came.open());
  const controller = new AbortController();

  const asking = ask(`${customer.url}/voice`, {
    fallbackUrl: `${customer.url}/fallback`,
    signal: controller.signal,
  });
  await came.opened;
  controller.abort();

  expect(await asking).toEqual({ ok: false, alerts: [] });
  expect(customer.seen).toHaveLength(1);
});

it('cookies come back with the next request of the call', async () => {
  await using customer = await startCustomer((_, response) =>
    response.writeHead(200, { 'Content-Type': 'text/xml', 'Set-Cookie': 'session=7' }).end(hangup),
  );
  const cookies = new CookieJar();

  await ask(`${customer.url}/voice`, { cookies });
  await ask(`${customer.url}/next`, { cookies });

  expect(customer.seen.map(({ headers }) => headers.cookie)).toEqual([undefined, 'session=7']);
});
