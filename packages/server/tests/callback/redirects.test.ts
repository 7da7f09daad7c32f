import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { CookieJar } from '../../src/callback/cookie-jar.ts';
import { createSender } from '../../src/callback/send.ts';
import { isSigned, post, startCustomer, type Customer } from './_customer.ts';

const clock = systemClock;

/** Answers `/301` and the like with a redirect to where `location` says, and everything else with 200. */
function startRedirecting(location: (path: string) => string | undefined): Promise<Customer> {
  return startCustomer((seen, response) => {
    const status = Number(/^\/(3\d\d)/.exec(seen.url)?.[1] ?? 200);
    const next = location(seen.url);
    response.writeHead(status, next === undefined ? {} : { Location: next }).end(seen.url);
  });
}

describe('redirects', () => {
  it.each([301, 302, 303])('by %i turn a POST into a GET without its form', async (status) => {
    await using customer = await startRedirecting(() => '/next?a=1');
    await using sender = createSender({ clock });

    const answer = await sender.send(post(`${customer.url}/${status}`));

    expect(answer).toMatchObject({
      ok: true,
      status: 200,
      url: `${customer.url}/next?a=1`,
      redirected: true,
    });
    expect(customer.seen[1]).toMatchObject({ method: 'GET', url: '/next?a=1', body: '' });
    expect(customer.seen.every((seen) => isSigned(seen))).toBe(true);
    expect(customer.seen[1]?.headers['i-twilio-idempotency-token']).toBe(
      customer.seen[0]?.headers['i-twilio-idempotency-token'],
    );
  });

  it.each([307, 308])('by %i repeat the request with its form, signed anew', async (status) => {
    await using customer = await startRedirecting(() => '/next');
    await using sender = createSender({ clock });

    await sender.send(post(`${customer.url}/${status}`));

    const [first, second] = customer.seen;
    expect(second).toMatchObject({ method: 'POST', url: '/next', body: first?.body });
    expect(second?.headers['x-twilio-signature']).not.toBe(first?.headers['x-twilio-signature']);
    expect(customer.seen.every((seen) => isSigned(seen))).toBe(true);
  });

  it.each([
    ['Latin-1', "/next?q='ü'#part"],
    ['UTF-8', Buffer.from("/next?q='ü'#part", 'utf8').toString('latin1')],
  ])('of a GET follow the location as it stands, be it in %s', async (_, location) => {
    await using customer = await startRedirecting(() => location);
    await using sender = createSender({ clock });

    const answer = await sender.send(post(`${customer.url}/307`, { method: 'GET' }));

    expect(answer.ok).toBe(true);
    expect(customer.seen[1]).toMatchObject({ method: 'GET', url: '/next?q=%27%C3%BC%27' });
    expect(customer.seen.every((seen) => isSigned(seen))).toBe(true);
  });

  it('are followed ten times', async () => {
    const hops = (path: string): string => `/302?${Number(path.split('?')[1] ?? 0) + 1}`;
    await using customer = await startRedirecting((path) =>
      path === '/302?9' ? '/done' : hops(path),
    );
    await using sender = createSender({ clock });

    const answer = await sender.send(post(`${customer.url}/302`));

    expect(answer).toMatchObject({ ok: true, url: `${customer.url}/done` });
    expect(customer.seen).toHaveLength(11);
  });

  it('in a loop end after the tenth, naming the first URL', async () => {
    await using customer = await startRedirecting(() => '/302');
    await using sender = createSender({ clock });

    const answer = await sender.send(post(`${customer.url}/302`));

    expect(answer).toMatchObject({
      ok: false,
      errorName: 'fetchRedirects',
      problem: '10',
      url: `${customer.url}/302`,
    });
    expect(customer.seen).toHaveLength(11);
  });

  it.each([
    ['/301', undefined, 'the 301 has no Location'],
    ['/302', 'ftp://example.com/', 'the 302 has a Location that cannot be followed'],
    ['/302', 'http://', 'the 302 has a Location that cannot be followed'],
    ['/304', '/next', 'the status 304 leads nowhere'],
  ])('of %s to %s are bad', async (path, location, problem) => {
    await using customer = await startRedirecting(() => location);
    await using sender = createSender({ clock });

    const answer = await sender.send(post(customer.url + path));

    expect(answer).toMatchObject({
      ok: false,
      errorName: 'fetchBadRedirect',
      status: Number(path.slice(1)),
    });
    expect(answer.ok ? '' : answer.problem).toContain(problem);
    expect(customer.seen).toHaveLength(1);
  });

  it('that fail are reported with the URL that failed', async () => {
    await using customer = await startRedirecting(() => 'http://127.0.0.1:1/gone');
    await using sender = createSender({ clock });

    const answer = await sender.send(post(`${customer.url}/302`));

    expect(answer).toMatchObject({
      ok: false,
      errorName: 'fetchRefused',
      url: 'http://127.0.0.1:1/gone',
      redirected: true,
    });
  });

  it('keep credentials on their origin and show them to nobody else', async () => {
    await using stranger = await startCustomer((_, response) => response.end());
    await using customer = await startRedirecting((path) =>
      path === '/302?1' ? `${customer.url}/302?2` : path === '/302?2' ? stranger.url : '/302?1',
    );
    await using sender = createSender({ clock });

    await sender.send(post(`http://user:pass@127.0.0.1:${customer.port}/302`));

    const basic = `Basic ${btoa('user:pass')}`;
    expect(customer.seen.map(({ headers }) => headers.authorization)).toEqual([
      basic,
      basic,
      basic,
    ]);
    expect(stranger.seen).toHaveLength(1);
    expect(stranger.seen[0]?.headers).not.toHaveProperty('authorization');
  });

  it('carry on the cookies that are set on the way', async () => {
    await using customer = await startCustomer((seen, response) => {
      if (seen.url === '/start') {
        response.writeHead(302, { Location: '/next', 'Set-Cookie': ['a=1; Path=/', 'b=2'] });
      }
      response.end();
    });
    await using sender = createSender({ clock });
    const cookies = new CookieJar();

    await sender.send(post(`${customer.url}/start`, { cookies }));
    await sender.send(post(`${customer.url}/start`, { cookies }));

    expect(customer.seen.map(({ headers }) => headers.cookie)).toEqual([
      undefined,
      'a=1; b=2',
      'a=1; b=2',
      'a=1; b=2',
    ]);
  });
});
