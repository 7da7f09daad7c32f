import { randomBytes, randomInt } from 'node:crypto';

/** Where identifiers come from; every value must be unguessable outside tests. */
export interface SipIds {
  /** A Via branch, beginning with the magic cookie `z9hG4bK`: RFC 3261 §8.1.1.7. */
  branch(): string;
  /** At least 32 bits of randomness: RFC 3261 §19.3. */
  tag(): string;
  callId(): string;
}

export const randomIds: SipIds = {
  branch: () => `z9hG4bK${randomBytes(12).toString('hex')}`,
  tag: () => randomBytes(8).toString('hex'),
  callId: () => randomBytes(16).toString('hex'),
};

/** Milliseconds between the two, in steps of 10: RFC 3261 §14.1. */
export function randomMs(from: number, to: number): number {
  return randomInt(from / 10, to / 10 + 1) * 10;
}
