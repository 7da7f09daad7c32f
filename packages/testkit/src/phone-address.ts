import { formatSipUri, parseNameAddr, parseSipUri, type SipUri } from '@tutti/sip';
import { PhoneError } from './phone-error.ts';

type Transport = 'udp' | 'tcp';

/** Whether a destination is a whole URI rather than a number or a user's name. */
export function isSipUri(to: string): boolean {
  return /^sips?:/i.test(to);
}

/** Reads `sip:host:port[;transport=tcp]`. @throws PhoneError */
export function readServer(text: string, transport: Transport | undefined): SipUri {
  const uri = parseSipUri(text);
  if (!uri.ok || uri.value.host === '') {
    throw new PhoneError('invalid', `options.server is "${text}": expected sip:host:port`);
  }
  return withTransport(uri.value, transport);
}

/** A URI as it is to be dialled: over the phone's transport unless it names its own. @throws PhoneError */
export function readDestination(text: string, transport: Transport | undefined): string {
  const uri = parseSipUri(text);
  if (!uri.ok) throw new PhoneError('invalid', `Cannot dial "${text}": ${uri.error.message}`);
  if (uri.value.params.has('transport')) return text;
  return formatSipUri(withTransport(uri.value, transport));
}

/** @throws PhoneError when the user cannot be written. */
export function userAt(user: string, address: Omit<SipUri, 'user'>): string {
  try {
    return formatSipUri({ ...address, user });
  } catch (cause) {
    throw new PhoneError('invalid', `"${user}" is no number or user name`, { cause });
  }
}

/** The number or user a URI or name-addr is about; the whole text when it has none. */
export function whoIs(address: string): string {
  const parsed = parseNameAddr(address);
  return (parsed.ok ? parsed.value.uri.user : undefined) ?? address;
}

function withTransport(uri: SipUri, transport: Transport | undefined): SipUri {
  if (transport === undefined) return uri;
  const params = new Map(uri.params);
  if (transport === 'tcp') params.set('transport', 'tcp');
  else params.delete('transport');
  return { ...uri, params };
}
