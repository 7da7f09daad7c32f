import type { SipUri } from '@tutti/sip';

/** `+15551234567`, `client:name` or `sip:user@host`: what a SIP URI stands for in the API. */
export function addressOfUri(uri: SipUri): string {
  const user = uri.user ?? '';
  // Trunks often leave the plus out; a local extension is shorter than any international number.
  if (/^\+[1-9]\d{6,14}$/.test(user)) return user;
  if (/^[1-9]\d{9,14}$/.test(user)) return `+${user}`;
  // A `tel:` of a short number, or a `urn:`, is at no host, and was read as it was written.
  if (uri.host === '')
    return `${uri.scheme}:${user.replaceAll(/[^\x21-\x7e]+/gu, encodeURIComponent)}`;
  return sipAddress(uri);
}

/** `sip:user@host`, without port and parameters. */
export function sipAddress({ user = '', host }: SipUri): string {
  return `sip:${user === '' ? '' : `${escaped(user)}@`}${host.toLowerCase()}`;
}

/** The user part that stands for an address of the API in a SIP URI. */
export function userOfAddress(address: string): string {
  if (address.startsWith('client:')) return address.slice('client:'.length);
  const sip = /^sips?:([^@;?]+)@/i.exec(address)?.[1];
  return sip ?? address;
}

/**
 * A user part as it may be written: what was read out of its escapes goes back into them, control characters above
 * all (RFC 3261 §25.1). `;` and `?` too: an address is taken apart at them.
 */
function escaped(user: string): string {
  return encodeURIComponent(user).replaceAll(/%(?:26|3D|2B|24|2C|2F)/g, decodeURIComponent);
}
