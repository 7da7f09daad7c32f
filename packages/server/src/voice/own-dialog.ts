import { SipCallError, type CallDialog, type DialogEnd } from '@tutti/sip';
import { deferred } from '../base/deferred.ts';

/** What a leg asks of its dialog. */
export type LegDialog = Pick<
  CallDialog,
  | 'callId'
  | 'ended'
  | 'bye'
  | 'refer'
  | 'setOfferHandler'
  | 'setAnswerHandler'
  | 'setReferHandler'
  | 'setInfoHandler'
>;

/** Of two legs in this process that are each other's peer: whichever hangs up, both have ended. */
export function ownDialog(): LegDialog {
  const ended = deferred<DialogEnd>();
  const nothing = (): void => undefined;
  return {
    callId: '',
    ended: ended.promise,
    bye: async () => ended.resolve({ by: 'local' }),
    refer: () =>
      Promise.reject(new SipCallError('refused', 'The peer is no phone', { status: 603 })),
    setOfferHandler: nothing,
    setAnswerHandler: nothing,
    setReferHandler: nothing,
    setInfoHandler: nothing,
  };
}
