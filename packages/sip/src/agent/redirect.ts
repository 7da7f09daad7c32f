import { formatSipUri, type SipUri } from '../message/uri.ts';
import { parseNameAddrList } from '../message/name-addr.ts';
import type { SipResponse } from '../message/message.ts';

/**
 * Where a 3xx sends the caller: its Contacts, those it prefers first (RFC 3261 §8.1.3.4, §20.10). Only SIP URIs, each
 * once; what else there is cannot be called from here.
 */
export function redirectTargets({ headers }: SipResponse): readonly SipUri[] {
  const contacts = parseNameAddrList(headers.list('contact'));
  if (!contacts.ok) return [];
  const targets = new Map<string, { readonly uri: SipUri; readonly q: number }>();
  for (const { uri, params } of contacts.value) {
    const q = Number(params.get('q') ?? 1);
    const text = formatSipUri(uri);
    if (uri.scheme.startsWith('sip') && !targets.has(text)) {
      targets.set(text, { uri, q: q >= 0 && q <= 1 ? q : 0 });
    }
  }
  return [...targets.values()].toSorted((one, other) => other.q - one.q).map(({ uri }) => uri);
}
