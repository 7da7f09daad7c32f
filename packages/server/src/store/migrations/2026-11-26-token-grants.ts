import { sql, type Kysely, type Migration } from 'kysely';

/** What access tokens granted lately: asked by every audit, and few of all uses. */
export const tokenGrants: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createIndex('sidUses_grants')
      .on('sidUses')
      .columns(['accountSid', 'dateLastOccurred'])
      .where(sql.ref('place'), '=', sql.lit('grant'))
      .execute();
  },
};
