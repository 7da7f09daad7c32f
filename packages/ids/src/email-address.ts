declare const emailBrand: unique symbol;

/** A mailbox without display name, comments or quoting: `ada@example.com`. */
export type EmailAddress = string & { readonly [emailBrand]: true };

// RFC 5321 §4.5.3.1.1 and §4.5.3.1.3.
const LONGEST_LOCAL_PART = 64;
const LONGEST_ADDRESS = 254;

// Dot-string = atom *("." atom), RFC 5321 §4.1.2, with the letters of RFC 6531 §3.3.
const localPart = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~.-]+$/u;
// domain label = letters, digits and inner hyphens, RFC 5321 §4.1.2.
const label = /^[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u;

/** Tells whether a value is an e-mail address; a domain of one label (`localhost`) is one. */
export function isEmailAddress(text: unknown): text is EmailAddress {
  if (typeof text !== 'string' || text.length > LONGEST_ADDRESS) return false;
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  if (local === '' || local.length > LONGEST_LOCAL_PART || !localPart.test(local)) return false;
  if (local.startsWith('.') || local.endsWith('.') || local.includes('..')) return false;
  return text
    .slice(at + 1)
    .split('.')
    .every((part) => label.test(part));
}
