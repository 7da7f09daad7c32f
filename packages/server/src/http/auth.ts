import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { isSid, explainSid, type Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { Clock } from '../base/clock.ts';
import type { Account } from '../model/account.ts';
import { findAccount } from '../store/accounts.ts';
import { findApiKey } from '../store/api-keys.ts';
import type { Db } from '../store/open-store.ts';

/** Who asks. */
export interface Caller {
  /** Whom the request acts on and is answered for. */
  readonly account: Account;
  /** Set when it acts on a subaccount by the credentials of this account. */
  readonly parent?: Account;
  /** Set when an API key was used instead of the account's auth token. */
  readonly keySid: Sid<'SK'> | undefined;
}

/** How long credentials are taken as seen before: so long what another process changed is not heard of. */
const REMEMBER_MS = 1000;
const REMEMBERED_MAX = 1000;
/** Compared with when there is no secret, so that this takes as long. Nobody can send what it is a digest of. */
const NOBODY = randomBytes(32);

/** Checks HTTP Basic credentials: `AC…:AuthToken` or `SK…:secret`. Twilio: usage/requests-to-twilio */
export class Authenticator {
  readonly #db: Db;
  readonly #clock: Clock;
  /** Counts how often all was forgotten: what was read before is not remembered after. */
  #generation = 0;
  /**
   * By header as sent. NOTE: texts are compared only where their hashes, seeded by the process, are the same, so the
   * time it takes tells nothing about how much of a secret was right.
   */
  readonly #seen = new Map<string, { readonly caller: Caller; readonly untilMs: number }>();

  constructor(db: Db, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Who sent these same credentials a moment ago, or undefined. */
  remembered(header: string | undefined): Caller | undefined {
    if (header === undefined) return undefined;
    const seen = this.#seen.get(header);
    return seen !== undefined && seen.untilMs > this.#clock.elapsedMs() ? seen.caller : undefined;
  }

  /** Credentials were changed or ended, or an account was: whatever is asked from now on is read anew. */
  forget(): void {
    this.#generation += 1;
    this.#seen.clear();
  }

  /** @throws RequestError authenticate, saying what was wrong with the credentials but not with the secret. */
  async authenticate(header: string | undefined): Promise<Caller> {
    if (header === undefined) {
      throw refusal('authenticate', {
        problem:
          'no credentials were sent. Send HTTP Basic: Account SID and auth token, or key SID and secret.',
      });
    }
    const generation = this.#generation;
    const caller = await this.#check(header);
    if (generation !== this.#generation) return caller;
    if (this.#seen.size >= REMEMBERED_MAX) this.#seen.clear();
    this.#seen.set(header, { caller, untilMs: this.#clock.elapsedMs() + REMEMBER_MS });
    return caller;
  }

  async #check(header: string): Promise<Caller> {
    const given = readBasic(header);
    if (given === undefined) {
      throw refusal('authenticate', { problem: 'the Authorization header is not HTTP Basic.' });
    }
    const { username, password } = given;

    if (isSid(username, 'AC')) {
      const account = await findAccount(this.#db, username);
      const isPrimary = isSecret(account?.authToken, password);
      const isSecondary = isSecret(account?.secondaryAuthToken, password);
      if (account !== undefined && (isPrimary || isSecondary)) {
        return { account: active(account), keySid: undefined };
      }
      throw refusal('authenticate', {
        problem:
          account === undefined
            ? `there is no account ${username} on this server. Its credentials are in credentials.env of the data directory.`
            : `the auth token of ${username} is another.`,
      });
    }
    if (isSid(username, 'SK')) {
      const key = await findApiKey(this.#db, username);
      // A key that is not there takes as long as one that is.
      const account = await findAccount(this.#db, key?.accountSid ?? username);
      const isSame = timingSafeEqual(
        digestOf(password),
        key ? Buffer.from(key.secretHash, 'hex') : NOBODY,
      );
      if (key !== undefined && account !== undefined && isSame) {
        return { account: active(account), keySid: key.sid };
      }
      throw refusal('authenticate', {
        problem:
          key === undefined
            ? `there is no API key ${username}.`
            : `the secret of ${username} is another.`,
      });
    }
    throw refusal('authenticate', {
      problem: `the username must be an Account SID (AC…) or an API key SID (SK…). ${explainSid(username).sentence}`,
    });
  }
}

/** What an Authorization header holds, where it is HTTP Basic: RFC 7617 §2. Without a colon all of it is the name. */
export function readBasic(
  header: string,
): { readonly username: string; readonly password: string } | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=_-]+)$/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const credentials = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = credentials.indexOf(':');
  if (colon === -1) return { username: credentials, password: '' };
  return { username: credentials.slice(0, colon), password: credentials.slice(colon + 1) };
}

function active(account: Account): Account {
  if (account.status === 'active') return account;
  throw refusal('accountNotActive', { account: account.sid, problem: account.status });
}

/** Whether two secrets are the same, found out in a time that tells nothing about them. */
export function sameText(a: string, b: string): boolean {
  return timingSafeEqual(digestOf(a), digestOf(b));
}

function isSecret(secret: string | null | undefined, given: string): boolean {
  return timingSafeEqual(digestOf(given), secret == null ? NOBODY : digestOf(secret));
}

/** Digests have one length, so that comparing them tells nothing of the length of a secret either. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Who holds a key must not be able to make or end others. @throws RequestError forbidden */
export function requireAuthToken({ account, keySid }: Caller): void {
  if (keySid === undefined) return;
  throw refusal(
    'forbidden',
    {
      problem: `The API key ${keySid} cannot manage accounts, auth tokens or keys. Use the Account SID ${account.sid} and its auth token.`,
    },
    { resourceSid: keySid },
  );
}
