import type { Sid } from '@tutti/ids';
import {
  formatSipUri,
  isSeenElsewhere,
  NonceBook,
  verifyDigest,
  type IncomingCall,
  type IncomingRegister,
  type RegisterContact,
} from '@tutti/sip';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { SIP_REALM } from '../model/sip-domain.ts';
import { findAccount } from '../store/accounts.ts';
import type { Db } from '../store/open-store.ts';
import { PasswordGuard } from './password-guard.ts';

/** Who asks for less would do little else than register. */
const EXPIRES_MIN_SEC = 10;
const EXPIRES_MAX_SEC = 3600;
const BINDINGS_MAX = 10_000;
/** NATs forget a way that nothing took for 30 s. RFC 5626 §4.4.2 */
const KEEP_ALIVE_MS = 25_000;
/** Phones that may ring for one name. */
export const CONTACTS_MAX = 10;

interface Binding {
  readonly user: string;
  readonly owner: RegisterOwner;
  /** As `formatSipUri` writes it. */
  readonly uri: string;
  readonly contact: RegisterContact;
  readonly callId: string;
  readonly cseq: number;
  readonly source: IncomingRegister['source'];
  readonly untilMs: number;
}

/** Whose a name is: an account's own, or that of one of its SIP domains. */
export interface RegisterOwner {
  readonly accountSid: Sid<'AC'>;
  readonly scope: Sid<'AC' | 'SD'>;
}

/** Where a phone can be reached. */
export interface RegisteredPhone {
  readonly uri: string;
  readonly flow: IncomingRegister['source'];
}

/** The ways by which phones registered. */
export interface Flows {
  /** Sends what keeps the way to a phone behind NAT open. */
  keepAlive(flow: RegisteredPhone['flow']): void;
  /** Whether its connection is still there; never for datagrams. */
  isConnected(flow: RegisteredPhone['flow']): boolean;
}

const NO_FLOWS: Flows = { keepAlive: () => undefined, isConnected: () => true };

/**
 * Keeps where phones can be reached (RFC 3261 §10.3). A virtual phone proves by digest that it belongs to an account
 * (username = Account SID, password = auth token) and is reached by that account's calls only: the phones of two
 * accounts may have one name. So may those of two SIP domains, which prove it by the lists of their domain.
 */
export class Registrar {
  readonly #db: Db;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #nonces: NonceBook;
  readonly #passwords: PasswordGuard;
  /** By account or domain, and name. */
  readonly #bindings = new Map<string, readonly Binding[]>();
  /** Bindings in all, those whose time is over included. */
  #size = 0;
  readonly #flows: Flows;
  /** Stops the keep-alives of a binding. */
  readonly #keptAlive = new Map<Binding, () => void>();

  constructor(db: Db, clock: Clock, log: Log, flows: Flows = NO_FLOWS) {
    this.#flows = flows;
    this.#db = db;
    this.#clock = clock;
    this.#log = log;
    this.#nonces = new NonceBook({ now: () => clock.elapsedMs() });
    this.#passwords = new PasswordGuard(clock, log);
  }

  /** The phones of the account or SIP domain registered as `user`, those it prefers first. */
  find(scope: RegisterOwner['scope'], user: string): readonly RegisteredPhone[] {
    return this.#live(keyOf(scope, user))
      .toSorted((one, other) => (other.contact.q ?? 1) - (one.contact.q ?? 1))
      .map(({ uri, source }) => ({ uri, flow: source }));
  }

  /** The account whose own phone, registered as `user`, sends from `source`. */
  findOwner(user: string, source: IncomingCall['source']): Sid<'AC'> | undefined {
    const nowMs = this.#clock.elapsedMs();
    for (const bindings of this.#bindings.values()) {
      for (const binding of bindings) {
        const { owner, untilMs } = binding;
        const isOwn = binding.user === user && owner.scope === owner.accountSid;
        if (isOwn && untilMs > nowMs && isFrom(binding, source)) {
          return owner.accountSid;
        }
      }
    }
    return undefined;
  }

  /** Answers a REGISTER of an account's own phone; who it is when it has too many of one name. Never rejects. */
  async handle(register: IncomingRegister): Promise<RegisterOwner | undefined> {
    try {
      const accountSid = await this.#authenticate(register);
      if (accountSid !== undefined) return this.bind(register, { accountSid, scope: accountSid });
    } catch (err) {
      this.#log.error({ err }, 'register failed');
      register.reject(500);
    }
    return undefined;
  }

  async #authenticate(register: IncomingRegister): Promise<Sid<'AC'> | undefined> {
    const authorization = register.authorizations.find(({ realm }) => realm === SIP_REALM);
    if (authorization === undefined) {
      register.challenge({ realm: SIP_REALM, nonce: this.#nonces.issue() });
      return undefined;
    }
    const { username } = authorization;
    let sid: Sid<'AC'> | undefined;
    const checked = await this.#passwords.check(register.source.host, username, async () => {
      const account = await findAccount(this.#db, username);
      sid = account?.sid;
      return (
        account?.status === 'active' &&
        [account.authToken, account.secondaryAuthToken].some(
          (password) =>
            password !== null &&
            verifyDigest({
              authorization,
              method: 'REGISTER',
              password,
              body: register.request.body,
            }),
        )
      );
    });
    if (checked === 'throttled') {
      register.reject(503, 'Too many wrong passwords');
      return undefined;
    }
    if (checked === 'wrong') {
      this.#log.warn({ username }, 'register refused');
      register.reject(403);
      return undefined;
    }
    if (!this.#nonces.take(authorization)) {
      register.challenge({ realm: SIP_REALM, nonce: this.#nonces.issue(), stale: true });
      return undefined;
    }
    return sid;
  }

  /** Binds what a phone of the owner asks for, and answers it; the owner when it has too many of one name. */
  bind(register: IncomingRegister, owner: RegisterOwner): RegisterOwner | undefined {
    const user = register.aor.user ?? '';
    const { accountSid, scope } = owner;
    const key = keyOf(scope, user);
    const nowMs = this.#clock.elapsedMs();
    const held = this.#live(key);
    const { callId, cseq, source } = register;
    if (register.contacts.some(({ expiresSec }) => isBrief(expiresSec))) {
      register.rejectBrief(EXPIRES_MIN_SEC);
      return undefined;
    }
    let bindings = register.removeAll ? [] : held;
    const added = new Set<Binding>();
    for (const contact of register.contacts) {
      const uri = formatSipUri(contact.uri);
      // A phone that moved may take its old address away in the same request, by which it names its instance too.
      const others = bindings.filter((binding) => !added.has(binding));
      const same =
        bindings.find((binding) => binding.uri === uri) ??
        others.find(({ contact: { instance } }) => isSameInstance(instance, contact.instance));
      // It came late, or twice: all or nothing is changed (RFC 3261 §10.3, step 7).
      if (same?.callId === callId && cseq <= same.cseq && !added.has(same)) {
        register.reject(500, 'CSeq out of order');
        return undefined;
      }
      bindings = bindings.filter((binding) => binding !== same);
      if (contact.expiresSec === 0) continue;
      const expiresSec = Math.min(contact.expiresSec, EXPIRES_MAX_SEC);
      const untilMs = nowMs + expiresSec * 1000;
      const binding = { user, owner, uri, contact, callId, cseq, source, untilMs };
      added.add(binding);
      bindings = [...bindings, binding];
    }
    // A phone that has lost one connection after the other may name another address by each.
    if (bindings.length > CONTACTS_MAX) bindings = bindings.filter((each) => !this.#isLost(each));
    if (bindings.length > CONTACTS_MAX) {
      this.#log.warn(
        { accountSid, scope, user, contacts: bindings.length },
        'too many phones of one name',
      );
      register.reject(403, `At most ${CONTACTS_MAX} contacts`);
      return owner;
    }
    if (bindings.length > held.length && !this.#hasRoom(bindings.length - held.length)) {
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
    return undefined;
  }

  #isLost({ source }: Binding): boolean {
    return source.connection !== undefined && !this.#flows.isConnected(source);
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

  /** Stops the keep-alives. */
  close(): void {
    for (const stop of this.#keptAlive.values()) stop();
    this.#keptAlive.clear();
  }

  #put(key: string, bindings: readonly Binding[]): void {
    const before = this.#bindings.get(key) ?? [];
    for (const binding of before) if (!bindings.includes(binding)) this.#letGo(binding);
    for (const binding of bindings) if (!before.includes(binding)) this.#keep(binding);
    this.#size += bindings.length - before.length;
    if (bindings.length === 0) this.#bindings.delete(key);
    else this.#bindings.set(key, bindings);
  }

  /** Phones that are reached by UDP through a NAT; those on a stream keep it alive themselves. */
  #keep(binding: Binding): void {
    const { contact, source, untilMs } = binding;
    if (source.transport !== 'udp' || !isSeenElsewhere(contact.uri, source)) return;
    const stop = this.#clock.after(KEEP_ALIVE_MS, () => {
      this.#keptAlive.delete(binding);
      if (untilMs <= this.#clock.elapsedMs()) return;
      this.#flows.keepAlive(source);
      this.#keep(binding);
    });
    this.#keptAlive.set(binding, stop);
  }

  #letGo(binding: Binding): void {
    this.#keptAlive.get(binding)?.();
    this.#keptAlive.delete(binding);
  }
}

/** 0 takes the binding away. */
function isBrief(expiresSec: number): boolean {
  return expiresSec > 0 && expiresSec < EXPIRES_MIN_SEC;
}

/** A phone that names its instance stays the same one at another address: RFC 5626 §6. */
function isSameInstance(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && one === other;
}

function keyOf(scope: RegisterOwner['scope'], user: string): string {
  return `${scope} ${user}`;
}

function isFrom(binding: Binding, source: IncomingCall['source']): boolean {
  const { contact, source: known } = binding;
  if (known.host === source.host && known.port === source.port) return true;
  if (contact.uri.host !== source.host) return false;
  // Over TCP the phone's own port is not the one it listens on.
  return source.transport !== 'udp' || (contact.uri.port ?? 5060) === source.port;
}
