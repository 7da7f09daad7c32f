import type { AddressResult } from './address-result.ts';
import { parseClientAddress } from './client-address.ts';
import type { ParsedClientAddress } from './client-address.ts';
import { parseE164 } from './e164.ts';
import type { E164 } from './e164.ts';
import { isEmailAddress } from './email-address.ts';
import type { EmailAddress } from './email-address.ts';
import { parseSipUri } from './sip-uri.ts';
import type { ParsedSipUri, SipUri } from './sip-uri.ts';

/** An address that a Conversation, a Call or a message can be sent to, by its kind. */
export type Address =
  | { readonly type: 'phone'; readonly address: E164 }
  | ({ readonly type: 'sip'; readonly address: SipUri } & Omit<ParsedSipUri, 'uri'>)
  | ({ readonly type: 'client' } & ParsedClientAddress)
  | { readonly type: 'email'; readonly address: EmailAddress }
  | { readonly type: 'whatsapp'; readonly address: string; readonly number: E164 }
  | { readonly type: 'messenger' | 'rcs'; readonly address: string; readonly id: string };

/** Reads an address as it stands in `To`, `From` or a binding, telling its kind by its form. */
export function parseAddress(text: string): AddressResult<Address> {
  const scheme = /^([a-z]{1,16}):/i.exec(text)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
      return parseBare(text);
    case 'sip':
    case 'sips': {
      const parsed = parseSipUri(text);
      if (!parsed.ok) return parsed;
      const { uri, ...parts } = parsed.value;
      return { ok: true, value: { type: 'sip', address: uri, ...parts } };
    }
    case 'client': {
      const parsed = parseClientAddress(text);
      return parsed.ok ? { ok: true, value: { type: 'client', ...parsed.value } } : parsed;
    }
    case 'whatsapp': {
      const number = parseE164(text.slice('whatsapp:'.length));
      if (!number.ok) return number;
      const address = `whatsapp:${number.value}`;
      return { ok: true, value: { type: 'whatsapp', address, number: number.value } };
    }
    case 'messenger':
    case 'rcs': {
      const id = text.slice(scheme.length + 1);
      if (!/^[A-Za-z0-9_.+-]{1,256}$/.test(id)) {
        return { ok: false, error: { message: `What follows "${scheme}:" is not an identifier.` } };
      }
      return { ok: true, value: { type: scheme, address: `${scheme}:${id}`, id } };
    }
    default:
      return {
        ok: false,
        error: {
          message: `No address begins with "${scheme}:"; known are sip:, sips:, client:, whatsapp:, messenger: and rcs:.`,
        },
      };
  }
}

function parseBare(text: string): AddressResult<Address> {
  if (text.includes('@')) {
    return isEmailAddress(text)
      ? { ok: true, value: { type: 'email', address: text } }
      : { ok: false, error: { message: 'This is not a well-formed e-mail address.' } };
  }
  if (/^\s*[+(]?[0-9]/.test(text)) {
    const parsed = parseE164(text);
    return parsed.ok ? { ok: true, value: { type: 'phone', address: parsed.value } } : parsed;
  }
  return {
    ok: false,
    error: {
      message:
        text.trim() === ''
          ? 'The address is empty.'
          : 'An address is a phone number (+14155550100), a SIP URI (sip:ada@example.com), client:identity or an e-mail address.',
    },
  };
}
