import type { Sid } from '@tutti/ids';
import type { Page, PageRequest } from '../base/page.ts';
import type { OutgoingCallerId } from '../model/outgoing-caller-id.ts';
import { lockName } from './locks.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import { preparedOne } from './prepared.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

export async function findOutgoingCallerId(
  db: Db | Tx,
  accountSid: Sid<'AC'>,
  sid: string,
): Promise<OutgoingCallerId | undefined> {
  return db
    .selectFrom('outgoingCallerIds')
    .selectAll()
    .where('sid', '=', sid as Sid<'PN'>)
    .where('accountSid', '=', accountSid)
    .executeTakeFirst();
}

const byDigits = preparedOne<{ accountSid: Sid<'AC'>; phoneNumber: string }, OutgoingCallerId>(
  (db, p) =>
    db
      .selectFrom('outgoingCallerIds')
      .selectAll()
      .where('accountSid', '=', p('accountSid'))
      .where('phoneNumber', '=', p('phoneNumber')),
);

/** A number may be verified by several accounts, each for itself. */
export async function findOutgoingCallerIdByDigits(
  db: Db | Tx,
  accountSid: Sid<'AC'>,
  phoneNumber: string,
): Promise<OutgoingCallerId | undefined> {
  return byDigits(db, { accountSid, phoneNumber });
}

/** As `findOutgoingCallerIdByDigits`; nobody else verifies the number until the transaction ends. */
export async function lockOutgoingCallerIdDigits(
  tx: Tx,
  accountSid: Sid<'AC'>,
  phoneNumber: string,
): Promise<OutgoingCallerId | undefined> {
  await lockName(tx, 'outgoing caller id', accountSid, phoneNumber);
  return findOutgoingCallerIdByDigits(tx, accountSid, phoneNumber);
}

export async function listOutgoingCallerIds(
  db: Db,
  accountSid: Sid<'AC'>,
  filter: {
    readonly phoneNumber: string | undefined;
    readonly friendlyName: string | undefined;
  },
  page: PageRequest,
): Promise<Page<OutgoingCallerId>> {
  const { phoneNumber, friendlyName } = filter;
  let query = db.selectFrom('outgoingCallerIds').selectAll().where('accountSid', '=', accountSid);
  if (phoneNumber !== undefined) query = query.where('phoneNumber', '=', phoneNumber);
  if (friendlyName !== undefined) query = query.where('friendlyName', '=', friendlyName);
  return paged(query, page, 'newest-first');
}

export async function insertOutgoingCallerId(
  tx: Tx,
  callerId: New<OutgoingCallerId>,
): Promise<void> {
  await tx.insertInto('outgoingCallerIds').values(callerId).execute();
}

export async function updateOutgoingCallerId(
  tx: Tx,
  sid: Sid<'PN'>,
  change: Partial<New<OutgoingCallerId>>,
): Promise<void> {
  await tx.updateTable('outgoingCallerIds').set(change).where('sid', '=', sid).execute();
}

export async function deleteOutgoingCallerId(tx: Tx, sid: Sid<'PN'>): Promise<void> {
  await tx.deleteFrom('outgoingCallerIds').where('sid', '=', sid).execute();
}

export async function deleteOutgoingCallerIdsOfAccount(
  tx: Tx,
  accountSid: Sid<'AC'>,
): Promise<OutgoingCallerId[]> {
  return tx
    .deleteFrom('outgoingCallerIds')
    .where('accountSid', '=', accountSid)
    .returningAll()
    .execute();
}
