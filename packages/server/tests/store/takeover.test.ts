import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { createLog } from '../../src/base/log.ts';
import { randomIds } from '../../src/base/ids.ts';
import type { Config } from '../../src/config/config.ts';
import { Secret } from '../../src/config/secret.ts';
import type { Call } from '../../src/model/call.ts';
import { findMainAccount } from '../../src/store/accounts.ts';
import { findCall, insertCall } from '../../src/store/calls.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { New } from '../../src/store/schema.ts';
import { openSenderLock, type SenderLock } from '../../src/store/sender-lock.ts';
import { createDatabase, hasPostgres, type TestDatabase } from '../_postgres.ts';
import { startReceiver, type Receiver } from '../_receiver.ts';
import { ask, startProcess, type ServerProcess } from './_process.ts';
import { openProxy } from './_proxy.ts';

const TOKEN = 'i-twilio-idempotency-token';

const isHere = await hasPostgres();
const log = createLog('silent');

function storeAt(url: string): Config['store'] {
  return { kind: 'postgres', url: new Secret(url), directory: tmpdir() };
}

async function openLock(url: string, node: number): Promise<SenderLock> {
  const lock = await openSenderLock(storeAt(url), { clock: systemClock, log, node });
  onTestFinished(() => lock.close());
  return lock;
}

async function othersThan(lock: SenderLock, known: readonly number[]): Promise<number[]> {
  return (await lock.nodes()).filter((node) => !known.includes(node));
}

/** A call that is talked on, as far as its row goes. */
function liveCall(
  sid: Call['sid'],
  node: number,
  accountSid: Call['accountSid'] = randomIds.sid('AC'),
): New<Call> {
  const now = systemClock.now();
  return {
    sid,
    accountSid,
    parentCallSid: null,
    to: '+15550001111',
    from: '+15550002222',
    status: 'in-progress',
    direction: 'inbound',
    startTime: now,
    endTime: null,
    phoneNumberSid: null,
    conductorSid: null,
    conversationSid: null,
    participantSid: null,
    url: null,
    method: 'POST',
    twiml: null,
    applicationSid: null,
    fallbackUrl: null,
    fallbackMethod: 'POST',
    statusCallback: null,
    statusCallbackMethod: 'POST',
    statusCallbackEvents: '[]',
    timeoutSec: 60,
    timeLimitSec: null,
    sipParameters: null,
    sendDigits: null,
    sipAuthUsername: null,
    sipAuthPassword: null,
    recording: null,
    callReason: null,
    machineDetection: null,
    validation: null,
    answeredBy: null,
    machineDetectionMs: null,
    sipResponseCode: null,
    media: null,
    node,
    nextSequenceNumber: 0,
    dateCreated: now,
    dateUpdated: now,
  };
}

async function makeDatabase(): Promise<TestDatabase> {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  return database;
}

async function makeReceiver(...respond: Parameters<typeof startReceiver>): Promise<Receiver> {
  const receiver = await startReceiver(...respond);
  onTestFinished(() => receiver[Symbol.asyncDispose]());
  return receiver;
}

async function startServer({ url }: TestDatabase): Promise<ServerProcess> {
  const data = await mkdtemp(join(tmpdir(), 'tutti-takeover-'));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  return startProcess(url, data);
}

async function listen(server: ServerProcess, url: string): Promise<void> {
  await ask(server, '/v1/Configuration/Webhooks', {
    PostWebhookUrl: url,
    Filters: 'onConversationAdded',
  });
}

async function openConversations(server: ServerProcess, count: number): Promise<string[]> {
  const sids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    sids.push(String((await ask(server, '/v1/Conversations', {}))['sid']));
  }
  return sids;
}

function told({ received }: Receiver): string[] {
  return received.map(({ parameters }) => parameters['ConversationSid'] ?? '');
}

describe.skipIf(!isHere)('two servers on one PostgreSQL database', () => {
  it('send each webhook once, whichever of them wrote it', async () => {
    const database = await makeDatabase();
    const receiver = await makeReceiver();
    const first = await startServer(database);
    const second = await startServer(database);
    await listen(first, receiver.url);

    const sids = [
      ...(await openConversations(first, 10)),
      ...(await openConversations(second, 10)),
    ];
    await expect.poll(() => told(receiver).length, { timeout: 15_000 }).toBe(20);
    // What would be sent twice is sent before what comes after it.
    sids.push(...(await openConversations(second, 1)));
    await expect.poll(() => told(receiver), { timeout: 15_000 }).toContain(sids.at(-1));

    expect(told(receiver).toSorted()).toEqual(sids.toSorted());
  });

  it('take over from one that is killed: its webhooks are sent, its calls ended, those of the living are not', async () => {
    const database = await makeDatabase();
    const held = await makeReceiver(() => undefined);
    const config = storeAt(database.url);
    const lock = await openLock(database.url, 1);
    const first = await startServer(database);
    const [firstNode = 0] = await othersThan(lock, [1]);
    const second = await startServer(database);
    const [secondNode = 0] = await othersThan(lock, [1, firstNode]);
    const [lost, kept] = [randomIds.sid('CA'), randomIds.sid('CA')];
    await listen(first, held.url);
    const sids = await openConversations(first, 2);
    await expect.poll(() => held.received.length, { timeout: 15_000 }).toBe(2);
    await using observer = await openStore(config, { onCommit: () => undefined });
    await observer.transact(async (tx) => {
      const account = await findMainAccount(tx);
      await insertCall(tx, liveCall(lost, firstNode, account?.sid));
      await insertCall(tx, liveCall(kept, secondNode, account?.sid));
    });

    await first.kill('SIGKILL');
    await expect.poll(() => held.received.length, { timeout: 20_000 }).toBe(4);

    expect(told(held).slice(2).toSorted()).toEqual(sids.toSorted());
    const tokens = held.received.map(({ headers }) => headers[TOKEN]);
    expect(new Set(tokens).size).toBe(2);
    const statusOf = async (sid: string): Promise<unknown> =>
      (await findCall(observer.db, sid))?.status;
    await expect.poll(() => statusOf(lost), { timeout: 15_000 }).toBe('completed');
    expect(await statusOf(kept)).toBe('in-progress');
    const { alerts } = await ask(second, '/v1/Alerts');
    expect(alerts).toContainEqual(
      expect.objectContaining({ error_code: '75014', resource_sid: lost }),
    );
  }, 60_000);
});

describe.skipIf(!isHere)('the lock of the sender', () => {
  it('is held by one process, and by the next when that one lets go', async () => {
    const { url } = await makeDatabase();
    const [first, second] = [await openLock(url, 1), await openLock(url, 2)];

    const held = await first.tryHold();
    const refused = await second.tryHold();
    const nodes = await second.nodes();
    await first.close();
    const taken = await second.tryHold();

    expect(held?.aborted).toBe(true);
    expect(refused).toBeUndefined();
    expect(new Set(nodes)).toEqual(new Set([1, 2]));
    expect(taken?.aborted).toBe(false);
    expect(await second.nodes()).toEqual([2]);
    expect(await first.tryHold()).toBeUndefined();
  });

  it('opens no connection once it is closed, also when one was being opened', async () => {
    const { url } = await makeDatabase();
    const watcher = await openLock(url, 2);
    const { hostname, port } = new URL(url);
    await using proxy = await openProxy(hostname, Number(port));
    const lock = await openLock(url.replace(`:${port}`, `:${proxy.port}`), 1);
    const lost = await lock.tryHold();
    await proxy.refuse();
    await expect.poll(() => lost?.aborted, { timeout: 5000 }).toBe(true);
    await proxy.restore();

    const asked = Promise.allSettled([lock.nodes(), lock.tryHold()]);
    await lock.close();
    const answers = await asked;
    const later = await Promise.allSettled([lock.nodes()]);

    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(later[0]?.status).toBe('rejected');
    await expect.poll(() => watcher.nodes(), { timeout: 5000 }).toEqual([2]);
  });

  it.each(['refuse', 'swallow'] as const)(
    'is lost with its connection (%s), and to be had again',
    async (fault) => {
      const { url } = await makeDatabase();
      const { hostname, port } = new URL(url);
      const proxy = await openProxy(hostname, Number(port || 5432));
      onTestFinished(() => proxy[Symbol.asyncDispose]());
      const through = new URL(url);
      through.host = `127.0.0.1:${proxy.port}`;
      const lock = await openLock(through.href, 1);
      const held = await lock.tryHold();

      await proxy[fault]();
      await expect.poll(() => held?.aborted, { timeout: 10_000 }).toBe(true);
      const meanwhile = await lock.tryHold();
      await proxy.restore();
      await expect.poll(() => lock.tryHold(), { timeout: 10_000 }).toBeDefined();

      expect(meanwhile).toBeUndefined();
    },
    40_000,
  );
});

it('a server on SQLite is the one, until it closes', async () => {
  const lock = await openSenderLock({ kind: 'memory' }, { clock: systemClock, log, node: 5 });

  const held = await lock.tryHold();

  expect(held?.aborted).toBe(false);
  expect(await lock.nodes()).toEqual([5]);
  await lock.close();
  expect(held?.aborted).toBe(true);
  expect(await lock.tryHold()).toBeUndefined();
});
