import { SipCallError, type IncomingCall } from '@tutti/sip';
import type { CallStatus } from '../model/call.ts';

/** The final status of a call whose INVITE was refused with `sip`. Twilio: voice/api/call-resource#call-status-values */
export function statusOfRefusal(
  sip: number,
): Extract<CallStatus, 'busy' | 'no-answer' | 'canceled' | 'failed'> {
  switch (sip) {
    case 486: // Busy Here
    case 600: // Busy Everywhere
      return 'busy';
    case 603: // Decline: somebody looked and said no.
      return 'busy';
    case 408: // Request Timeout
    case 480: // Temporarily Unavailable
      return 'no-answer';
    case 487: // Request Terminated
      return 'canceled';
    default:
      return 'failed';
  }
}

/** The final status of a call to us whose signal was aborted: its caller gave up, or cannot be reached any more. */
export function statusOfGone({ signal }: IncomingCall): 'canceled' | 'failed' {
  const reason: unknown = signal.reason;
  const isLost = reason instanceof SipCallError && ['no-ack', 'transport'].includes(reason.code);
  return isLost ? 'failed' : 'canceled';
}

/** SIP answers for a call that rings and is not to be answered. */
export const sipOfStatus = { busy: 486, 'no-answer': 480, failed: 500 } as const;

/** SIP answers for `<Reject reason>`. Twilio: voice/twiml/reject */
export const rejectStatus = { busy: 486, rejected: 603 } as const;
