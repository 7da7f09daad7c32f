import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';
import type { Dated } from './record.ts';

/** Calls a queue takes when nobody says how many, and at most. Twilio: voice/api/queue-resource#queue-properties */
export const QUEUE_SIZE_DEFAULT = 1000;
export const QUEUE_SIZE_MAX = 5000;

/** A queue of calls. It stays when nobody waits in it. */
export interface Queue extends Dated {
  readonly sid: Sid<'QU'>;
  readonly accountSid: Sid<'AC'>;
  /** Unique in the account: documents know it by that. */
  readonly friendlyName: string;
  readonly maxSize: number;
}

/** A call that waits in a queue, in the order of `seq`. It goes with the call's leaving. */
export interface QueueMember {
  readonly seq: number;
  readonly callSid: Sid<'CA'>;
  readonly accountSid: Sid<'AC'>;
  readonly queueSid: Sid<'QU'>;
  /** The process that has the call. */
  readonly node: number;
  /** The call that takes it out and is not joined to it yet: it keeps its place, but nobody else gets it. */
  readonly takenBy: Sid<'CA'> | null;
  readonly dateEnqueued: Instant;
}

/** How many wait, and since when on the average. */
export interface QueueCrowd {
  readonly size: number;
  readonly averageEnqueued: Instant;
}

/** Whole seconds since then. */
export function waitedSec(since: Instant, now: Instant): number {
  return Math.max(0, Math.floor((now - since) / 1000));
}

/** Seconds that those in it have waited by now, on the average. Twilio: voice/api/queue-resource#queue-properties */
export function averageWaitSec(crowd: QueueCrowd | undefined, now: Instant): number {
  return crowd === undefined ? 0 : waitedSec(crowd.averageEnqueued, now);
}
