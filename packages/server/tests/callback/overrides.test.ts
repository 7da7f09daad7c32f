import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { defaultConnection, readOverrides } from '../../src/callback/overrides.ts';
import { createSender } from '../../src/callback/send.ts';
import { post, startCustomer, startRawServer, type Customer } from './_customer.ts';

const clock = systemClock;

/** Answers with each status in turn, and with the last one from then on. */
function startAnswering(...statuses: number[]): Promise<Customer> {
  let count = 0;
  return startCustomer((_, response) => {
    response.writeHead(statuses[Math.min(count, statuses.length - 1)] ?? 200).end();
    count += 1;
  });
}

describe('connection overrides', () => {
  it('repeat what the policy names, with the same idempotency token', async () => {
    await using customer = await startAnswering(500, 404, 200);
    await using sender = createSender({ clock });

    const answer = await sender.send(post(`${customer.url}/hook#rc=2&rp=all`));

    expect(answer).toMatchObject({ ok: true, attempts: 3, warnings: [] });
    expect(customer.seen.map(({ url }) => url)).toEqual(['/hook', '/hook', '/hook']);
    const tokens = customer.seen.map(({ headers }) => headers['i-twilio-idempotency-token']);
    expect(new Set(tokens)).toEqual(new Set(['11111111-2222-3333-4444-555555555555']));
  });

  it('repeat no more often than the count', async () => {
    await using customer = await startAnswering(500);
    await using sender = createSender({ clock });

    const answer = await sender.send(post(`${customer.url}/#rc=3&rp=5xx`));

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchFailed', attempts: 4 });
    expect(customer.seen).toHaveLength(4);
  });

  it.each([
    ['', 1],
    ['#rc=5', 1],
    ['#rc=5&rp=4xx,rt', 1],
    ['#rp=5xx', 2],
    ['#rc=0&rp=all', 1],
  ])('of %j ask a server that answers 503 %i times', async (fragment, times) => {
    await using customer = await startAnswering(503);
    await using sender = createSender({ clock });

    await sender.send(post(`${customer.url}/${fragment}`));

    expect(customer.seen).toHaveLength(times);
  });

  it('repeat a broken answer under rt', async () => {
    await using server = await startRawServer((socket) =>
      socket.once('data', () => socket.destroy()),
    );
    await using sender = createSender({ clock });

    const answer = await sender.send(post(`${server.url}/#rc=2&rp=rt`));

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchBroken', attempts: 3 });
    expect(server.connections).toBe(3);
  });

  it('end with the total time, retries included', async () => {
    await using customer = await startCustomer(() => undefined);
    await using sender = createSender({ clock });

    const answer = await sender.send(post(`${customer.url}/#rt=100&tt=400&rc=5&rp=rt`));

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchTimeout' });
    expect(answer.attempts).toBeGreaterThan(1);
    expect(answer.durationMs).toBeGreaterThanOrEqual(390);
  });

  it('go before the timeouts of the request', async () => {
    await using customer = await startCustomer((_, response) => response.end());
    await using sender = createSender({ clock });

    const answer = await sender.send(
      post(`${customer.url}/#tt=5000`, { timeouts: { totalMs: 0 } }),
    );

    expect(answer.ok).toBe(true);
  });

  it('are not read where they are not supported, and never sent', async () => {
    await using customer = await startAnswering(500);
    await using sender = createSender({ clock });

    const answer = await sender.send(
      post(`${customer.url}/hook#rc=3&rp=oops`, { overrides: false }),
    );

    expect(answer).toMatchObject({ ok: false, attempts: 1, warnings: [] });
    expect(customer.seen.map(({ url }) => url)).toEqual(['/hook']);
  });

  it('that cannot be used are reported with the answer', async () => {
    await using customer = await startAnswering(500, 200);
    await using sender = createSender({ clock });

    const answer = await sender.send(post(`${customer.url}/#rc=9&rp=5xx`));

    expect(answer).toMatchObject({
      ok: true,
      attempts: 2,
      warnings: [
        {
          code: 11100,
          text: 'The connection override rc=9 is not used: expected a whole number from 0 to 5.',
        },
      ],
    });
  });
});

describe('readOverrides', () => {
  it('reads every key', () => {
    const { connection, warnings } = readOverrides(
      'ct=100&rt=200&tt=300&rc=5&rp=4xx,ct&sni=n&e=dublin,ashburn-ix',
      defaultConnection,
    );

    expect(connection).toEqual({
      connectMs: 100,
      readMs: 200,
      totalMs: 300,
      retries: 5,
      retryOn: new Set(['4xx', 'ct']),
      sni: false,
    });
    expect(warnings).toEqual([]);
  });

  it.each([
    ['ct=99', 11100],
    ['ct=10001', 11100],
    ['rt=15001', 11100],
    ['tt=99', 11100],
    ['tt=1e3', 11100],
    ['rc=6', 11100],
    ['rc=', 11100],
    ['rp=', 11243],
    ['rp=5xx,6xx', 11243],
    ['sni=yes', 11100],
    ['e=atlantis', 11240],
    ['tc=1000', 11100],
    ['__proto__=1', 11100],
  ])('leaves %s out with the code %i', (fragment, code) => {
    const { connection, warnings } = readOverrides(fragment, defaultConnection);

    expect(connection).toEqual(defaultConnection);
    expect(warnings).toMatchObject([{ code }]);
  });

  it('takes an ordinary anchor for what it is', () => {
    expect(readOverrides('top', defaultConnection)).toEqual({
      connection: defaultConnection,
      warnings: [],
    });
  });
});
