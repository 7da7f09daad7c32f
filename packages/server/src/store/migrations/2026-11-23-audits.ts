import type { Kysely, Migration } from 'kysely';
import { index, table, unique } from './ddl.ts';

/** The audits of an account's bindings, with what each found. */
export const audits: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await table(db, 'audits', {
      sid: 'text',
      accountSid: 'text',
      source: 'text',
      probed: 'integer',
      complete: 'integer',
      errors: 'integer',
      warnings: 'integer',
      notices: 'integer',
      newFindings: 'integer',
      findings: 'text',
      durationMs: 'integer',
      dateCreated: 'integer',
    });
    await unique(db, 'audits', ['sid']);
    await index(db, 'audits', ['accountSid']);
  },
};
