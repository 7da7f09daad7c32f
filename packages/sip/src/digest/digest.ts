import { createHash, timingSafeEqual } from 'node:crypto';

import { NO_BODY } from '../message/message.ts';
import { quote, refuseLineBreak, splitOutside, unquote } from '../message/params.ts';
import { isToken } from '../message/parse-message.ts';
import { fail, ok, type Result } from '../result.ts';

const ALGORITHMS = ['MD5', 'MD5-sess', 'SHA-256', 'SHA-256-sess'] as const;

export type DigestAlgorithm = (typeof ALGORITHMS)[number];

/** What WWW-Authenticate and Proxy-Authenticate ask: RFC 7616 §3.3. */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: DigestAlgorithm;
  /** Empty from a peer of RFC 2069. */
  readonly qop: readonly string[];
  readonly opaque?: string;
  /** True when only the nonce was too old, not the password wrong. */
  readonly stale: boolean;
}

/** What Authorization and Proxy-Authorization answer: RFC 7616 §3.4. */
export interface DigestAuthorization {
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  readonly response: string;
  readonly algorithm: DigestAlgorithm;
  readonly qop?: string;
  readonly cnonce?: string;
  /** Eight hexadecimal digits, as written. */
  readonly nc?: string;
  readonly opaque?: string;
}

export interface DigestError {
  readonly code: 'scheme' | 'field' | 'algorithm' | 'qop';
  readonly message: string;
}

/** Reads a challenge; one of another scheme or algorithm is refused. Never throws. */
export function parseChallenge(header: string): Result<DigestChallenge, DigestError> {
  const fields = readFields(header);
  if (!fields.ok) return fields;
  const { realm, nonce, qop, opaque, stale } = fields.value;
  if (realm === undefined || nonce === undefined) return bad('field', 'realm or nonce missing');
  const algorithm = readAlgorithm(fields.value['algorithm']);
  if (algorithm === undefined) return bad('algorithm', 'Unknown algorithm');
  const offered = qop === undefined ? [] : qop.split(',').map((word) => word.trim().toLowerCase());
  if (offered.length > 0 && !offered.some((word) => word === 'auth' || word === 'auth-int'))
    return bad('qop', 'No qop but auth and auth-int is spoken');
  return ok({
    realm,
    nonce,
    algorithm,
    qop: offered,
    ...(opaque === undefined ? {} : { opaque }),
    stale: stale?.toLowerCase() === 'true',
  });
}

export interface ChallengeOptions {
  readonly realm: string;
  readonly nonce: string;
  /** Default MD5, the one every phone knows: RFC 3261 §22.4. */
  readonly algorithm?: DigestAlgorithm;
  readonly stale?: boolean;
  readonly opaque?: string;
}

/** Writes a challenge with `qop="auth"`. @throws TypeError for a line break in a value. */
export function formatChallenge(options: ChallengeOptions): string {
  const { realm, nonce, algorithm = 'MD5', stale = false, opaque } = options;
  const parts = [`realm=${quote(realm)}`, `nonce=${quote(nonce)}`, `algorithm=${algorithm}`];
  parts.push('qop="auth"');
  if (opaque !== undefined) parts.push(`opaque=${quote(opaque)}`);
  if (stale) parts.push('stale=true');
  return `Digest ${parts.join(', ')}`;
}

/** Reads an Authorization or Proxy-Authorization header; never throws. */
export function parseAuthorization(header: string): Result<DigestAuthorization, DigestError> {
  const fields = readFields(header);
  if (!fields.ok) return fields;
  const { username, realm, nonce, uri, response, qop, cnonce, nc, opaque } = fields.value;
  const missing =
    username === undefined ||
    realm === undefined ||
    nonce === undefined ||
    uri === undefined ||
    response === undefined;
  if (missing) return bad('field', 'A required field is missing');
  const algorithm = readAlgorithm(fields.value['algorithm']);
  if (algorithm === undefined) return bad('algorithm', 'Unknown algorithm');
  return ok({
    username,
    realm,
    nonce,
    uri,
    response,
    algorithm,
    ...(qop === undefined ? {} : { qop: qop.toLowerCase() }),
    ...(cnonce === undefined ? {} : { cnonce }),
    ...(nc === undefined ? {} : { nc }),
    ...(opaque === undefined ? {} : { opaque }),
  });
}

/** Those of the lines that can be read: a phone may answer for several realms and algorithms. RFC 3261 §22.4 */
export function readAuthorizations(lines: readonly string[]): readonly DigestAuthorization[] {
  return lines.flatMap((line) => {
    const authorization = parseAuthorization(line);
    return authorization.ok ? [authorization.value] : [];
  });
}

export interface AnswerOptions {
  readonly challenge: DigestChallenge;
  readonly username: string;
  readonly password: string;
  readonly method: string;
  /** The Request-URI as sent. */
  readonly uri: string;
  readonly cnonce: string;
  /** How often this nonce was used, from 1. */
  readonly count: number;
  /** What `auth-int` protects; default: none. It is answered only where plain `auth` is not offered. */
  readonly body?: Uint8Array;
}

/** Computes the Authorization header for a challenge. @throws TypeError for a line break in a value. */
export function answerChallenge(options: AnswerOptions): string {
  const { challenge, username, password, method, uri, cnonce } = options;
  const { realm, nonce, algorithm, opaque } = challenge;
  refuseLineBreak(uri, 'digest uri');
  const nc = options.count.toString(16).padStart(8, '0');
  const plain = challenge.qop.includes('auth') ? 'auth' : 'auth-int';
  const qop = challenge.qop.length > 0 ? plain : undefined;
  const session = qop !== undefined || algorithm.endsWith('-sess');
  const response = digest(
    {
      username,
      realm,
      nonce,
      uri,
      algorithm,
      ...(session ? { cnonce, nc } : {}),
      ...(qop === undefined ? {} : { qop }),
    },
    { method, password, body: options.body },
  );
  const parts = [
    `username=${quote(username)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(uri)}`,
    `response="${response}"`,
    `algorithm=${algorithm}`,
  ];
  if (session) parts.push(`cnonce=${quote(cnonce)}`);
  // qop and nc are written without quotes here: RFC 7616 §3.4.
  if (qop !== undefined) parts.push(`qop=${qop}`, `nc=${nc}`);
  if (opaque !== undefined) parts.push(`opaque=${quote(opaque)}`);
  return `Digest ${parts.join(', ')}`;
}

export interface VerifyOptions {
  readonly authorization: DigestAuthorization;
  readonly method: string;
  /** The password, or what `digestSecret` made of it for the algorithm of the authorization. */
  readonly password: string | { readonly secret: string };
  /** The request's, which `auth-int` protects; without it such an answer is refused. */
  readonly body?: Uint8Array;
}

/**
 * True when the response was computed with this password, in constant time.
 * Whether the nonce and realm are yours, and fresh, is for the caller to know.
 */
export function verifyDigest(options: VerifyOptions): boolean {
  const { authorization, method, password, body } = options;
  const { qop, cnonce, nc } = authorization;
  const spoken = qop === 'auth' || (qop === 'auth-int' && body !== undefined);
  if (qop !== undefined && (!spoken || cnonce === undefined || nc === undefined)) return false;
  if (authorization.algorithm.endsWith('-sess') && cnonce === undefined) return false;
  const expected = Buffer.from(digest(authorization, { method, password, body }));
  const given = Buffer.from(authorization.response.toLowerCase());
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/** H(username:realm:password), to be kept in place of a password: RFC 7616 §3.4.2. It is as good as one for that realm. */
export function digestSecret(options: {
  readonly username: string;
  readonly realm: string;
  readonly password: string;
  readonly algorithm: DigestAlgorithm;
}): string {
  const { username, realm, password, algorithm } = options;
  return createHash(hashName(algorithm)).update(`${username}:${realm}:${password}`).digest('hex');
}

function hashName(algorithm: DigestAlgorithm): 'sha256' | 'md5' {
  return algorithm.startsWith('SHA-256') ? 'sha256' : 'md5';
}

// RFC 7616 §3.4.1: response = KD(H(A1), nonce:nc:cnonce:qop:H(A2)); without qop as RFC 2069 has it.
function digest(
  fields: Omit<DigestAuthorization, 'response'>,
  secret: {
    readonly method: string;
    readonly password: string | { readonly secret: string };
    readonly body: Uint8Array | undefined;
  },
): string {
  const { method, password, body = NO_BODY } = secret;
  const { username, realm, nonce, uri, algorithm, qop, cnonce = '', nc = '' } = fields;
  const name = hashName(algorithm);
  const hash = (text: string | Uint8Array): string => createHash(name).update(text).digest('hex');
  const plain =
    typeof password === 'string' ? hash(`${username}:${realm}:${password}`) : password.secret;
  const a1 = algorithm.endsWith('-sess') ? hash(`${plain}:${nonce}:${cnonce}`) : plain;
  // RFC 7616 §3.4.3.
  const a2 = hash(qop === 'auth-int' ? `${method}:${uri}:${hash(body)}` : `${method}:${uri}`);
  return qop === undefined
    ? hash(`${a1}:${nonce}:${a2}`)
    : hash(`${a1}:${nonce}:${nc}:${cnonce}:${qop}:${a2}`);
}

const FIELDS = [
  'username',
  'realm',
  'nonce',
  'uri',
  'response',
  'algorithm',
  'qop',
  'cnonce',
  'nc',
  'opaque',
  'stale',
] as const;

type Fields = { readonly [name in (typeof FIELDS)[number]]?: string };

function readFields(header: string): Result<Fields, DigestError> {
  const match = /^\s*Digest\s+([\s\S]*)$/i.exec(header);
  if (match === null) return bad('scheme', 'Not Digest');
  const fields: { [name in (typeof FIELDS)[number]]?: string } = {};
  for (const part of splitOutside(match[1] ?? '', ',')) {
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(0, equals)).trim().toLowerCase();
    if (!isToken(name)) return bad('field', `Not a field: ${part.slice(0, 40)}`);
    const known = FIELDS.find((field) => field === name);
    if (known !== undefined) fields[known] ??= unquote(part.slice(equals + 1).trim());
  }
  return ok(fields);
}

function readAlgorithm(text: string | undefined): DigestAlgorithm | undefined {
  // No algorithm means MD5: RFC 7616 §3.3.
  if (text === undefined) return 'MD5';
  return ALGORITHMS.find((name) => name.toLowerCase() === text.toLowerCase());
}

function bad(
  code: DigestError['code'],
  message: string,
): { readonly ok: false; readonly error: DigestError } {
  return fail({ code, message });
}
