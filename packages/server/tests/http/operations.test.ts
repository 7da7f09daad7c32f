import { FakeClock } from '@tutti/sip';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { OutletError } from '../../src/base/app-error.ts';
import { Readiness } from '../../src/http/tutti/readiness.ts';
import { startReceiver, status } from '../_receiver.ts';
import { startTestServer, type TestServer } from '../_server.ts';
import { open, sqlite, type OpenedStore } from '../store/_engines.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Without credentials. */
const get = (path: string) => server.request('GET', path, undefined, { credentials: null });

async function metrics(): Promise<string> {
  const { body, headers } = await server.request('GET', '/metrics');
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  return body;
}

/** The value of a series, 0 while there is none. */
async function valueOf(series: string): Promise<number> {
  const line = (await metrics()).split('\n').find((each) => each.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? 0);
}

describe('/health and /ready', () => {
  test('need no credentials', async () => {
    const [health, ready] = [await get('/health'), await get('/ready')];

    expect([health.status, health.body]).toEqual([200, { status: 'alive' }]);
    expect([ready.status, ready.body]).toEqual([200, { ready: true, problems: [] }]);
  });

  test('change nothing', async () => {
    const path = `/2010-04-01/Accounts/${server.accountSid}.json`;
    const before = (await server.request('GET', path)).body;

    await get('/ready');

    expect((await server.request('GET', path)).body).toEqual(before);
  });
});

describe('readiness', () => {
  interface Bed {
    readonly opened: OpenedStore;
    readonly clock: FakeClock;
    readonly sip: { isOpen: boolean };
    readonly readiness: Readiness;
    transact: OpenedStore['context']['transact'];
    readonly writes: () => number;
  }

  async function start(): Promise<Bed> {
    const opened = await open(sqlite);
    onTestFinished(() => opened[Symbol.asyncDispose]());
    const clock = new FakeClock();
    const sip = { isOpen: true };
    let writes = 0;
    const bed: Bed = {
      opened,
      clock,
      sip,
      transact: opened.context.transact,
      writes: () => writes,
      readiness: new Readiness(
        {
          ...opened.context,
          clock,
          transact: (action) => {
            writes += 1;
            return bed.transact(action);
          },
        },
        sip,
      ),
    };
    return bed;
  }

  test('ends when the database takes no writes, and comes back with it', async () => {
    const bed = await start();
    const { transact } = bed;
    bed.transact = () => {
      throw new OutletError('store', 'the disk is full at /secret', { retryable: true });
    };

    const failing = await bed.readiness.check();
    bed.transact = transact;
    bed.clock.advance(2000);
    const working = await bed.readiness.check();

    expect(failing.map(({ what }) => what)).toEqual(['store']);
    expect(JSON.stringify(failing)).not.toContain('secret');
    expect(working).toEqual([]);
  });

  test('ends when the database hangs, which is not asked again meanwhile', async () => {
    const bed = await start();
    let release: () => void = () => undefined;
    const { transact } = bed;
    bed.transact = async (action) => {
      await new Promise<void>((resolve) => {
        release = resolve;
        // The read was answered; nothing more is.
        queueMicrotask(() => bed.clock.advance(2000));
      });
      return transact(action);
    };

    const first = await bed.readiness.check();
    const second = bed.readiness.check();
    bed.clock.advance(2000);

    expect(first.map(({ what }) => what)).toEqual(['store']);
    expect((await second).map(({ what }) => what)).toEqual(['store']);
    expect(bed.writes()).toBe(1);
    release();
    await bed.opened.store.close();
  });

  test('costs one write in two seconds, however often it is asked for', async () => {
    const bed = await start();

    await Promise.all(Array.from({ length: 20 }, () => bed.readiness.check()));
    await bed.readiness.check();
    bed.clock.advance(1999);
    await bed.readiness.check();

    expect(bed.writes()).toBe(1);
    bed.clock.advance(1);
    await bed.readiness.check();
    expect(bed.writes()).toBe(2);
  });

  test('ends with a socket of SIP, and when the server is told to stop', async () => {
    const { readiness, sip } = await start();

    sip.isOpen = false;
    const closed = await readiness.check();
    readiness.stopping();
    const stopping = await readiness.check();

    expect(closed.map(({ what }) => what)).toEqual(['sip']);
    expect(stopping.map(({ what }) => what)).toEqual(['stopping']);
  });
});

describe('/metrics', () => {
  test('is for the main account only', async () => {
    const sub = await server.client.api.v2010.accounts.create({});

    const nobody = await get('/metrics');
    const subaccount = await server.request('GET', '/metrics', undefined, {
      credentials: `${sub.sid}:${sub.authToken}`,
    });

    expect([nobody.status, subaccount.status]).toEqual([401, 403]);
    expect(subaccount.body.message).toContain('main account');
  });

  test('is text as Prometheus reads it: each metric once, with help and type, buckets that grow', async () => {
    const lines = (await metrics()).trimEnd().split('\n');
    const names = lines.flatMap(
      (line) => /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line)?.[1] ?? [],
    );
    const samples = lines.filter((line) => !line.startsWith('#'));

    expect(new Set(names).size).toBe(names.length);
    for (const sample of samples) {
      expect(sample).toMatch(/^[a-z_]+(\{([a-z_]+="[^"\n]*",?)+\})? -?\d+(\.\d+)?(e[+-]?\d+)?$/);
      expect(names).toContain(/^[a-z_]+/.exec(sample)?.[0].replace(/_(bucket|sum|count)$/, ''));
    }
    const buckets = samples.filter((sample) =>
      sample.startsWith('tutti_store_commit_actions_bucket'),
    );
    const counts = buckets.map((bucket) => Number(bucket.split(' ')[1]));
    expect(buckets.at(-1)).toContain('le="+Inf"');
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(counts.at(-1)).toBe(await valueOf('tutti_store_commit_actions_count'));
  });

  test('counts requests by route pattern, and has no SID, name or path in it', async () => {
    const { sid } = await server.client.conversations.v1.conversations.create({
      uniqueName: 'metrics-name',
    });
    const route = 'product="conversations",route="/v1/Conversations/:Sid",method="GET"';
    const count = `tutti_http_requests_total{${route},status="2xx"}`;
    const lost =
      'tutti_http_requests_total{product="none",route="none",method="none",status="4xx"}';
    const [before, lostBefore] = [await valueOf(count), await valueOf(lost)];

    await server.request('GET', `/v1/Conversations/${sid}`);
    await server.request('GET', '/v1/Conversations/metrics-name');
    await server.request('GET', '/v1/no-such-path');
    await server.request('PURGE', '/v1/Conversations');

    expect((await valueOf(count)) - before).toBe(2);
    expect((await valueOf(lost)) - lostBefore).toBe(2);
    expect(
      await valueOf(`tutti_http_request_duration_seconds_count{${route}}`),
    ).toBeGreaterThanOrEqual(2);
    expect(await metrics()).not.toMatch(new RegExp(`${sid}|metrics-name|no-such-path|PURGE`));
  });

  test('counts attempts to send webhooks, and alerts by code', async () => {
    const receiver = await startReceiver(status(404));
    onTestFinished(() => receiver[Symbol.asyncDispose]());
    const { sid } = await server.client.conversations.v1.conversations.create({});
    await server.client.conversations.v1.conversations(sid).webhooks.create({
      target: 'webhook',
      'configuration.url': receiver.url,
      'configuration.filters': ['onMessageAdded'],
    });
    const failed =
      'tutti_delivery_attempt_duration_seconds_count{source="conversation",outcome="failed"}';
    const before = await valueOf(failed);

    await server.client.conversations.v1
      .conversations(sid)
      .messages.create({ body: 'x', xTwilioWebhookEnabled: 'true' });
    await server.settled();

    expect((await valueOf(failed)) - before).toBe(1);
    const [alert] = await server.alerts();
    expect(
      await valueOf(`tutti_alerts_total{code="${alert.error_code}",level="${alert.log_level}"}`),
    ).toBeGreaterThan(0);
    expect(await valueOf('tutti_outbox_pending')).toBe(0);
  });

  test('tells of the process', async () => {
    const text = await metrics();

    expect(text).toMatch(/^tutti_build_info\{version="\d+\.\d+\.\d+",node="v\d+\.\d+\.\d+"\} 1$/m);
    expect(await valueOf('process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
    expect(text).toMatch(/^tutti_calls_live 0$/m);
  });
});

test('an alert that a request raises names the request', async () => {
  const { headers } = await server.request('GET', `/v1/Conductors/CN${'ab'.repeat(16)}`);

  const [alert] = await server.alerts();
  const { body } = await server.request('GET', `/v1/Alerts/${alert.sid}`);
  expect(body.response_headers).toContain(headers['twilio-request-id']);
});
