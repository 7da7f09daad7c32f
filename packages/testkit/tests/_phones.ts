import { onTestFinished } from 'vitest';
import { Phone, type PhoneCall, type PhoneOptions } from '../src/index.ts';

/** A phone that is closed with the test. */
export async function openPhone(
  options: Partial<PhoneOptions> & { readonly number: string },
): Promise<Phone> {
  const phone = await Phone.open(options);
  onTestFinished(() => phone.close());
  return phone;
}

/** Two phones in a call with each other. */
export async function connected(
  options: Partial<PhoneOptions> = {},
  calleeOptions: Partial<PhoneOptions> = options,
): Promise<{
  readonly alice: Phone;
  readonly bob: Phone;
  readonly aliceCall: PhoneCall;
  readonly bobCall: PhoneCall;
}> {
  const alice = await openPhone({ number: 'alice', ...options });
  const bob = await openPhone({ number: '+15557654321', ...calleeOptions });
  const dialed = alice.dial(bob.uri);
  const incoming = await bob.nextCall();
  const [aliceCall, bobCall] = await Promise.all([dialed, incoming.answer()]);
  return { alice, bob, aliceCall, bobCall };
}
