import { mintSid } from '@tutti/ids';
import { randomBytes, randomUUID } from 'node:crypto';
import type { TestServerOptions } from '../../src/index.ts';

type Ids = NonNullable<TestServerOptions['ids']>;

/**
 * Names that can run out: while `fails` is set, what a transaction would write under a new name is not written, as when
 * the database fails.
 */
export class FailingIds implements Ids {
  /** Alerts, or what goes into the outbox. */
  fails: 'alerts' | 'callbacks' | undefined;

  readonly sid: Ids['sid'] = (prefix) => {
    if (this.fails === 'alerts' && prefix === 'NO') throw new Error('no name for an alert');
    return mintSid(prefix, Date.now());
  };

  secret(): string {
    return randomBytes(16).toString('hex');
  }

  keySecret(): string {
    return this.secret();
  }

  uuid(): string {
    if (this.fails === 'callbacks') throw new Error('no name for a callback');
    return randomUUID();
  }

  requestSid(): string {
    return `RQ${this.secret()}`;
  }

  node(): number {
    return 1;
  }

  fraction(): number {
    return 0.5;
  }
}
