import type { Kysely, Migration } from 'kysely';
import { index } from './ddl.ts';

/** Who has a number as proxy address: asked for each inbound call, and of a number that is looked up. */
export const voiceProxies: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await index(db, 'conductors', ['proxyAddress']);
    await index(db, 'participants', ['voiceProxyAddress']);
  },
};
