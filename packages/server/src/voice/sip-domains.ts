import { isIP } from 'node:net';
import {
  type DigestAuthorization,
  type IncomingCall,
  type IncomingRegister,
  NonceBook,
  verifyDigest,
} from '@tutti/sip';
import { alertNamed, raiseAlert, type AlertSaid } from '../actions/raise-alert.ts';
import type { ActionContext } from '../actions/context.ts';
import { networkOf } from '../base/client-network.ts';
import type { Log } from '../base/log.ts';
import { listOf } from '../config/networks.ts';
import { SIP_REALM, type SipDomain, type SipList, type SipPurpose } from '../model/sip-domain.ts';
import { findAccount } from '../store/accounts.ts';
import { findSipDomainByName } from '../store/sip-domains.ts';
import { allSipAddresses, allSipMappings, findSipCredentialByName } from '../store/sip-lists.ts';
import { AlertBudget } from './alert-budget.ts';
import { canHear } from './leg.ts';
import { type PasswordChecked, PasswordGuard, WRONG_MAX } from './password-guard.ts';

/** REGISTERs of one domain in a second; those beyond are told to come later. */
const REGISTERS_PER_SEC = 100;

type ListSid = SipList['sid'];

/** Who may call the SIP domains and register at them; whoever may not is answered here, and the account told why. */
export class SipDomains {
  readonly #actions: ActionContext;
  readonly #log: Log;
  readonly #nonces: NonceBook;
  readonly #passwords: PasswordGuard;
  readonly #alerts: AlertBudget;
  readonly #registers = new Map<string, { readonly second: number; count: number }>();

  constructor(actions: ActionContext, log: Log) {
    this.#actions = actions;
    this.#log = log;
    this.#nonces = new NonceBook({ now: () => actions.clock.elapsedMs() });
    this.#passwords = new PasswordGuard(actions.clock, log);
    this.#alerts = new AlertBudget(actions.clock);
  }

  /** The domain of that name. */
  async find(host: string): Promise<SipDomain | undefined> {
    // Most calls name our address, which is no domain's.
    if (!host.includes('.') || isIP(host) !== 0) return undefined;
    return findSipDomainByName(this.#actions.db, host.toLowerCase());
  }

  /** Whether an INVITE may come in, and as whom; otherwise it has been answered. */
  async admitCall(
    call: IncomingCall,
    domain: SipDomain,
    addresses: { readonly from: string; readonly to: string },
  ): Promise<{ readonly username: string | undefined } | undefined> {
    const { accountSid, domainName, sid } = domain;
    const named = { ...addresses, domain: domainName, sid, account: accountSid };
    const { transport, host } = call.source;
    const refuse = async (status: number, alert: AlertSaid): Promise<undefined> => {
      call.reject(status);
      await this.#tell(domain, `INVITE ${sid}`, host, alert);
    };
    const { credentialLists, accessLists } = await this.#lists(domain, 'calls');
    if (credentialLists.length + accessLists.length === 0) {
      return refuse(403, alertNamed('sipDomainClosed', named));
    }
    if (domain.secure === 1 && transport !== 'tls') {
      return refuse(403, alertNamed('sipTransportNotSecure', { ...named, transport }));
    }
    if (accessLists.length > 0 && !(await this.#isAmong(accessLists, host))) {
      const lists = accessLists.join(', ');
      return refuse(403, alertNamed('sipSourceNotAllowed', { ...named, source: host, lists }));
    }
    let username: string | undefined;
    if (credentialLists.length > 0) {
      const authorization = ownAuthorization(call);
      if (authorization === undefined) {
        call.challenge({ realm: SIP_REALM, nonce: this.#nonces.issue() });
        return undefined;
      }
      const checked = await this.#check(domain, credentialLists, authorization, call);
      if (checked === 'throttled') return refuse(503, throttled(domain, host));
      if (checked === 'wrong') {
        const lists = credentialLists.join(', ');
        return refuse(
          403,
          alertNamed('sipBadCredentials', { ...named, username: authorization.username, lists }),
        );
      }
      if (!this.#nonces.take(authorization)) {
        call.challenge({ realm: SIP_REALM, nonce: this.#nonces.issue(), stale: true });
        return undefined;
      }
      username = authorization.username;
    }
    // RFC 4568 §3.1: keys in the clear would protect nothing, so it is asked for after the transport.
    // One without anything to hear is refused as anywhere else.
    const heard = canHear(call.offer);
    if (domain.secure === 1 && heard.ok && !heard.isProtected)
      return refuse(488, alertNamed('sipMediaNotSecure', named));
    return { username };
  }

  /** Whether a REGISTER may be bound; otherwise it has been answered. */
  async admitRegister(register: IncomingRegister, domain: SipDomain): Promise<boolean> {
    const user = register.aor.user ?? '';
    const { accountSid, domainName, sid } = domain;
    const { host } = register.source;
    const named = { user, source: host, domain: domainName, sid };
    const refuseWith = async (status: number, alert: AlertSaid): Promise<false> => {
      register.reject(status);
      await this.#tell(domain, `REGISTER ${sid}`, host, alert);
      return false;
    };
    const refuse = (problem: string): Promise<false> =>
      refuseWith(403, alertNamed('sipRegisterRefused', { ...named, problem }));
    if (!this.#isInTime(domain)) {
      const limit = REGISTERS_PER_SEC;
      return refuseWith(503, alertNamed('sipRegistersTooFast', { domain: domainName, sid, limit }));
    }
    if (domain.sipRegistration !== 1) {
      return refuseWith(
        403,
        alertNamed('sipRegisterNotSupported', { ...named, account: accountSid }),
      );
    }
    const account = await findAccount(this.#actions.db, domain.accountSid);
    if (account?.status !== 'active') {
      return refuse(`Account ${accountSid} is not active.`);
    }
    if (domain.secure === 1 && register.source.transport !== 'tls') {
      return refuse('The domain is Secure: register over TLS.');
    }
    const { credentialLists } = await this.#lists(domain, 'registrations');
    if (credentialLists.length === 0) {
      return refuse(
        `No credential list says who may. Map one: POST /2010-04-01/Accounts/${accountSid}/SIP/Domains/${sid}/Auth/Registrations/CredentialListMappings.json`,
      );
    }
    const authorization = ownAuthorization(register);
    if (authorization === undefined) {
      register.challenge({ realm: SIP_REALM, nonce: this.#nonces.issue() });
      return false;
    }
    const { username } = authorization;
    const checked = await this.#check(domain, credentialLists, authorization, register);
    if (checked === 'throttled') return refuseWith(503, throttled(domain, host));
    if (checked === 'wrong') {
      const lists = credentialLists.join(', ');
      return refuse(
        `The username ${username} is in none of its credential lists (${lists}), or its password is wrong.`,
      );
    }
    if (username !== user) {
      return refuse(
        `The credentials are those of ${username}, who may register as ${username} only.`,
      );
    }
    if (!this.#nonces.take(authorization)) {
      register.challenge({ realm: SIP_REALM, nonce: this.#nonces.issue(), stale: true });
      return false;
    }
    return true;
  }

  async #lists(
    domain: SipDomain,
    purpose: SipPurpose,
  ): Promise<{
    readonly credentialLists: readonly ListSid[];
    readonly accessLists: readonly ListSid[];
  }> {
    const sids = (await allSipMappings(this.#actions.db, [domain.sid]))
      .filter((mapping) => mapping.purpose === purpose)
      .map(({ listSid }) => listSid);
    return {
      credentialLists: sids.filter((sid) => sid.startsWith('CL')),
      accessLists: sids.filter((sid) => sid.startsWith('AL')),
    };
  }

  async #isAmong(accessLists: readonly ListSid[], host: string): Promise<boolean> {
    const addresses = await allSipAddresses(this.#actions.db, accessLists);
    const networks = addresses.map(({ ipAddress, cidrPrefixLength }) => ({
      address: ipAddress,
      prefix: cidrPrefixLength,
      family: isIP(ipAddress) === 4 ? ('ipv4' as const) : ('ipv6' as const),
    }));
    return listOf(networks).check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6');
  }

  #check(
    { sid }: SipDomain,
    credentialLists: readonly ListSid[],
    authorization: DigestAuthorization,
    { source, request }: Pick<IncomingCall, 'source' | 'request'>,
  ): Promise<PasswordChecked> {
    return this.#passwords.check(source.host, `${sid} ${authorization.username}`, () =>
      this.#knows(credentialLists, authorization, request),
    );
  }

  async #knows(
    credentialLists: readonly ListSid[],
    authorization: DigestAuthorization,
    { method, body }: IncomingCall['request'],
  ): Promise<boolean> {
    for (const listSid of credentialLists) {
      const found = await findSipCredentialByName(
        this.#actions.db,
        listSid,
        authorization.username,
      );
      if (found === undefined) continue;
      const secret = authorization.algorithm.startsWith('SHA') ? found.ha1Sha256 : found.ha1Md5;
      if (verifyDigest({ authorization, method, password: { secret }, body })) return true;
    }
    return false;
  }

  #isInTime(domain: SipDomain): boolean {
    const second = Math.floor(this.#actions.clock.elapsedMs() / 1000);
    const held = this.#registers.get(domain.sid);
    if (held?.second === second) {
      held.count += 1;
      return held.count <= REGISTERS_PER_SEC;
    }
    this.#registers.set(domain.sid, { second, count: 1 });
    return true;
  }

  async #tell(
    { accountSid, sid }: SipDomain,
    source: string,
    host: string,
    alert: AlertSaid,
  ): Promise<void> {
    if (!this.#alerts.take(`${source} ${alert.errorCode} ${alert.level} ${networkOf(host)}`))
      return;
    this.#log.warn(
      { accountSid, domainSid: sid, errorCode: alert.errorCode },
      'sip domain refused',
    );
    // Whoever reaches the port writes what the text repeats.
    await raiseAlert(this.#actions, { accountSid, ...alert, resourceSid: sid, source });
  }
}

/** The answer to our challenge; those for another realm are somebody else's to judge: RFC 3261 §22.3. */
function ownAuthorization({
  authorizations,
}: Pick<IncomingCall, 'authorizations'>): DigestAuthorization | undefined {
  return authorizations.find(({ realm }) => realm === SIP_REALM);
}

function throttled({ domainName, sid }: SipDomain, source: string): AlertSaid {
  return alertNamed('sipPasswordsThrottled', {
    source,
    domain: domainName,
    sid,
    limit: WRONG_MAX,
  });
}
