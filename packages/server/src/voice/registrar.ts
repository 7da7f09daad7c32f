import type { Sid } from '@tutti/ids';
import {
  formatSipUri,
  NonceBook,
  verifyDigest,
  type IncomingCall,
  type IncomingRegister,
  type RegisterContact,
} from '@tutti/sip';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { findAccount } from '../store/accounts.ts';
import type { Db } from '../store/open-store.ts';

const REALM = 'tutti';
const EXPIRES_MAX_SEC = 3600;
const BINDINGS_MAX = 10_000;
/** Phones that may ring for one name. */
const CONTACTS_MAX = 10;

interface Binding {
  readonly user: string;
  readonly accountSid: Sid<'AC'>;
  /** As `formatSipUri` writes it. */
  readonly uri: string;
  readonly contact: RegisterContact;
  readonly callId: string;
  readonly cseq: number;
  readonly source: IncomingRegister['source'];
  readonly untilMs: number;
}

/** Where a phone can be reached. */
export interface RegisteredPhone {
  readonly uri: string;
  readonly flow: IncomingRegister['source'];
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
  readonly #nonces: NonceBook;
  /** By account and name. */
  readonly #bindings = new Map<string, readonly Binding[]>();
  /** Bindings in all, those whose time is over included. */
  #size = 0;

  constructor(db: Db, clock: Clock, log: Log) {
    this.#db = db;
    this.#clock = clock;
    this.#log = log;
    this.#nonces = new NonceBook({ now: () => clock.elapsedMs() });
  }

  /** The phones of the account registered as `user`, those it prefers first. */
  find(accountSid: Sid<'AC'>, user: string): readonly RegisteredPhone[] {
    return this.#live(keyOf(accountSid, user))
      .toSorted((one, other) => (other.contact.q ?? 1) - (one.contact.q ?? 1))
      .map(({ uri, source }) => ({ uri, flow: source }));
  }

  /** The account whose phone, registered as `user`, sends from `source`. */
  findOwner(user: string, source: IncomingCall['source']): Sid<'AC'> | undefined {
    const nowMs = this.#clock.elapsedMs();
    for (const bindings of this.#bindings.values()) {
      for (const binding of bindings) {
        if (binding.user === user && binding.untilMs > nowMs && isFrom(binding, source)) {
          return binding.accountSid;
        }
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
      register.challenge({ realm: REALM, nonce: this.#nonces.issue() });
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
    if (!this.#nonces.take(authorization)) {
      register.challenge({ realm: REALM, nonce: this.#nonces.issue(), stale: true });
      return undefined;
    }
    return account.sid;
  }

  #bind(register: IncomingRegister, accountSid: Sid<'AC'>): void {
    const user = register.aor.user ?? '';
    const key = keyOf(accountSid, user);
    const nowMs = this.#clock.elapsedMs();
    const held = this.#live(key);
    const { callId, cseq, source } = register;
    let bindings = register.removeAll ? [] : held;
    for (const contact of register.contacts) {
      const uri = formatSipUri(contact.uri);
      const same = bindings.find((binding) => isSamePhone(binding, uri, contact));
      // It came late, or twice: all or nothing is changed (RFC 3261 §10.3, step 7).
      if (same?.callId === callId && cseq <= same.cseq) {
        register.reject(500, 'CSeq out of order');
        return;
      }
      bindings = bindings.filter((binding) => binding !== same);
      if (contact.expiresSec === 0) continue;
      const expiresSec = Math.min(contact.expiresSec, EXPIRES_MAX_SEC);
      const untilMs = nowMs + expiresSec * 1000;
      bindings = [...bindings, { user, accountSid, uri, contact, callId, cseq, source, untilMs }];
    }
    if (bindings.length > CONTACTS_MAX) {
      this.#log.warn(
        { accountSid, user, contacts: bindings.length },
        'too many phones of one name',
      );
      register.reject(403, `At most ${CONTACTS_MAX} contacts`);
    } else if (bindings.length > held.length && !this.#hasRoom(bindings.length - held.length)) {
      register.reject(503);
    } else {
      this.#put(key, bindings);
      register.accept(
        bindings.map(({ contact, untilMs }) => ({
          ...contact,
          expiresSec: (untilMs - nowMs) / 1000,
        })),
      );
    }
  }

  #live(key: string): readonly Binding[] {
    const nowMs = this.#clock.elapsedMs();
    return (this.#bindings.get(key) ?? []).filter(({ untilMs }) => untilMs > nowMs);
  }

  /** Bindings that nobody asks for stay after their time: when all is full, they go. */
  #hasRoom(more: number): boolean {
    if (this.#size + more <= BINDINGS_MAX) return true;
    for (const key of this.#bindings.keys()) this.#put(key, this.#live(key));
    return this.#size + more <= BINDINGS_MAX;
  }

  #put(key: string, bindings: readonly Binding[]): void {
    this.#size += bindings.length - (this.#bindings.get(key)?.length ?? 0);
    if (bindings.length === 0) this.#bindings.delete(key);
    else this.#bindings.set(key, bindings);
  }
}

/** A phone that names its instance stays the same one at another address: RFC 5626 §6. */
function isSamePhone(binding: Binding, uri: string, { instance }: RegisterContact): boolean {
  return binding.uri === uri || (instance !== undefined && binding.contact.instance === instance);
}

function keyOf(accountSid: Sid<'AC'>, user: string): string {
  return `${accountSid} ${user}`;
}

function isFrom(binding: Binding, source: IncomingCall['source']): boolean {
  const { contact, source: known } = binding;
  if (known.host === source.host && known.port === source.port) return true;
  if (contact.uri.host !== source.host) return false;
  // Over TCP the phone's own port is not the one it listens on.
  return source.transport !== 'udp' || (contact.uri.port ?? 5060) === source.port;
}
