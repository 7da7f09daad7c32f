import type { Prefixes } from './code/sid-names.ts';

export type Severity = 'error' | 'warning' | 'note';

/** A SID as a sentence shows it: what was given, and which kinds it is of. */
interface GivenSid {
  /** The text or the name that the user wrote. */
  readonly shown: string;
  readonly kinds: Prefixes;
}

/** What fills the sentences of each rule. */
export interface RuleValues {
  // Source code; the lint rules have the same names.
  'no-ambiguous-sid-name': { readonly name: string; readonly better: string | undefined };
  'sid-kind-matches-parameter': {
    readonly given: GivenSid;
    readonly parameter: string;
    readonly wanted: Prefixes;
  };
  'no-dropped-twilio-parameter': {
    readonly parameter: string;
    readonly method: string;
    readonly version: string;
    readonly nearest: string | undefined;
    /** Whether Tutti's API takes it. */
    readonly isTuttis: boolean;
  };
  'no-hard-coded-sid': { readonly sid: string; readonly variable: string };
  'require-webhook-signature': { readonly route: string };
  'no-placeholder-sid': { readonly text: string };
  'sdk-credentials': {
    readonly problem: 'key-without-account' | 'token-signed-with-auth-token' | 'key-as-account';
  };
  'file-not-read': { readonly reason: string };
  // Environment.
  'env-wrong-kind': {
    readonly variable: string;
    readonly given: GivenSid;
    readonly wanted: Prefixes;
  };
  'env-swapped': { readonly first: string; readonly second: string };
  'env-placeholder': { readonly variable: string; readonly text: string };
  'env-malformed-sid': { readonly variable: string; readonly reason: string };
  'env-surrounded': { readonly variable: string; readonly by: 'quotes' | 'blanks' };
  'env-secret-misplaced': {
    readonly variable: string;
    readonly holds: 'auth-token' | 'key-secret' | 'sid';
    readonly wanted: 'auth-token' | 'key-secret' | 'sid';
  };
  'env-ambiguous-name': { readonly variable: string; readonly better: string | undefined };
  // Access tokens; `token` is the variable, flag or file that one came from.
  'token-malformed': { readonly token: string; readonly reason: 'parts' | 'header' | 'payload' };
  'token-header': {
    readonly token: string;
    readonly field: 'alg' | 'cty';
    readonly given: string;
    readonly wanted: string;
  };
  'token-party': {
    readonly token: string;
    readonly claim: 'iss' | 'sub';
    readonly given: GivenSid;
    readonly wanted: Prefixes;
  };
  'token-time': {
    readonly token: string;
    readonly problem: 'expired' | 'not-yet' | 'endless';
    /** ISO 8601; empty for a token without end. */
    readonly at: string;
  };
  'token-life': { readonly token: string; readonly hours: number };
  'token-without-grant': { readonly token: string; readonly missing: 'grants' | 'identity' };
  'token-grant': {
    readonly token: string;
    readonly grant: string;
    readonly given: GivenSid;
    readonly wanted: Prefixes;
  };
  'token-signature': {
    readonly token: string;
    readonly signedWith: 'auth-token' | 'other-key' | 'unknown';
    /** The variable of the secret that signed it, or should have. */
    readonly secret: string;
    /** The key that the token names. */
    readonly key: string;
  };
  'token-capability': { readonly token: string };
  // The live server.
  'live-credentials-refused': {
    readonly account: string;
    readonly server: string;
    readonly status: number;
  };
  'live-sid-missing': {
    readonly variable: string;
    readonly given: GivenSid;
    readonly server: string;
  };
  'live-no-conductors': { readonly variable: string; readonly server: string };
  'live-other-binding': {
    readonly conductor: string;
    /** The variable beside it that names another Conversation or application. */
    readonly other: string;
    readonly what: 'Conversation' | 'Application';
    readonly own: string;
  };
  'live-application-without-url': { readonly variable: string };
  'live-number-missing': {
    readonly variable: string;
    readonly number: string;
    readonly server: string;
  };
  'live-number-unbound': { readonly variable: string; readonly number: string };
  // Webhooks.
  'endpoint-unreachable': { readonly url: string; readonly reason: string };
  'endpoint-too-slow': { readonly url: string; readonly seconds: number };
  'endpoint-slow': { readonly url: string; readonly seconds: number; readonly limit: number };
  'endpoint-status': { readonly url: string; readonly status: number };
  'endpoint-twiml': { readonly url: string; readonly code: number; readonly problem: string };
  'endpoint-twiml-warning': {
    readonly url: string;
    readonly code: number;
    readonly problem: string;
  };
  'endpoint-forgeable': { readonly url: string; readonly signature: 'missing' | 'wrong' };
}

export type RuleName = keyof RuleValues;

/** How grave what each rule finds is. */
export const severities: Readonly<Record<RuleName, Severity>> = {
  'no-ambiguous-sid-name': 'warning',
  'sid-kind-matches-parameter': 'error',
  'no-dropped-twilio-parameter': 'error',
  'no-hard-coded-sid': 'warning',
  'require-webhook-signature': 'warning',
  'no-placeholder-sid': 'error',
  'sdk-credentials': 'error',
  'file-not-read': 'note',
  'env-wrong-kind': 'error',
  'env-swapped': 'error',
  'env-placeholder': 'error',
  'env-malformed-sid': 'error',
  'env-surrounded': 'warning',
  'env-secret-misplaced': 'error',
  'env-ambiguous-name': 'warning',
  'token-malformed': 'error',
  'token-header': 'error',
  'token-party': 'error',
  'token-time': 'error',
  'token-life': 'error',
  'token-without-grant': 'error',
  'token-grant': 'error',
  'token-signature': 'error',
  'token-capability': 'warning',
  'live-credentials-refused': 'error',
  'live-sid-missing': 'error',
  'live-no-conductors': 'error',
  'live-other-binding': 'error',
  'live-application-without-url': 'warning',
  'live-number-missing': 'error',
  'live-number-unbound': 'warning',
  'endpoint-unreachable': 'error',
  'endpoint-too-slow': 'error',
  'endpoint-slow': 'warning',
  'endpoint-status': 'error',
  'endpoint-twiml': 'error',
  'endpoint-twiml-warning': 'warning',
  'endpoint-forgeable': 'error',
};

/** Where a finding is: lines and columns count from 1. */
export interface Place {
  /** Relative to the project, with slashes. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Where a finding or a variable stands. */
export interface Where {
  /** Undefined for what stands in no file. */
  readonly place: Place | undefined;
  /** Of what stands in no file, where else; absent for the process environment. */
  readonly subject?: string;
}

/** One thing that is wrong, of a rule, with what fills the rule's sentences. */
export type Finding = {
  readonly [Rule in RuleName]: Where & {
    readonly rule: Rule;
    readonly values: RuleValues[Rule];
  };
}[RuleName];

/** Only where something stands, of something that stands there. */
export function whereOf({ place, subject }: Where): Where {
  return subject === undefined ? { place } : { place, subject };
}
