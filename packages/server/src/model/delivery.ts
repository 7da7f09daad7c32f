import type { HttpMethod } from './voice-urls.ts';

/** A webhook to be sent: what an outbox entry of kind `webhook` holds. */
export interface Delivery {
  /** Post-event of a conversation (5 s, no overrides), call-back of a call (15 s), or an alert (15 s). */
  readonly source: 'conversation' | 'call' | 'debugger';
  readonly eventType: string;
  /** What the event is about; shown with each attempt and in alerts. */
  readonly resourceSid: string;
  readonly url: string;
  readonly method: HttpMethod;
  readonly parameters: Readonly<Record<string, string>>;
  /** Constant over attempts, so that the receiver can tell a repeat. */
  readonly idempotencyToken: string;
}

/** scheme `://` [userinfo `@`] host [`:` port], RFC 3986 §3. */
const authority = /^[a-z]+:\/\/(?:[^/?#]*@)?([^/?#]+)/i;

/** Host and port that a webhook goes to, in lower case; the URL itself when it has none. */
export function receiverOf({ url }: Pick<Delivery, 'url'>): string {
  return (authority.exec(url)?.[1] ?? url).toLowerCase();
}

/** The key of an outbox entry that tells a receiver of `owner`: a slow receiver delays only itself. */
export function deliveryKey(owner: string, delivery: Pick<Delivery, 'url'>): string {
  return `${owner} ${receiverOf(delivery)}`;
}
