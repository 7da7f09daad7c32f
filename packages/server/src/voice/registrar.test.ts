import { systemOrigin } from '../actions/context.ts';
import { expect, it } from 'vitest';
import {
  answerChallenge,
  formatChallenge,
  parseAuthorization,
  parseChallenge,
  parseSipUri,
  type DigestAuthorization,
  type SipUri,
  type IncomingRegister,
  type RegisterContact,
} from '@tutti/sip';
import { createSubaccount } from '../actions/create-subaccount.ts';
import { openMainAccount, type OpenedAccount } from '../actions/open-account.ts';
import { createSecondaryToken, promoteSecondaryToken } from '../actions/rotate-auth-token.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { openActions } from '../../tests/_open-actions.ts';
import { SettableClock } from '../../tests/_settable-clock.ts';
import { type Flows, Registrar } from './registrar.ts';

const HOUR_MS = 3_600_000;
/** Bindings that are kept at once. */
const FULL = 10_000;

it('phones that are gone leave their places to others', async () => {
  let nowMs = systemClock.elapsedMs();
  const clock = { ...systemClock, elapsedMs: () => nowMs };
  await using actions = await openActions(clock);
  const { db, log } = actions;
  const { account } = await openMainAccount(actions, undefined);
  const registrar = new Registrar(db, clock, log);

  for (let phone = 0; phone < FULL; phone += 1) {
    expect(await register(registrar, account, `phone${phone}`)).toBe(200);
  }
  expect(await register(registrar, account, 'late')).toBe(503);

  nowMs += 3_600_000;
  expect(await register(registrar, account, 'late')).toBe(200);
  expect(registrar.find(account.sid, 'late')).toHaveLength(1);
});

it('phones of two accounts have one name, and each is reached by its own account', async () => {
  await using actions = await openActions();
  const { db, log } = actions;
  const { account: main } = await openMainAccount(actions, undefined);
  const sub = await createSubaccount(
    actions,
    { sid: main.sid, parentSid: null },
    'Sub',
    systemOrigin,
  );
  const registrar = new Registrar(db, systemClock, log);

  const statuses = [
    await register(registrar, main, 'alice', { port: 5061 }),
    await register(registrar, sub, 'alice', { port: 5062 }),
  ];

  const from = (port: number) => ({ transport: 'udp', host: '127.0.0.1', port }) as const;
  expect(statuses).toEqual([200, 200]);
  expect(registrar.find(main.sid, 'alice')).toMatchObject([{ uri: 'sip:alice@127.0.0.1:5061' }]);
  expect(registrar.find(sub.sid, 'alice')).toMatchObject([{ uri: 'sip:alice@127.0.0.1:5062' }]);
  expect(registrar.findOwner('alice', from(5061))).toBe(main.sid);
  expect(registrar.findOwner('alice', from(5062))).toBe(sub.sid);
  expect(registrar.findOwner('alice', from(5063))).toBeUndefined();
});

it('a phone registers with the secondary auth token too', async () => {
  await using actions = await openActions();
  const { db, log } = actions;
  const { account } = await openMainAccount(actions, undefined);
  const { secondaryAuthToken } = await createSecondaryToken(actions, account.sid, systemOrigin);
  const registrar = new Registrar(db, systemClock, log);
  const renewed = { sid: account.sid, authToken: secondaryAuthToken };

  const before = [await register(registrar, account, 'a'), await register(registrar, renewed, 'b')];
  await promoteSecondaryToken(actions, account.sid, systemOrigin);
  const after = [await register(registrar, account, 'a'), await register(registrar, renewed, 'b')];

  expect(before).toEqual([200, 200]);
  expect(after).toEqual([403, 200]);
});

it.for([5, -5])(
  'a registration and its nonce live on when the clock is set by %i hours',
  async (hours) => {
    const clock = new SettableClock();
    await using actions = await openActions(clock);
    const { db, log } = actions;
    const { account } = await openMainAccount(actions, undefined);
    const registrar = new Registrar(db, clock, log);
    await register(registrar, account, 'alice');
    const nonce = nonces.get(registrar);

    clock.set(hours * HOUR_MS);

    expect(registrar.find(account.sid, 'alice')).toHaveLength(1);
    expect(await register(registrar, account, 'alice')).toBe(200);
    expect(nonces.get(registrar)).toBe(nonce);
    clock.advance(HOUR_MS);
    expect(registrar.find(account.sid, 'alice')).toEqual([]);
  },
);

it('the phones of one name all ring, those it prefers first', async () => {
  await using world = await openWorld();
  const { registrar, account } = world;

  await register(registrar, account, 'alice', { port: 5061, contact: { q: 0.2 } });
  await register(registrar, account, 'alice', { port: 5062 });
  await register(registrar, account, 'alice', { port: 5063, contact: { q: 0.5 } });

  const from = (port: number) => ({
    uri: `sip:alice@127.0.0.1:${port}`,
    flow: { transport: 'udp', host: '127.0.0.1', port },
  });
  expect(registrar.find(account.sid, 'alice')).toEqual([from(5062), from(5063), from(5061)]);
});

it('a phone is told of every binding of its name, and removes its own or all', async () => {
  await using world = await openWorld();
  const { registrar, account } = world;
  const bound = () => registrar.find(account.sid, 'alice').map(({ flow }) => flow.port);
  await register(registrar, account, 'alice', { port: 5061, contact: { q: 0.5 } });
  await register(registrar, account, 'alice', { port: 5062 });

  expect(await register(registrar, account, 'alice', { port: 5062, query: true })).toBe(200);
  expect(accepted.get(registrar)).toMatchObject([
    { uri: { port: 5061 }, q: 0.5 },
    { uri: { port: 5062 } },
  ]);
  expect(bound()).toEqual([5062, 5061]);

  await register(registrar, account, 'alice', { port: 5061, contact: { expiresSec: 0 } });
  expect(bound()).toEqual([5062]);

  await register(registrar, account, 'alice', { port: 5061 });
  await register(registrar, account, 'alice', { port: 5061, query: true, removeAll: true });
  expect(bound()).toEqual([]);
});

it('a phone that registers for less than 10 s is told so, and nothing of its request is done', async () => {
  await using world = await openWorld();
  const { registrar, account } = world;
  const more = [{ port: 5062, expiresSec: 9 }];

  expect(await register(registrar, account, 'alice', { port: 5061, more })).toBe(423);
  expect(leastSec.get(registrar)).toBe(10);
  expect(registrar.find(account.sid, 'alice')).toEqual([]);

  expect(await register(registrar, account, 'alice', { contact: { expiresSec: 10 } })).toBe(200);
  expect(await register(registrar, account, 'alice', { contact: { expiresSec: 0 } })).toBe(200);
});

it('a phone at a new address is still the same one when it names its instance', async () => {
  await using world = await openWorld();
  const { registrar, account } = world;
  const contact = { instance: '<urn:uuid:00000000-0000-1000-8000-000a95a0e128>' };

  await register(registrar, account, 'alice', { port: 5061, contact });
  await register(registrar, account, 'alice', { port: 5062, contact });

  expect(registrar.find(account.sid, 'alice').map(({ flow }) => flow.port)).toEqual([5062]);
});

it('a registration that was overtaken changes nothing', async () => {
  await using world = await openWorld();
  const { registrar, account } = world;
  const dialog = { port: 5061, callId: 'one' };
  await register(registrar, account, 'alice', { ...dialog, cseq: 7 });

  const late = { ...dialog, cseq: 6, contact: { expiresSec: 0 } };

  expect(await register(registrar, account, 'alice', late)).toBe(500);
  expect(await register(registrar, account, 'alice', { ...late, cseq: 7 })).toBe(500);
  expect(registrar.find(account.sid, 'alice')).toHaveLength(1);
  expect(await register(registrar, account, 'alice', { ...late, cseq: 8 })).toBe(200);
  expect(registrar.find(account.sid, 'alice')).toEqual([]);
});

it('the way to a phone behind NAT is kept open as long as it is registered', async () => {
  const clock = new SettableClock();
  const sent: number[] = [];
  await using world = await openWorld(clock, { keepAlive: ({ port }) => void sent.push(port) });
  const { registrar, account } = world;
  const uri = parseSipUri('sip:alice@10.0.0.5');
  if (!uri.ok) throw new Error(uri.error.message);
  const contact = { uri: uri.value, expiresSec: 100 };
  await register(registrar, account, 'alice', { port: 5061, contact });
  // That one is where it says it is.
  await register(registrar, account, 'alice', { port: 5062 });

  clock.advance(30_000);
  expect(sent).toEqual([5061]);

  // Its NAT has given it another port.
  await register(registrar, account, 'alice', { port: 5071, contact });
  clock.advance(30_000);
  expect(sent).toEqual([5061, 5071]);

  clock.advance(HOUR_MS);
  expect(sent).toEqual([5061, 5071, 5071, 5071]);

  await register(registrar, account, 'alice', { port: 5061, contact });
  await register(registrar, account, 'alice', {
    port: 5061,
    contact: { ...contact, expiresSec: 0 },
  });
  await register(registrar, account, 'bob', { port: 5061, contact });
  registrar.close();
  expect(clock.pending).toBe(0);
});

it('one name has at most ten phones', async () => {
  await using world = await openWorld();
  const { registrar, account } = world;
  for (let port = 5061; port <= 5070; port += 1) {
    expect(await register(registrar, account, 'alice', { port })).toBe(200);
  }

  expect(await register(registrar, account, 'alice', { port: 5071 })).toBe(403);

  expect(await register(registrar, account, 'alice', { port: 5070 })).toBe(200);
  expect(registrar.find(account.sid, 'alice')).toHaveLength(10);
});

it('an answer that was overheard is worth nothing: it is challenged again', async () => {
  await using world = await openWorld();
  const { registrar, account } = world;
  await register(registrar, account, 'alice');
  const nonce = nonces.get(registrar);

  expect(await register(registrar, account, 'alice', { replay: true })).toBe(401);

  expect(stale.get(registrar)).toBe(true);
  expect(nonces.get(registrar)).not.toBe(nonce);
});

it('phones whose connections are closed leave their places to others of their name', async () => {
  const open = new Set<number | undefined>();
  await using world = await openWorld(systemClock, {
    isConnected: ({ connection }) => open.has(connection),
  });
  const { registrar, account } = world;
  const join = (connection: number): Promise<number> => {
    open.add(connection);
    return register(registrar, account, 'alice', { port: 6000 + connection, connection });
  };
  for (let connection = 1; connection <= 10; connection += 1) await join(connection);
  expect(await join(11)).toBe(403);

  open.delete(3);
  open.delete(4);

  expect(await join(12)).toBe(200);
  const bound = registrar.find(account.sid, 'alice').map(({ flow }) => flow.connection);
  expect(bound).toEqual([1, 2, 5, 6, 7, 8, 9, 10, 12]);
});

it('a phone at a new address takes its old one away in the same request', async () => {
  await using world = await openWorld();
  const { registrar, account } = world;
  const instance = '<urn:uuid:1>';
  const bound = () => registrar.find(account.sid, 'alice').map(({ flow }) => flow.port);
  await register(registrar, account, 'alice', { port: 5061, contact: { instance }, callId: 'c' });

  const status = await register(registrar, account, 'alice', {
    port: 5062,
    contact: { instance },
    more: [{ port: 5061, instance, expiresSec: 0 }],
    callId: 'c',
    cseq: 2,
  });

  expect(status).toBe(200);
  expect(bound()).toEqual([5062]);
});

it('a phone names two addresses of its own, and one of them twice', async () => {
  await using world = await openWorld();
  const { registrar, account } = world;
  const instance = '<urn:uuid:1>';

  const status = await register(registrar, account, 'alice', {
    port: 5061,
    contact: { instance },
    more: [
      { port: 5062, instance },
      { port: 5061, instance, q: 0.5 },
    ],
  });

  expect(status).toBe(200);
  expect(registrar.find(account.sid, 'alice').map(({ uri }) => uri)).toEqual([
    'sip:alice@127.0.0.1:5062',
    'sip:alice@127.0.0.1:5061',
  ]);
});

it('a phone that answers the challenges of others too is known by its answer to ours', async () => {
  await using world = await openWorld();
  const { registrar, account } = world;

  expect(await register(registrar, account, 'alice', { realms: ['elsewhere', 'tutti'] })).toBe(200);
});

it('a phone that answers the challenge of another alone is asked again, and has guessed nothing', async () => {
  await using world = await openWorld();
  const { registrar, account } = world;
  const only = { realms: ['elsewhere'] };

  const statuses: number[] = [];
  for (let time = 0; time < 20; time += 1) {
    statuses.push(await register(registrar, account, 'alice', only));
  }

  expect(new Set(statuses)).toEqual(new Set([401]));
  expect(await register(registrar, account, 'alice')).toBe(200);
});

async function openWorld(clock: Clock = systemClock, flows: Partial<Flows> = {}) {
  const actions = await openActions(clock);
  const { account } = await openMainAccount(actions, undefined);
  return {
    account,
    registrar: new Registrar(actions.db, clock, actions.log, {
      keepAlive: () => undefined,
      isConnected: () => true,
      ...flows,
    }),
    [Symbol.asyncDispose]: () => actions[Symbol.asyncDispose](),
  };
}

interface RegisterOptions {
  readonly port?: number;
  readonly contact?: Partial<RegisterContact>;
  /** Beside the first, at other ports. */
  readonly more?: readonly (Partial<RegisterContact> & { readonly port: number })[];
  /** Whose challenge is answered before ours, or instead of it. */
  readonly realms?: readonly string[];
  /** Asks only what there is. */
  readonly query?: boolean;
  readonly removeAll?: boolean;
  /** By TCP, with that number. */
  readonly connection?: number;
  readonly callId?: string;
  readonly cseq?: number;
  /** Answers the last challenge with the count it was answered with before. */
  readonly replay?: boolean;
}

const nonces = new WeakMap<Registrar, string>();
const stale = new WeakMap<Registrar, boolean>();
const leastSec = new WeakMap<Registrar, number>();
const counts = new Map<string, number>();
const accepted = new WeakMap<Registrar, readonly RegisterContact[]>();
let registers = 0;

/** Registers `user` for an hour; the status of the final answer. */
async function register(
  registrar: Registrar,
  account: OpenedAccount['account'],
  user: string,
  options: RegisterOptions = {},
): Promise<number> {
  const { port, contact, more = [], query = false, removeAll = false, replay = false } = options;
  const { realms = ['tutti'] } = options;
  const at = (where: number | undefined): SipUri => {
    const uri = parseSipUri(`sip:${user}@127.0.0.1${where === undefined ? '' : `:${where}`}`);
    if (!uri.ok) throw new Error(uri.error.message);
    return uri.value;
  };
  let status = 0;
  registers += 1;
  const nonce = nonces.get(registrar);
  const request: Omit<IncomingRegister, 'request'> & {
    readonly request: { readonly body: Uint8Array };
  } = {
    request: { body: new Uint8Array(0) },
    aor: at(port),
    contacts: query
      ? []
      : [{ port, ...contact }, ...more].map(({ port: own, ...each }) => ({
          uri: at(own),
          expiresSec: 3600,
          ...each,
        })),
    removeAll,
    expiresSec: 3600,
    callId: options.callId ?? `call ${registers}`,
    cseq: options.cseq ?? 1,
    source: {
      transport: options.connection === undefined ? 'udp' : 'tcp',
      host: '127.0.0.1',
      port: port ?? 5060,
      ...(options.connection === undefined ? {} : { connection: options.connection }),
    },
    authorizations:
      nonce === undefined
        ? []
        : realms.map((realm) => authorizationOf({ realm, nonce }, account, replay)),
    challenge: (challenge) => {
      nonces.set(registrar, challenge.nonce);
      stale.set(registrar, challenge.stale ?? false);
      status = 401;
    },
    accept: (contacts) => {
      accepted.set(registrar, contacts);
      status = 200;
    },
    reject: (given) => {
      status = given;
    },
    rejectBrief: (minExpiresSec) => {
      leastSec.set(registrar, minExpiresSec);
      status = 423;
    },
  };
  await registrar.handle(request as IncomingRegister);
  const mayRepeat = !replay && realms.includes('tutti');
  return status === 401 && mayRepeat ? register(registrar, account, user, options) : status;
}

function authorizationOf(
  asked: { readonly realm: string; readonly nonce: string },
  { sid, authToken }: OpenedAccount['account'],
  replay: boolean,
): DigestAuthorization {
  const { nonce } = asked;
  const challenge = parseChallenge(formatChallenge(asked));
  if (!challenge.ok) throw new Error(challenge.error.message);
  const count = (counts.get(nonce) ?? 0) + (replay ? 0 : 1);
  counts.set(nonce, count);
  const answer = answerChallenge({
    challenge: challenge.value,
    username: sid,
    password: authToken,
    method: 'REGISTER',
    uri: 'sip:127.0.0.1',
    cnonce: 'c',
    count,
  });
  const authorization = parseAuthorization(answer);
  if (!authorization.ok) throw new Error(authorization.error.message);
  return authorization.value;
}
