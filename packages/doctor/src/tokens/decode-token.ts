import { createHmac } from 'node:crypto';
import { claimsOf, decodeToken, type DecodedToken } from '@tutti/ids';

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
