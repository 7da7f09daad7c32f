import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';
import type { AnsweredBy } from './machine-detection.ts';
import type { Dated } from './record.ts';
import type { HttpMethod } from './voice-urls.ts';

export const callStatuses = [
  'queued',
  'ringing',
  'in-progress',
  'completed',
  'busy',
  'failed',
  'no-answer',
  'canceled',
] as const;
export type CallStatus = (typeof callStatuses)[number];

export interface Call extends Dated {
  readonly sid: Sid<'CA'>;
  readonly accountSid: Sid<'AC'>;
  /** The leg whose <Dial> made this one. */
  readonly parentCallSid: Sid<'CA'> | null;
  readonly to: string;
  readonly from: string;
  readonly status: CallStatus;
  readonly direction: 'inbound' | 'outbound-api' | 'outbound-dial';
  readonly startTime: Instant | null;
  readonly endTime: Instant | null;
  readonly phoneNumberSid: Sid<'PN'> | null;
  readonly conductorSid: Sid<'CN'> | null;
  readonly conversationSid: Sid<'CH'> | null;
  readonly participantSid: Sid<'MB'> | null;
  /** What the call does when answered: url, else twiml, else the bridge of its Conductor. */
  readonly url: string | null;
  readonly method: HttpMethod;
  readonly twiml: string | null;
  readonly applicationSid: Sid<'AP'> | null;
  readonly fallbackUrl: string | null;
  readonly fallbackMethod: HttpMethod;
  readonly statusCallback: string | null;
  readonly statusCallbackMethod: HttpMethod;
  /** JSON array of initiated, ringing, answered, completed. */
  readonly statusCallbackEvents: string;
  readonly timeoutSec: number;
  readonly timeLimitSec: number | null;
  /** What its webhooks carry of SIP when it came to a SIP domain: a JSON object of texts. */
  readonly sipParameters: string | null;
  readonly sendDigits: string | null;
  /** Digest credentials the peer may ask for. */
  readonly sipAuthUsername: string | null;
  readonly sipAuthPassword: string | null;
  /** Recorded from its answer: JSON of `RecordingSettings`. */
  readonly recording: string | null;
  /** What it is about, for whoever is called. */
  readonly callReason: string | null;
  /** Who answers is found out: JSON of `MachineDetection`. */
  readonly machineDetection: string | null;
  /** It verifies a number: JSON of `Validation`. */
  readonly validation: string | null;
  /** Once it is known. */
  readonly answeredBy: AnsweredBy | null;
  /** How long it took to find out, from the answer on. */
  readonly machineDetectionMs: number | null;
  /** Final SIP response, once there is one. */
  readonly sipResponseCode: number | null;
  /** The process that carries it, among those on one database; null in rows of before there could be several. */
  readonly node: number | null;
  /** How its sound went, once it has ended: JSON of `CallMedia`. */
  readonly media: string | null;
  /** SequenceNumber of the next status callback. */
  readonly nextSequenceNumber: number;
}

/** Statuses of a call that has not ended. */
export const liveStatuses = ['queued', 'ringing', 'in-progress'] as const satisfies CallStatus[];

export function isLive(call: Pick<Call, 'status'>): boolean {
  return (liveStatuses as readonly CallStatus[]).includes(call.status);
}

/** Statuses a call may go to from each. Twilio: voice/api/call-resource#call-status-values */
const successors: Readonly<Record<CallStatus, readonly CallStatus[]>> = {
  queued: ['ringing', 'in-progress', 'completed', 'busy', 'failed', 'no-answer', 'canceled'],
  ringing: ['in-progress', 'completed', 'busy', 'failed', 'no-answer', 'canceled'],
  'in-progress': ['completed', 'failed'],
  completed: [],
  busy: [],
  failed: [],
  'no-answer': [],
  canceled: [],
};

/** Whether a call in `from` may become `to`; an ended call stays what it is. */
export function mayBecome(from: CallStatus, to: CallStatus): boolean {
  return successors[from].includes(to);
}

/** Whole seconds from answer to end, or undefined while it lasts or when it was never answered. */
export function durationSec(
  call: Pick<Call, 'startTime' | 'endTime' | 'status'>,
): number | undefined {
  if (call.status !== 'completed' || call.startTime === null || call.endTime === null) {
    return undefined;
  }
  return Math.round((call.endTime - call.startTime) / 1000);
}

/** Events a status callback can be asked for. Twilio: voice/api/call-resource#statuscallbackevent */
export const callProgressEvents = ['initiated', 'ringing', 'answered', 'completed'] as const;
export type CallProgressEvent = (typeof callProgressEvents)[number];

/** The progress event a status is told by. */
export function progressEvent(status: CallStatus): CallProgressEvent {
  if (status === 'queued') return 'initiated';
  if (status === 'ringing') return 'ringing';
  return status === 'in-progress' ? 'answered' : 'completed';
}
