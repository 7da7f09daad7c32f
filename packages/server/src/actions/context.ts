import type { Sid } from '@tutti/ids';
import type { Clock } from '../base/clock.ts';
import type { Ids } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Metrics } from '../base/metrics.ts';
import type { Sender } from '../callback/send.ts';
import type { Db } from '../store/open-store.ts';
import type { Transact } from '../store/transact.ts';
import type { SidLedger } from './sid-ledger.ts';

/** What every action is given. */
export interface ActionContext {
  readonly db: Db;
  readonly transact: Transact;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Asks pre-event webhooks; everything else goes out by the outbox. */
  readonly sender: Sender;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Where every use of a SID is noted. */
  readonly ledger: SidLedger;
  /** This process, among those on one database. */
  readonly node: number;
}

/** Where a change comes from; decides whether webhooks fire, and is kept with events of the account's settings. */
export interface Origin {
  /** `API` for REST, `SDK` for the system's own doors (calls, chat, channels, timers). */
  readonly source: 'API' | 'SDK';
  /** REST fires webhooks only under `X-Twilio-Webhook-Enabled: true`. Twilio: conversations/conversations-webhooks */
  readonly webhooks: boolean;
  /** Whose credentials were used: an account's or a key's. Absent: the system's own doing. */
  readonly actorSid?: Sid<'AC' | 'SK'>;
  /** Where the request came from. */
  readonly ipAddress?: string;
}

/** Changes made by calls, channels and timers fire webhooks always. */
export const systemOrigin: Origin = { source: 'SDK', webhooks: true };
