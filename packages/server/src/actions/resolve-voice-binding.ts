import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import { voiceAddress, type MessagingBinding } from '../model/binding.ts';
import type { Conversation } from '../model/conversation.ts';
import type { Participant } from '../model/participant.ts';
import { lockVoiceBinding } from '../store/participants.ts';
import type { Tx } from '../store/transact.ts';
import type { ActionContext, Origin } from './context.ts';
import { findOpenConductor } from './find-conductor.ts';
import { firstConductor } from './first-conductor.ts';

/** A voice binding as given: what is left out is filled in. */
export interface VoiceBindingInput {
  readonly address?: string | undefined;
  /** null: none, not even the Conductor's. */
  readonly proxyAddress?: string | null | undefined;
  readonly conductorSid?: Sid<'CN'> | undefined;
}

export type ResolvedVoiceBinding = Pick<
  Participant,
  'voiceType' | 'voiceAddress' | 'voiceProxyAddress' | 'conductorSid'
>;

/**
 * Fills a voice binding in: the address from the messaging binding or the identity, the Conductor from the
 * conversation (its oldest open one, else a new one), the proxy address from the Conductor.
 *
 * @throws RequestError addressMissing, addressEqualsProxy, bindingTaken and those of the Conductor
 */
export async function resolveVoiceBinding(
  tx: Tx,
  context: Pick<ActionContext, 'ids' | 'clock' | 'metrics' | 'ledger'>,
  conversation: Conversation,
  self: Sid<'MB'> | undefined,
  input: {
    readonly identity: string | null;
    readonly messaging: Pick<MessagingBinding, 'address'> | undefined;
    readonly voice: VoiceBindingInput | undefined;
  },
  origin: Origin,
): Promise<ResolvedVoiceBinding> {
  const { voice = {} } = input;
  const source =
    voice.address ??
    input.messaging?.address ??
    (input.identity === null ? undefined : `client:${input.identity}`);
  if (source === undefined || source === '') {
    throw refusal('addressMissing', {
      name: 'VoiceBinding.Address',
      proxy: 'VoiceBinding.ProxyAddress',
    });
  }
  const { type, address } = voiceAddress(source, 'VoiceBinding.Address');

  const conductor =
    voice.conductorSid === undefined
      ? await firstConductor(tx, context, conversation, origin)
      : await findOpenConductor(
          tx,
          conversation.accountSid,
          voice.conductorSid,
          'VoiceBinding.ConductorSid',
          conversation,
        );

  const givenProxy = voice.proxyAddress === '' ? undefined : voice.proxyAddress;
  const proxy =
    givenProxy == null
      ? givenProxy === null
        ? null
        : conductor.proxyAddress
      : voiceAddress(givenProxy, 'VoiceBinding.ProxyAddress', 'invalidProxyAddress').address;
  if (proxy === address) {
    throw refusal('addressEqualsProxy', { name: 'VoiceBinding.Address', given: address });
  }
  if (proxy !== null) {
    const other = await lockVoiceBinding(tx, conversation.accountSid, address, proxy);
    if (other !== undefined && other.sid !== self) {
      if (other.conversationSid === conversation.sid) {
        throw refusal('participantExists', {
          sid: other.sid,
          what: `the voice binding ${address} and ${proxy}`,
        });
      }
      throw refusal('bindingTaken', { sid: other.conversationSid });
    }
  }
  return {
    voiceType: type,
    voiceAddress: address,
    voiceProxyAddress: proxy,
    conductorSid: conductor.sid,
  };
}
