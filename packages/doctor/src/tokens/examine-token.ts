import { claimsOf, claimText, decodeToken, grantedSids, type DecodedToken } from '@tutti/ids';
import { looksLikeSid } from '../code/sid-names.ts';
import type { Prefixes } from '../code/sid-names.ts';
import { shortened } from '../env/examine-variables.ts';
import type { Finding, RuleName, RuleValues, Where } from '../rules.ts';
import { digestOf, isSignedWith } from './decode-token.ts';
import type { KnownSecret } from './known-secrets.ts';

/** An access token, and where it stands. */
export interface GivenToken extends Where {
  /** The variable, flag or file that it came from. */
  readonly name: string;
  readonly value: string;
}

export interface ExaminedToken {
  readonly findings: readonly Finding[];
  /** Whether the secret that should have signed it is known. */
  readonly isSignatureChecked: boolean;
  /** What it names that a server can be asked for, by where it stands in the token. */
  readonly sids: Readonly<Record<string, string>>;
}

const HOUR_SEC = 3600;
/** What Twilio takes at most. */
const LONGEST_HOURS = 24;
/** Clocks of two machines differ by less. */
const SKEW_SEC = 60;

const APPLICATION = 'voice.outgoing.application_sid';

/**
 * Says what is wrong with an access token: what it names, its times, its grants, and who signed it.
 *
 * @param nowMs Milliseconds since 1970.
 */
export function examineToken(
  token: GivenToken,
  secrets: readonly KnownSecret[],
  nowMs: number,
): ExaminedToken {
  const read = decodeToken(token.value);
  const findings: Finding[] = [];
  const find = <Rule extends RuleName>(rule: Rule, values: RuleValues[Rule]): void => {
    const { place, subject } = token;
    findings.push({ rule, values, place, ...(subject !== undefined && { subject }) } as Finding);
  };
  const { name } = token;
  if (!read.ok) {
    find('token-malformed', { token: name, reason: read.error });
    return { findings, isSignatureChecked: true, sids: {} };
  }
  const decoded = read.value;
  const { header, payload } = decoded;
  if (payload['grants'] === undefined && typeof payload['scope'] === 'string') {
    find('token-capability', { token: name });
    return { findings, isSignatureChecked: true, sids: {} };
  }
  if (!digestOf.has(String(header['alg']))) {
    find('token-header', {
      token: name,
      field: 'alg',
      given: String(header['alg']),
      wanted: 'HS256',
    });
  }
  if (header['cty'] !== 'twilio-fpa;v=1') {
    const given = String(header['cty']);
    find('token-header', { token: name, field: 'cty', given, wanted: 'twilio-fpa;v=1' });
  }
  for (const [claim, wanted] of [
    ['iss', ['SK']],
    ['sub', ['AC']],
  ] as const) {
    const given = claimText(payload[claim]);
    if (!(looksLikeSid(given) && wanted.some((prefix) => given.startsWith(prefix)))) {
      find('token-party', { token: name, claim, given: givenSid(given), wanted });
    }
  }
  for (const [rule, values] of timesOf(name, payload, nowMs / 1000)) find(rule, values);
  const grants = claimsOf(payload['grants']) ?? {};
  if (Object.keys(grants).every((key) => key === 'identity')) {
    find('token-without-grant', { token: name, missing: 'grants' });
  } else if (typeof grants['identity'] !== 'string' || grants['identity'] === '') {
    find('token-without-grant', { token: name, missing: 'identity' });
  }
  const granted = grantedSids(payload);
  for (const { path, given, wanted } of granted) {
    if (looksLikeSid(given) && wanted.includes(given.slice(0, 2))) continue;
    find('token-grant', { token: name, grant: path, given: givenSid(given), wanted });
  }
  const signature = signedBy(decoded, secrets);
  if (signature.problem !== undefined) {
    find('token-signature', { token: name, ...signature.problem });
  }
  const application = granted.find(({ path }) => path === APPLICATION)?.given ?? '';
  return {
    findings,
    isSignatureChecked: signature.isChecked,
    sids: {
      iss: claimText(payload['iss']),
      ...(application !== '' && { [APPLICATION]: application }),
    },
  };
}

type TimeFinding =
  | readonly ['token-time', RuleValues['token-time']]
  | readonly ['token-life', RuleValues['token-life']];

function timesOf(
  token: string,
  payload: DecodedToken['payload'],
  nowSec: number,
): readonly TimeFinding[] {
  const [exp, iat, nbf] = ['exp', 'iat', 'nbf'].map((claim) => numberOf(payload[claim]));
  if (exp === undefined) return [['token-time', { token, problem: 'endless', at: '' }]];
  const found: TimeFinding[] = [];
  if (exp <= nowSec) found.push(['token-time', { token, problem: 'expired', at: instant(exp) }]);
  const start = Math.max(iat ?? 0, nbf ?? 0);
  if (start > nowSec + SKEW_SEC) {
    found.push(['token-time', { token, problem: 'not-yet', at: instant(start) }]);
  }
  const from = nbf ?? iat;
  const hours = from === undefined ? 0 : (exp - from) / HOUR_SEC;
  if (hours > LONGEST_HOURS) {
    found.push(['token-life', { token, hours: Math.round(hours * 10) / 10 }]);
  }
  return found;
}

const numberOf = (claim: unknown): number | undefined =>
  typeof claim === 'number' && Number.isFinite(claim) ? claim : undefined;

/** Seconds since 1970 as a person reads them; what is beyond all calendars as it stands. */
function instant(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString();
}

function givenSid(text: string): { readonly shown: string; readonly kinds: Prefixes } {
  return looksLikeSid(text)
    ? { shown: shortened(text), kinds: [text.slice(0, 2)] }
    : { shown: text.slice(0, 40), kinds: [] };
}

interface SignedBy {
  readonly isChecked: boolean;
  readonly problem?: Pick<RuleValues['token-signature'], 'signedWith' | 'secret' | 'key'>;
}

function signedBy(token: DecodedToken, secrets: readonly KnownSecret[]): SignedBy {
  const key = claimText(token.payload['iss']);
  const shown = shortened(key);
  const signer = secrets.find(({ value }) => isSignedWith(token, value));
  if (signer?.kind === 'auth-token') {
    return {
      isChecked: true,
      problem: { signedWith: 'auth-token', secret: signer.name, key: shown },
    };
  }
  if (signer !== undefined) {
    // Of an issuer that is no key is told apart.
    return signer.keySid === undefined || signer.keySid === key || !key.startsWith('SK')
      ? { isChecked: true }
      : {
          isChecked: true,
          problem: { signedWith: 'other-key', secret: signer.name, key: shown },
        };
  }
  const own = secrets.find(({ kind, keySid }) => kind === 'key-secret' && keySid === key);
  return own === undefined
    ? { isChecked: false }
    : { isChecked: true, problem: { signedWith: 'unknown', secret: own.name, key: shown } };
}
