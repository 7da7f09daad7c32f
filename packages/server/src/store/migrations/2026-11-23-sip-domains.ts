import type { Kysely, Migration } from 'kysely';
import { index, table, unique } from './ddl.ts';

/** SIP domains, who may call and register at them, and what their calls carry. */
export const sipDomains: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await table(db, 'sipDomains', {
      sid: 'text',
      accountSid: 'text',
      domainName: 'text',
      friendlyName: 'text null',
      voiceUrl: 'text null',
      voiceMethod: 'text',
      voiceFallbackUrl: 'text null',
      voiceFallbackMethod: 'text',
      voiceStatusCallbackUrl: 'text null',
      voiceStatusCallbackMethod: 'text',
      sipRegistration: 'integer',
      secure: 'integer',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await unique(db, 'sipDomains', ['sid']);
    await unique(db, 'sipDomains', ['domainName']);
    await index(db, 'sipDomains', ['accountSid']);

    await table(db, 'sipLists', {
      sid: 'text',
      accountSid: 'text',
      friendlyName: 'text',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await unique(db, 'sipLists', ['sid']);
    await index(db, 'sipLists', ['accountSid']);

    await table(db, 'sipCredentials', {
      sid: 'text',
      accountSid: 'text',
      listSid: 'text',
      username: 'text',
      ha1Md5: 'text',
      ha1Sha256: 'text',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await unique(db, 'sipCredentials', ['sid']);
    await unique(db, 'sipCredentials', ['listSid', 'username']);

    await table(db, 'sipAddresses', {
      sid: 'text',
      accountSid: 'text',
      listSid: 'text',
      friendlyName: 'text',
      ipAddress: 'text',
      cidrPrefixLength: 'integer',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await unique(db, 'sipAddresses', ['sid']);
    await index(db, 'sipAddresses', ['listSid']);

    await table(db, 'sipMappings', {
      accountSid: 'text',
      domainSid: 'text',
      listSid: 'text',
      purpose: 'text',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await unique(db, 'sipMappings', ['domainSid', 'purpose', 'listSid']);
    await index(db, 'sipMappings', ['listSid']);

    await db.schema.alterTable('calls').addColumn('sipParameters', 'text').execute();
  },
};
