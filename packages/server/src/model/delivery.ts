import type { HttpMethod } from './voice-urls.ts';

/** A webhook to be sent: what an outbox entry of kind `webhook` holds. */
export interface Delivery {
  /** Post-event of a conversation (5 s, no overrides), call-back of a call or conference (15 s), or an alert (15 s). */
  readonly source: 'conversation' | 'call' | 'conference' | 'debugger';
  readonly eventType: string;
  /** What the event is about; shown with each attempt and in alerts. */
  readonly resourceSid: string;
  readonly url: string;
  readonly method: HttpMethod;
  readonly parameters: Readonly<Record<string, string>>;
  /** Constant over attempts, so that the receiver can tell a repeat. */
  readonly idempotencyToken: string;
  /** The outbox entry that this one sends again. */
  readonly replayOf?: number;
}

/** What people call a delivery. It stays the same as long as the delivery is kept. */
export function deliveryId(seq: number): string {
  return `dlv-${seq.toString(36)}`;
}

/** The number of an id made by `deliveryId`; undefined when it is none. */
export function deliverySeq(id: string): number | undefined {
  return /^dlv-[0-9a-z]{1,10}$/.test(id) ? Number.parseInt(id.slice(4), 36) : undefined;
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
