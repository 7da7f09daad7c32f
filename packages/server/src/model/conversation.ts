import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';
import { parseIsoDuration } from './iso-duration.ts';
import type { Dated } from './record.ts';

/** Longest friendly or unique name. Twilio: conversations/conversations-limits */
export const CONVERSATION_NAME_MAX = 256;

export interface Conversation extends Dated {
  readonly sid: Sid<'CH'>;
  readonly accountSid: Sid<'AC'>;
  readonly chatServiceSid: Sid<'IS'>;
  readonly messagingServiceSid: Sid<'MG'>;
  readonly friendlyName: string | null;
  /** Unique in the service. */
  readonly uniqueName: string | null;
  /** JSON text, byte for byte as given. */
  readonly attributes: string;
  readonly state: 'active' | 'inactive' | 'closed';
  /** ISO 8601 durations as given; null = no timer. */
  readonly timerInactive: string | null;
  readonly timerClosed: string | null;
  /** When the timers fire; null = not running. */
  readonly dateInactive: Instant | null;
  readonly dateClosed: Instant | null;
  readonly emailAddress: string | null;
  readonly emailName: string | null;
  /** The index the next message gets; never falls. */
  readonly nextMessageIndex: number;
}

type Timed = Pick<Conversation, 'state' | 'timerInactive' | 'timerClosed'>;
type Deadlines = Pick<Conversation, 'dateInactive' | 'dateClosed'>;

/**
 * When the timers of a conversation fire that was last active at `now`: it falls inactive after the one, and
 * closes after the other counted from then, or from `now` when there is no inactive timer.
 */
export function deadlines(conversation: Timed, now: Instant): Deadlines {
  const seconds = (timer: string | null): number =>
    timer === null ? 0 : (parseIsoDuration(timer) ?? 0);
  const inactiveMs = seconds(conversation.timerInactive) * 1000;
  const closedMs = seconds(conversation.timerClosed) * 1000;
  if (conversation.state === 'closed') return { dateInactive: null, dateClosed: null };
  const dateInactive = conversation.state === 'active' && inactiveMs > 0 ? now + inactiveMs : null;
  const dateClosed = closedMs > 0 ? (dateInactive ?? now) + closedMs : null;
  return { dateInactive, dateClosed };
}

/** Messages make an inactive conversation active and restart its timers. Twilio: conversations/states-timers */
export function takeMessages(
  conversation: Timed & Pick<Conversation, 'nextMessageIndex'>,
  count: number,
  now: Instant,
): Pick<
  Conversation,
  'state' | 'dateInactive' | 'dateClosed' | 'nextMessageIndex' | 'dateUpdated'
> {
  const state = 'active';
  return {
    state,
    ...deadlines({ ...conversation, state }, now),
    nextMessageIndex: conversation.nextMessageIndex + count,
    dateUpdated: now,
  };
}
