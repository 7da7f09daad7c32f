import type { Sid } from '@tutti/ids';
import type { DebuggerWebhook } from '../model/debugger-webhook.ts';
import { lockName } from './locks.ts';
import type { Db } from './open-store.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

export async function findDebuggerWebhook(
  db: Db | Tx,
  accountSid: Sid<'AC'>,
): Promise<DebuggerWebhook | undefined> {
  return db
    .selectFrom('debuggerWebhooks')
    .selectAll()
    .where('accountSid', '=', accountSid)
    .executeTakeFirst();
}

/** As `findDebuggerWebhook`; nobody else changes or makes it until the transaction ends. */
export async function lockDebuggerWebhook(
  tx: Tx,
  accountSid: Sid<'AC'>,
): Promise<DebuggerWebhook | undefined> {
  await lockName(tx, 'debugger webhook', accountSid);
  return findDebuggerWebhook(tx, accountSid);
}

export async function putDebuggerWebhook(tx: Tx, webhook: New<DebuggerWebhook>): Promise<void> {
  await tx.deleteFrom('debuggerWebhooks').where('accountSid', '=', webhook.accountSid).execute();
  await tx.insertInto('debuggerWebhooks').values(webhook).execute();
}
