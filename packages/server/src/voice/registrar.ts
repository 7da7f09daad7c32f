import { createHmac, randomBytes } from 'node:crypto';
import type { Sid } from '@tutti/ids';
import {
  formatSipUri,
  parseSipUri,
  verifyDigest,
  type IncomingCall,
  type IncomingRegister,
} from '@tutti/sip';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { findAccount } from '../store/accounts.ts';
import type { Db } from '../store/open-store.ts';

const REALM = 'tutti';
const NONCE_LIFE_MS = 300_000;
const EXPIRES_MAX_SEC = 3600;
const BINDINGS_MAX = 10_000;

interface Binding {
  readonly user: string;
  readonly accountSid: Sid<'AC'>;
  readonly contact: string;
  /** By the clock that is never set. */
  readonly untilMs: number;
}

/**
 * Keeps where virtual phones can be reached (RFC 3261 §10.3). A phone proves by digest that it belongs to an
 * account (username = Account SID, password = auth token) and is reached by that account's calls only: the phones of
 * two accounts may have one name.
 */
export class Registrar {
  readonly #db: Db;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #key = randomBytes(32);
  /** By account and name. */
  readonly #bindings = new Map<string, Binding>();

  constructor(db: Db, clock: Clock, log: Log) {
    this.#db = db;
    this.#clock = clock;
    this.#log = log;
  }

  /** The contact URI registered for `user` by a phone of the account. */
  find(accountSid: Sid<'AC'>, user: string): string | undefined {
    const key = keyOf(accountSid, user);
    const binding = this.#bindings.get(key);
    if (binding === undefined) return undefined;
    if (binding.untilMs > this.#clock.elapsedMs()) return binding.contact;
    this.#bindings.delete(key);
    return undefined;
  }

  /** The account whose phone, registered as `user`, sends from `source`. */
  findOwner(user: string, source: IncomingCall['source']): Sid<'AC'> | undefined {
    const nowMs = this.#clock.elapsedMs();
    for (const binding of this.#bindings.values()) {
      if (binding.user === user && binding.untilMs > nowMs && isFrom(binding, source)) {
        return binding.accountSid;
      }
    }
    return undefined;
  }

  /** Answers a REGISTER. Never rejects. */
  async handle(register: IncomingRegister): Promise<void> {
    try {
      const accountSid = await this.#authenticate(register);
      if (accountSid !== undefined) this.#bind(register, accountSid);
    } catch (err) {
      this.#log.error({ err }, 'register failed');
      register.reject(500);
    }
  }

  async #authenticate(register: IncomingRegister): Promise<Sid<'AC'> | undefined> {
    const { authorization } = register;
    if (authorization === undefined) {
      register.challenge({ realm: REALM, nonce: this.#nonce() });
      return undefined;
    }
    const account = await findAccount(this.#db, authorization.username);
    const known =
      account?.status === 'active' &&
      authorization.realm === REALM &&
      [account.authToken, account.secondaryAuthToken].some(
        (password) =>
          password !== null && verifyDigest({ authorization, method: 'REGISTER', password }),
      );
    if (!known) {
      this.#log.warn({ username: authorization.username }, 'register refused');
      register.reject(403);
      return undefined;
    }
    if (!this.#isFresh(authorization.nonce)) {
      register.challenge({ realm: REALM, nonce: this.#nonce(), stale: true });
      return undefined;
    }
    return account.sid;
  }

  #bind(register: IncomingRegister, accountSid: Sid<'AC'>): void {
    const user = register.aor.user ?? '';
    const key = keyOf(accountSid, user);
    const holder = this.#bindings.get(key);
    const nowMs = this.#clock.elapsedMs();
    if (register.removeAll) this.#bindings.delete(key);
    // One phone a number: the newest contact is the one that rings.
    for (const { uri, expiresSec } of register.contacts) {
      const contact = formatSipUri(uri);
      if (expiresSec === 0) {
        if (holder?.contact === contact) this.#bindings.delete(key);
        continue;
      }
      if (!this.#bindings.has(key) && !this.#hasRoom(nowMs)) {
        register.reject(503);
        return;
      }
      const untilMs = nowMs + Math.min(expiresSec, EXPIRES_MAX_SEC) * 1000;
      this.#bindings.set(key, { user, accountSid, contact, untilMs });
    }
    const bound = this.#bindings.get(key);
    const contacts = register.contacts
      .filter(({ uri }) => bound?.contact === formatSipUri(uri))
      .map(({ uri, expiresSec }) => ({ uri, expiresSec: Math.min(expiresSec, EXPIRES_MAX_SEC) }));
    register.accept(contacts);
  }

  /** Bindings that nobody asks for stay after their time: when all is full, they go. */
  #hasRoom(nowMs: number): boolean {
    if (this.#bindings.size < BINDINGS_MAX) return true;
    for (const [key, { untilMs }] of this.#bindings) {
      if (untilMs <= nowMs) this.#bindings.delete(key);
    }
    return this.#bindings.size < BINDINGS_MAX;
  }

  /** The time it was made, and a proof that we made it. */
  #nonce(): string {
    const time = Math.floor(this.#clock.elapsedMs()).toString(36);
    return `${time}-${this.#proof(time)}`;
  }

  #isFresh(nonce: string): boolean {
    const [time = '', proof] = nonce.split('-');
    const age = this.#clock.elapsedMs() - Number.parseInt(time, 36);
    return proof === this.#proof(time) && age >= 0 && age < NONCE_LIFE_MS;
  }

  #proof(time: string): string {
    return createHmac('sha256', this.#key).update(time).digest('hex').slice(0, 32);
  }
}

function keyOf(accountSid: Sid<'AC'>, user: string): string {
  return `${accountSid} ${user}`;
}

function isFrom({ contact }: Binding, source: IncomingCall['source']): boolean {
  const parsed = parseSipUri(contact);
  if (!parsed.ok || parsed.value.host !== source.host) return false;
  // Over TCP the phone's own port is not the one it listens on.
  return source.transport === 'tcp' || (parsed.value.port ?? 5060) === source.port;
}
