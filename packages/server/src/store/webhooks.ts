import type { Sid } from '@tutti/ids';
import type { Page, PageRequest } from '../base/page.ts';
import type { ScopedWebhook, WebhookConfiguration } from '../model/webhook.ts';
import { held, lockName } from './locks.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import { prepared, preparedOne } from './prepared.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

export async function findScopedWebhook(
  db: Db | Tx,
  conversationSid: Sid<'CH'>,
  sid: string,
): Promise<ScopedWebhook | undefined> {
  return db
    .selectFrom('scopedWebhooks')
    .selectAll()
    .where('conversationSid', '=', conversationSid)
    .where('sid', '=', sid as Sid<'WH'>)
    .executeTakeFirst();
}

/** The webhook, which nobody else changes until the transaction ends. */
export async function lockScopedWebhook(
  tx: Tx,
  sid: Sid<'WH'>,
): Promise<ScopedWebhook | undefined> {
  const query = tx.selectFrom('scopedWebhooks').selectAll().where('sid', '=', sid);
  return held(tx, query).executeTakeFirst();
}

const ofConversation = prepared<{ conversationSid: Sid<'CH'> }, ScopedWebhook>(
  (db, p) =>
    db
      .selectFrom('scopedWebhooks')
      .selectAll()
      .where('conversationSid', '=', p('conversationSid'))
      .orderBy('seq'),
  { keptUntilWritten: ['scopedWebhooks'] },
);

/** All of a conversation: there are at most five. */
export async function listScopedWebhooks(
  db: Db | Tx,
  conversationSid: Sid<'CH'>,
): Promise<ScopedWebhook[]> {
  return ofConversation(db, { conversationSid });
}

export async function pageScopedWebhooks(
  db: Db,
  conversationSid: Sid<'CH'>,
  page: PageRequest,
): Promise<Page<ScopedWebhook>> {
  return paged(
    db.selectFrom('scopedWebhooks').selectAll().where('conversationSid', '=', conversationSid),
    page,
    'oldest-first',
  );
}

export async function insertScopedWebhook(tx: Tx, webhook: New<ScopedWebhook>): Promise<void> {
  await tx.insertInto('scopedWebhooks').values(webhook).execute();
}

export async function updateScopedWebhook(
  tx: Tx,
  sid: Sid<'WH'>,
  change: Partial<New<ScopedWebhook>>,
): Promise<void> {
  await tx.updateTable('scopedWebhooks').set(change).where('sid', '=', sid).execute();
}

export async function deleteScopedWebhook(tx: Tx, sid: Sid<'WH'>): Promise<void> {
  await tx.deleteFrom('scopedWebhooks').where('sid', '=', sid).execute();
}

const ofOwner = preparedOne<{ ownerSid: Sid<'AC' | 'IS'> }, WebhookConfiguration>((db, p) =>
  db.selectFrom('webhookConfigurations').selectAll().where('ownerSid', '=', p('ownerSid')),
);

export async function findWebhookConfiguration(
  db: Db | Tx,
  ownerSid: Sid<'AC' | 'IS'>,
): Promise<WebhookConfiguration | undefined> {
  return ofOwner(db, { ownerSid });
}

const ofOwners = prepared<
  { chatServiceSid: Sid<'IS'>; accountSid: Sid<'AC'> },
  WebhookConfiguration
>(
  (db, p) =>
    db
      .selectFrom('webhookConfigurations')
      .selectAll()
      .where('ownerSid', 'in', [p('chatServiceSid'), p('accountSid')]),
  { keptUntilWritten: ['webhookConfigurations'] },
);

/** Those of a service and of its account, in no order. */
export async function listWebhookConfigurations(
  db: Db | Tx,
  owners: { readonly chatServiceSid: Sid<'IS'>; readonly accountSid: Sid<'AC'> },
): Promise<WebhookConfiguration[]> {
  const { chatServiceSid, accountSid } = owners;
  return ofOwners(db, { chatServiceSid, accountSid });
}

const preWebhook = preparedOne<{ accountSid: Sid<'AC'> }, { seq: number }>(
  (db, p) =>
    db
      .selectFrom('webhookConfigurations')
      .select('seq')
      .where('accountSid', '=', p('accountSid'))
      .where('preWebhookUrl', 'is not', null)
      .limit(1),
  { keptUntilWritten: ['webhookConfigurations'] },
);

/** Whether the account or one of its services has a pre-event webhook. */
export async function hasPreWebhook(db: Db | Tx, accountSid: Sid<'AC'>): Promise<boolean> {
  return (await preWebhook(db, { accountSid })) !== undefined;
}

/** As `findWebhookConfiguration`; nobody else sets the owner's until the transaction ends. */
export async function lockWebhookConfiguration(
  tx: Tx,
  ownerSid: Sid<'AC' | 'IS'>,
): Promise<WebhookConfiguration | undefined> {
  await lockName(tx, 'webhook configuration', ownerSid);
  return findWebhookConfiguration(tx, ownerSid);
}

/** Inserts the configuration or replaces the owner's. */
export async function putWebhookConfiguration(
  tx: Tx,
  configuration: New<WebhookConfiguration>,
): Promise<void> {
  const { preWebhookUrl, postWebhookUrl, method, filters, dateUpdated } = configuration;
  await tx
    .insertInto('webhookConfigurations')
    .values(configuration)
    .onConflict((conflict) =>
      conflict
        .column('ownerSid')
        .doUpdateSet({ preWebhookUrl, postWebhookUrl, method, filters, dateUpdated }),
    )
    .execute();
}

/** By SID alone, in whichever conversation of the account. */
export async function findScopedWebhookBySid(
  db: Db | Tx,
  accountSid: Sid<'AC'>,
  sid: string,
): Promise<ScopedWebhook | undefined> {
  return db
    .selectFrom('scopedWebhooks')
    .selectAll()
    .where('sid', '=', sid as Sid<'WH'>)
    .where('accountSid', '=', accountSid)
    .executeTakeFirst();
}
