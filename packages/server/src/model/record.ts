import type { Instant } from '../base/clock.ts';

export interface Dated {
  readonly seq: number;
  readonly dateCreated: Instant;
  readonly dateUpdated: Instant;
}
