import { parseAddress } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { BindingType, VoiceType } from './participant.ts';

/** How a participant is reached by messages. */
export interface MessagingBinding {
  readonly type: BindingType;
  readonly address: string;
  /** null for e-mail without a mailbox of ours. */
  readonly proxyAddress: string | null;
}

const MAX_LENGTH = 256;

/**
 * The messaging binding of two addresses; its type is that of the address.
 *
 * @throws RequestError when they are malformed or do not go together. Twilio: errors 50407-50414
 */
export function messagingBinding(
  address: string | undefined,
  proxyAddress: string | undefined,
): MessagingBinding | undefined {
  const [name, proxy] = ['MessagingBinding.Address', 'MessagingBinding.ProxyAddress'];
  if (address === undefined || address === '') {
    if (proxyAddress === undefined || proxyAddress === '') return undefined;
    throw refusal('addressMissing', { name, proxy });
  }
  const type = messagingType(address, name, 'invalidAddress');
  if (proxyAddress === undefined || proxyAddress === '') {
    if (type === 'email') return { type, address, proxyAddress: null };
    throw refusal('proxyAddressMissing', { name, proxy });
  }
  const proxyType = messagingType(proxyAddress, proxy, 'invalidProxyAddress');
  if (address === proxyAddress) throw refusal('addressEqualsProxy', { name, given: address });
  // The question's own sample has an e-mail address with a phone number as its proxy: taken, with a warning.
  if (type !== proxyType && !(type === 'email' && proxyType === 'sms')) {
    throw refusal('addressTypesDiffer', {
      address,
      addressType: type,
      proxy: proxyAddress,
      proxyType,
    });
  }
  return { type, address, proxyAddress };
}

function messagingType(
  given: string,
  name: string,
  code: 'invalidAddress' | 'invalidProxyAddress',
): BindingType {
  const parsed = given.length > MAX_LENGTH ? undefined : parseAddress(given);
  if (parsed?.ok === true) {
    const { type } = parsed.value;
    if (type === 'phone') return 'sms';
    if (type !== 'sip' && type !== 'client') return type;
    throw refusal(code, {
      name,
      given,
      problem: `A ${type} address belongs into VoiceBinding.Address.`,
    });
  }
  const problem =
    parsed === undefined ? `It is longer than ${MAX_LENGTH} characters.` : parsed.error.message;
  throw refusal(code, { name, given, problem });
}

/** What a participant's voice address is. */
export interface VoiceAddress {
  readonly type: VoiceType;
  readonly address: string;
}

/**
 * Reads `+15551234567`, `sip:user@host`, `client:name` or `user@host`, which stands for `sip:user@host`.
 *
 * @throws RequestError invalidAddress or invalidProxyAddress
 */
export function voiceAddress(
  given: string,
  name: string,
  code: 'invalidAddress' | 'invalidProxyAddress' = 'invalidAddress',
): VoiceAddress {
  const parsed = given.length > MAX_LENGTH ? undefined : parseAddress(given);
  if (parsed?.ok === true) {
    const { type } = parsed.value;
    if (type === 'phone' || type === 'sip' || type === 'client') return { type, address: given };
    if (type === 'email') return { type: 'sip', address: `sip:${given}` };
    throw refusal(code, {
      name,
      given,
      problem: `It is a ${type} address; a number, sip: URI or client: identity is expected.`,
    });
  }
  const problem =
    parsed === undefined ? `It is longer than ${MAX_LENGTH} characters.` : parsed.error.message;
  throw refusal(code, { name, given, problem });
}
