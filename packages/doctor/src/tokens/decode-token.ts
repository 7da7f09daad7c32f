import { createHmac } from 'node:crypto';

type Claims = Readonly<Record<string, unknown>>;

/** A JSON Web Token, read and not yet believed. */
export interface DecodedToken {
  readonly header: Claims;
  readonly payload: Claims;
  /** What is signed: header and payload as they are written. */
  readonly signedText: string;
  readonly signature: string;
}

type TokenProblem = 'parts' | 'header' | 'payload';
export type TokenResult =
  | { readonly ok: true; readonly value: DecodedToken }
  | { readonly ok: false; readonly error: TokenProblem };

/** Reads a JWT in its compact form: three parts in base64url (RFC 7519 §3, RFC 7515 §7.1). */
export function decodeToken(text: string): TokenResult {
  const [header, payload, signature, ...rest] = text.trim().split('.');
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) {
    return { ok: false, error: 'parts' };
  }
  const decodedHeader = decodePart(header);
  const decodedPayload = decodePart(payload);
  if (decodedHeader === undefined) return { ok: false, error: 'header' };
  if (decodedPayload === undefined) return { ok: false, error: 'payload' };
  return {
    ok: true,
    value: {
      header: decodedHeader,
      payload: decodedPayload,
      signedText: `${header}.${payload}`,
      signature,
    },
  };
}

function decodePart(part: string): Claims | undefined {
  try {
    const decoded: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return claimsOf(decoded);
  } catch {
    return undefined;
  }
}

/** An object of JSON, undefined for anything else. */
export function claimsOf(value: unknown): Claims | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Claims)
    : undefined;
}

/** Whether a text is a JWT that concerns Twilio or Tutti: an access token, or an old capability token. */
export function isTwilioToken(text: string): boolean {
  if (!/^eyJ[\w-]*\.eyJ[\w-]*\.[\w-]*$/.test(text)) return false;
  const token = decodeToken(text);
  if (!token.ok) return false;
  const { header, payload } = token.value;
  return (
    String(header['cty']).startsWith('twilio-') ||
    claimsOf(payload['grants']) !== undefined ||
    /scope:client:/.test(String(payload['scope']))
  );
}

/** What each `alg` hashes with: those that Twilio takes. */
export const digestOf: ReadonlyMap<string, string> = new Map([
  ['HS256', 'sha256'],
  ['HS384', 'sha384'],
  ['HS512', 'sha512'],
]);

/** Whether a token was signed with a secret; false too for an `alg` that is no HMAC. */
export function isSignedWith(
  { header, signedText, signature }: DecodedToken,
  secret: string,
): boolean {
  const digest = digestOf.get(String(header['alg']));
  if (digest === undefined) return false;
  return createHmac(digest, secret).update(signedText).digest('base64url') === signature;
}
