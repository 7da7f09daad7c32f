import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ActionContext } from '../../src/actions/context.ts';
import { addAlert, FAMILY_MAX, raiseAlert, type NewAlert } from '../../src/actions/raise-alert.ts';
import type { AlertedExchange } from '../../src/callback/alerted-exchange.ts';
import type { Alert } from '../../src/model/alert.ts';
import { findAlert, listAlerts } from '../../src/store/alerts.ts';
import { both, onEngines, open, sqlite, type OpenedStore } from '../store/_engines.ts';

const HOUR_MS = 3_600_000;
const alert = { errorCode: 11_200, level: 'error', text: 'It failed.' } as const;

/** The alert as it is kept. */
async function raise(exchange: Partial<AlertedExchange>): Promise<Alert | undefined> {
  await using opened = await open(sqlite);
  const { sid: accountSid } = await opened.account();
  const sid = await raiseAlert(opened.context, {
    ...alert,
    accountSid,
    exchange: { method: 'POST', url: 'http://127.0.0.1/', ...exchange },
  });
  return findAlert(opened.context.db, accountSid, sid);
}

test('what was sent and answered is kept to 4096 characters', async () => {
  const kept = await raise({
    variables: `Body=${'y'.repeat(100_000)}`,
    responseBody: 'x'.repeat(16 * 1024 * 1024),
  });

  expect(kept?.responseBody).toBe('x'.repeat(4096));
  expect(kept?.requestVariables).toBe(`Body=${'y'.repeat(4091)}`);
});

test('a secret on the edge of what is kept shows no part of itself', async () => {
  const secret = 'S'.repeat(100);

  const kept = await raise({
    variables: `AuthToken=${secret}`,
    responseBody: `${'x'.repeat(4050)}${secret}`,
  });

  expect(kept?.responseBody).toBe(`${'x'.repeat(4050)}***`);
});

test('a password cut in the middle shows no part of itself, though masks make room for it', async () => {
  const masked = `token=${'t'.repeat(400)} `.repeat(20);

  const kept = await raise({ responseBody: `${masked}https://me:${'p4ss'.repeat(20)}@a.example/` });

  expect(kept?.responseBody).toBe('token=*** '.repeat(20));
});

test('what is sent without end is no work without end', async () => {
  await using opened = await open(sqlite);
  const { sid: accountSid } = await opened.account();
  /** Milliseconds of this process; the least of some, because others use the machine too. */
  async function costOf(length: number): Promise<number> {
    const sent = 'Basic+aaaa+'.repeat(length / 11);
    const costs: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      const before = process.cpuUsage();
      await raiseAlert(opened.context, {
        ...alert,
        accountSid,
        text: sent,
        exchange: {
          method: 'POST',
          url: `http://127.0.0.1/?${sent}`,
          variables: `Body=${sent}`,
          responseBody: sent,
        },
      });
      const { user, system } = process.cpuUsage(before);
      costs.push((user + system) / 1000);
    }
    return Math.max(5, Math.min(...costs));
  }
  const short = await costOf(16 * 1024);

  expect(await costOf(2 * 1024 * 1024)).toBeLessThan(10 * short);
});

test('the auth token of the account shows nowhere, whatever it was sent as', async () => {
  await using opened = await open(sqlite);
  const { sid: accountSid, authToken } = await opened.account();

  const sid = await raiseAlert(opened.context, {
    ...alert,
    accountSid,
    resourceSid: authToken,
    text: `Nothing is called ${authToken}.`,
    exchange: { method: 'GET', url: `http://127.0.0.1/${authToken}`, variables: authToken },
  });

  const kept = await findAlert(opened.context.db, accountSid, sid);
  expect(JSON.stringify(kept)).not.toContain(authToken);
  expect(kept?.alertText).toBe('Nothing is called ***.');
});

test('a secret planted anywhere is in no column', async () => {
  await using opened = await open(sqlite);
  const { sid: accountSid } = await opened.account();
  const secrets = fc
    .string({
      unit: fc.constantFrom(...Array.from('abcXYZ019&=+%#@/:?"\'<é')),
      minLength: 8,
      maxLength: 24,
    })
    .filter((secret) => /[a-zA-Z0-9]{3}/.test(secret));

  await fc.assert(
    fc.asyncProperty(
      secrets,
      fc.subarray(['userinfo', 'query', 'form', 'header', 'body'], { minLength: 1 }),
      async (secret, places) => {
        const encoded = encodeURIComponent(secret);
        const at = (place: string, planted: string): string =>
          places.includes(place) ? planted : '';
        const sid = await raiseAlert(opened.context, {
          ...alert,
          accountSid,
          text: `http://a.example/?a=1${at('query', `&token=${encoded}`)} answered ${secret} and ${encoded}.`,
          exchange: {
            method: 'POST',
            url: `http://${at('userinfo', `me:${encoded}@`)}a.example/?a=1${at('query', `&token=${encoded}`)}`,
            variables: `To=x${at('form', `&${new URLSearchParams({ SipAuthPassword: secret }).toString()}`)}&Body=${encoded}`,
            requestHeaders: places.includes('header')
              ? { Authorization: `Basic ${Buffer.from(`me:${secret}`).toString('base64')}` }
              : {},
            status: 200,
            responseHeaders: { 'x-echo': encoded },
            responseBody: JSON.stringify({ echo: secret, [at('body', 'password') || 'n']: secret }),
          },
        });

        const kept = JSON.stringify(await findAlert(opened.context.db, accountSid, sid));
        for (const written of [secret, encoded, JSON.stringify(secret).slice(1, -1)]) {
          expect(kept).not.toContain(written);
          expect(kept).not.toContain(JSON.stringify(written).slice(1, -1));
        }
      },
    ),
    { numRuns: 60 },
  );
});

onEngines('the same alert again', both, (engine) => {
  /** The account's alerts, newest first. */
  async function alertsOf(opened: OpenedStore): Promise<readonly Alert[]> {
    const { sid } = await opened.account();
    const page = { pageSize: 1000, page: 0, cursor: undefined };
    return (await listAlerts(opened.store.db, sid, {}, page)).items;
  }

  /** Raises by a clock that stands still in the middle of an hour. */
  async function start(): Promise<{
    readonly opened: OpenedStore;
    readonly raise: (more: Partial<NewAlert>) => Promise<string>;
    readonly wait: (ms: number) => void;
  }> {
    const opened = await open(engine);
    const { sid: accountSid } = await opened.account();
    let now = Date.UTC(2026, 10, 22, 10, 30);
    const context: ActionContext = {
      ...opened.context,
      clock: { ...opened.context.clock, now: () => now },
    };
    return {
      opened,
      raise: (more) => raiseAlert(context, { ...alert, accountSid, ...more }),
      wait: (ms) => {
        now += ms;
      },
    };
  }

  test('within the hour is kept once, counted, and becomes the newest', async () => {
    const { opened, raise: again, wait } = await start();
    await using _ = opened;
    const first = await again({ resourceSid: 'CA1' });
    await again({ resourceSid: 'CA2' });
    wait(60_000);

    const second = await again({
      resourceSid: 'CA1',
      exchange: undefined,
    });

    const kept = await alertsOf(opened);
    expect(second).toBe(first);
    expect(kept.map(({ resourceSid, occurrences }) => [resourceSid, occurrences])).toEqual([
      ['CA1', 2],
      ['CA2', 1],
    ]);
    expect(kept[0]?.dateLastOccurred).toBe((kept[0]?.dateCreated ?? 0) + 60_000);
  });

  test('in the next hour is another', async () => {
    const { opened, raise: again, wait } = await start();
    await using _ = opened;
    const first = await again({});
    wait(HOUR_MS / 2);

    expect(await again({})).not.toBe(first);
    expect((await alertsOf(opened)).map(({ occurrences }) => occurrences)).toEqual([1, 1]);
  });

  test('about something else, or in other words, stays apart', async () => {
    const { opened, raise: again } = await start();
    await using _ = opened;
    const exchange = { method: 'POST', url: 'http://a.example/one' };

    await again({ exchange });
    await again({ exchange: { ...exchange, url: 'http://a.example/two' } });
    await again({ exchange, text: 'It failed otherwise.' });
    await again({ exchange, resourceSid: 'CA1' });
    await again({ exchange, errorCode: 11_205 });
    await again({ exchange: { ...exchange, url: 'http://a.example/one?n=2' } });

    const kept = await alertsOf(opened);
    expect(kept).toHaveLength(5);
    expect(kept[0]).toMatchObject({ occurrences: 2, requestUrl: 'http://a.example/one?n=2' });
  });

  test('a scan of thousands of numbers leaves twenty-one', async () => {
    const { opened, raise: again } = await start();
    await using _ = opened;
    const total = 300;

    for (let i = 0; i < total; i += 1) {
      await again({
        text: `Nobody has +1555${i} (asked by sip:x${i}@192.0.2.1).`,
        source: 'INVITE',
      });
    }

    const kept = await alertsOf(opened);
    expect(kept).toHaveLength(FAMILY_MAX + 1);
    expect(kept[0]).toMatchObject({
      occurrences: total - FAMILY_MAX,
      alertText: expect.stringMatching(/^Nobody has \+1555299 .* this is the last/),
    });
    expect(kept.slice(1).every(({ occurrences }) => occurrences === 1)).toBe(true);
  });

  test('a flood of one family hides none of another', async () => {
    const { opened, raise: again } = await start();
    await using _ = opened;
    for (let i = 0; i < 30; i += 1) await again({ resourceSid: `CA${i}` });

    await again({ resourceSid: 'CA99', text: 'Something else failed.' });

    const [newest] = await alertsOf(opened);
    expect(newest).toMatchObject({ resourceSid: 'CA99', alertText: 'Something else failed.' });
  });

  test('raised by many at once is counted without loss', async () => {
    const { opened, raise: again } = await start();
    await using _ = opened;

    await Promise.all(
      Array.from({ length: 60 }, (__, i) =>
        i % 2 === 0 ? again({}) : again({ text: `It failed ${i} times.` }),
      ),
    );

    const kept = await alertsOf(opened);
    const sum = kept.reduce((total, { occurrences }) => total + occurrences, 0);
    expect(sum).toBe(60);
    expect(kept.find(({ alertText }) => alertText === 'It failed.')?.occurrences).toBe(30);
    expect(kept).toHaveLength(FAMILY_MAX + 2);
  });
});

onEngines('Alerts', both, (engine) => {
  test('are counted once they are kept, and not when they are undone', async () => {
    await using opened = await open(engine);
    const { context } = opened;
    const { sid: accountSid } = await opened.account();

    const undone = context.transact(async (tx) => {
      await addAlert(tx, context, { ...alert, accountSid });
      throw new Error('undone');
    });
    const kept = raiseAlert(context, { ...alert, accountSid });
    await expect(undone).rejects.toThrow('undone');
    await kept;

    const { metrics } = context;
    expect(await metrics.text()).toMatch(/^tutti_alerts_total\{.*\} 1$/m);
  });
});
