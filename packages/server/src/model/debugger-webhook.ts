import type { Sid } from '@tutti/ids';
import type { Dated } from './record.ts';

/** Where an account hears of its alerts. Twilio: usage/troubleshooting/debugging-event-webhooks */
export interface DebuggerWebhook extends Dated {
  readonly accountSid: Sid<'AC'>;
  /** null = nowhere. */
  readonly url: string | null;
}
