import { systemOrigin } from '../actions/context.ts';
import { expect, it } from 'vitest';
import {
  answerChallenge,
  formatChallenge,
  parseAuthorization,
  parseChallenge,
  parseSipUri,
  type IncomingRegister,
} from '@tutti/sip';
import { createSubaccount } from '../actions/create-subaccount.ts';
import { openMainAccount, type OpenedAccount } from '../actions/open-account.ts';
import { createSecondaryToken, promoteSecondaryToken } from '../actions/rotate-auth-token.ts';
import { systemClock } from '../base/clock.ts';
import { randomIds } from '../base/ids.ts';
import { createLog } from '../base/log.ts';
import { Metrics } from '../base/metrics.ts';
import { createSender } from '../callback/send.ts';
import { openStore } from '../store/open-store.ts';
import { SettableClock } from '../../tests/_settable-clock.ts';
import { Registrar } from './registrar.ts';

const HOUR_MS = 3_600_000;
/** Bindings that are kept at once. */
const FULL = 10_000;

it('phones that are gone leave their places to others', async () => {
  await using store = await openStore({ kind: 'memory' }, { onCommit: () => undefined });
  const sender = createSender({ clock: systemClock });
  const log = createLog('silent');
  let nowMs = systemClock.elapsedMs();
  const clock = { ...systemClock, elapsedMs: () => nowMs };
  const { db, transact } = store;
  const actions = {
    db,
    transact,
    clock,
    ids: randomIds,
    sender,
    log,
    metrics: new Metrics(),
    node: 1,
  };
  const { account } = await openMainAccount(actions, undefined);
  const registrar = new Registrar(db, clock, log);

  for (let phone = 0; phone < FULL; phone += 1) {
    expect(await register(registrar, account, `phone${phone}`)).toBe(200);
  }
  expect(await register(registrar, account, 'late')).toBe(503);

  nowMs += 3_600_000;
  expect(await register(registrar, account, 'late')).toBe(200);
  expect(registrar.find(account.sid, 'late')).toBeDefined();
  await sender.close();
});

it('phones of two accounts have one name, and each is reached by its own account', async () => {
  await using store = await openStore({ kind: 'memory' }, { onCommit: () => undefined });
  const sender = createSender({ clock: systemClock });
  const log = createLog('silent');
  const { db, transact } = store;
  const actions = {
    db,
    transact,
    clock: systemClock,
    ids: randomIds,
    sender,
    log,
    metrics: new Metrics(),
    node: 1,
  };
  const { account: main } = await openMainAccount(actions, undefined);
  const sub = await createSubaccount(
    actions,
    { sid: main.sid, parentSid: null },
    'Sub',
    systemOrigin,
  );
  const registrar = new Registrar(db, systemClock, log);

  const statuses = [
    await register(registrar, main, 'alice', 5061),
    await register(registrar, sub, 'alice', 5062),
  ];

  const from = (port: number) => ({ transport: 'udp', host: '127.0.0.1', port }) as const;
  expect(statuses).toEqual([200, 200]);
  expect(registrar.find(main.sid, 'alice')).toBe('sip:alice@127.0.0.1:5061');
  expect(registrar.find(sub.sid, 'alice')).toBe('sip:alice@127.0.0.1:5062');
  expect(registrar.findOwner('alice', from(5061))).toBe(main.sid);
  expect(registrar.findOwner('alice', from(5062))).toBe(sub.sid);
  expect(registrar.findOwner('alice', from(5063))).toBeUndefined();
  await sender.close();
});

it('a phone registers with the secondary auth token too', async () => {
  await using store = await openStore({ kind: 'memory' }, { onCommit: () => undefined });
  const sender = createSender({ clock: systemClock });
  const log = createLog('silent');
  const { db, transact } = store;
  const actions = {
    db,
    transact,
    clock: systemClock,
    ids: randomIds,
    sender,
    log,
    metrics: new Metrics(),
    node: 1,
  };
  const { account } = await openMainAccount(actions, undefined);
  const { secondaryAuthToken } = await createSecondaryToken(actions, account.sid, systemOrigin);
  const registrar = new Registrar(db, systemClock, log);
  const renewed = { sid: account.sid, authToken: secondaryAuthToken };

  const before = [await register(registrar, account, 'a'), await register(registrar, renewed, 'b')];
  await promoteSecondaryToken(actions, account.sid, systemOrigin);
  const after = [await register(registrar, account, 'a'), await register(registrar, renewed, 'b')];

  expect(before).toEqual([200, 200]);
  expect(after).toEqual([403, 200]);
  await sender.close();
});

it.for([5, -5])(
  'a registration and its nonce live on when the clock is set by %i hours',
  async (hours) => {
    await using store = await openStore({ kind: 'memory' }, { onCommit: () => undefined });
    const sender = createSender({ clock: systemClock });
    const log = createLog('silent');
    const clock = new SettableClock();
    const { db, transact } = store;
    const actions = {
      db,
      transact,
      clock,
      ids: randomIds,
      sender,
      log,
      metrics: new Metrics(),
      node: 1,
    };
    const { account } = await openMainAccount(actions, undefined);
    const registrar = new Registrar(db, clock, log);
    await register(registrar, account, 'alice');
    const nonce = nonces.get(registrar);

    clock.set(hours * HOUR_MS);

    expect(registrar.find(account.sid, 'alice')).toBeDefined();
    expect(await register(registrar, account, 'alice')).toBe(200);
    expect(nonces.get(registrar)).toBe(nonce);
    clock.advance(HOUR_MS);
    expect(registrar.find(account.sid, 'alice')).toBeUndefined();
    await sender.close();
  },
);

const nonces = new WeakMap<Registrar, string>();

/** Registers `user` for an hour; the status of the final answer. */
async function register(
  registrar: Registrar,
  account: OpenedAccount['account'],
  user: string,
  port?: number,
): Promise<number> {
  const uri = parseSipUri(`sip:${user}@127.0.0.1${port === undefined ? '' : `:${port}`}`);
  if (!uri.ok) throw new Error(uri.error.message);
  let status = 0;
  const authorization = authorizationOf(nonces.get(registrar), account);
  const request: Omit<IncomingRegister, 'request'> = {
    aor: uri.value,
    contacts: [{ uri: uri.value, expiresSec: 3600 }],
    removeAll: false,
    expiresSec: 3600,
    source: { transport: 'udp', host: '127.0.0.1', port: 5060 },
    ...(authorization === undefined ? {} : { authorization }),
    challenge: ({ nonce }) => {
      nonces.set(registrar, nonce);
      status = 401;
    },
    accept: () => {
      status = 200;
    },
    reject: (given) => {
      status = given;
    },
  };
  await registrar.handle(request as IncomingRegister);
  return status === 401 ? register(registrar, account, user, port) : status;
}

function authorizationOf(
  nonce: string | undefined,
  { sid, authToken }: OpenedAccount['account'],
): IncomingRegister['authorization'] {
  if (nonce === undefined) return undefined;
  const challenge = parseChallenge(formatChallenge({ realm: 'tutti', nonce }));
  if (!challenge.ok) throw new Error(challenge.error.message);
  const answer = answerChallenge({
    challenge: challenge.value,
    username: sid,
    password: authToken,
    method: 'REGISTER',
    uri: 'sip:127.0.0.1',
    cnonce: 'c',
    count: 1,
  });
  const authorization = parseAuthorization(answer);
  if (!authorization.ok) throw new Error(authorization.error.message);
  return authorization.value;
}
