import { sql, type Kysely, type Migration } from 'kysely';
import { index, table, unique } from './ddl.ts';

/** Alerts that count their repetitions, the events of an account, and where it hears of its alerts. */
export const monitor: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('alerts').addColumn('floodKey', 'text').execute();
    await db.schema.alterTable('alerts').addColumn('familyKey', 'text').execute();
    await db.schema
      .alterTable('alerts')
      .addColumn('occurrences', 'bigint', (column) => column.notNull().defaultTo(1))
      .execute();
    await db.schema
      .alterTable('alerts')
      .addColumn('dateLastOccurred', 'bigint', (column) => column.notNull().defaultTo(0))
      .execute();
    await sql`update ${sql.table('alerts')} set ${sql.ref('dateLastOccurred')} = ${sql.ref('dateCreated')}`.execute(
      db,
    );
    await unique(db, 'alerts', ['floodKey']);
    await index(db, 'alerts', ['familyKey']);
    await index(db, 'alerts', ['resourceSid']);

    await table(db, 'monitorEvents', {
      sid: 'text',
      accountSid: 'text',
      actorSid: 'text null',
      eventType: 'text',
      resourceType: 'text',
      resourceSid: 'text',
      source: 'text',
      sourceIpAddress: 'text null',
      eventData: 'text',
      dateCreated: 'integer',
    });
    await unique(db, 'monitorEvents', ['sid']);
    await index(db, 'monitorEvents', ['accountSid']);
    await index(db, 'monitorEvents', ['resourceSid']);

    await table(db, 'debuggerWebhooks', {
      accountSid: 'text',
      url: 'text null',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await unique(db, 'debuggerWebhooks', ['accountSid']);
  },
};
