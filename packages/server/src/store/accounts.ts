import type { Sid } from '@tutti/ids';
import type { Page, PageRequest } from '../base/page.ts';
import type { Account } from '../model/account.ts';
import { held, heldByReaders, lockName } from './locks.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import { preparedOne } from './prepared.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

const bySid = preparedOne<{ sid: string }, Account>((db, p) =>
  db
    .selectFrom('accounts')
    .selectAll()
    .where('sid', '=', p('sid') as Sid<'AC'>),
);

export async function findAccount(db: Db | Tx, sid: string): Promise<Account | undefined> {
  return bySid(db, { sid });
}

/** Whose default messaging service it is. */
export async function findMessagingServiceOwner(
  db: Db | Tx,
  messagingServiceSid: Sid<'MG'>,
): Promise<Sid<'AC'> | undefined> {
  const owner = await db
    .selectFrom('accounts')
    .select('sid')
    .where('defaultMessagingServiceSid', '=', messagingServiceSid)
    .executeTakeFirst();
  return owner?.sid;
}

/** The account made at the first start. */
export async function findMainAccount(db: Db | Tx): Promise<Account | undefined> {
  return db.selectFrom('accounts').selectAll().orderBy('seq').limit(1).executeTakeFirst();
}

/** As `findMainAccount`; nobody else makes it until the transaction ends. */
export async function lockMainAccount(tx: Tx): Promise<Account | undefined> {
  await lockName(tx, 'main account');
  return findMainAccount(tx);
}

/** The account, which nobody else changes until the transaction ends. */
export async function lockAccount(tx: Tx, sid: string): Promise<Account | undefined> {
  const query = tx
    .selectFrom('accounts')
    .selectAll()
    .where('sid', '=', sid as Sid<'AC'>);
  return held(tx, query).executeTakeFirst();
}

const statusHeld = preparedOne<{ sid: Sid<'AC'> }, Pick<Account, 'status'>>((db, p) =>
  heldByReaders(db, db.selectFrom('accounts').select('status').where('sid', '=', p('sid'))),
);

/** Whether the account is active, and stays so until the transaction ends. */
export async function holdActiveAccount(tx: Tx, sid: Sid<'AC'>): Promise<boolean> {
  return (await statusHeld(tx, { sid }))?.status === 'active';
}

/** Every account that is in use, the oldest first. */
export async function listActiveAccounts(db: Db): Promise<Account[]> {
  return db
    .selectFrom('accounts')
    .selectAll()
    .where('status', '=', 'active')
    .orderBy('seq')
    .execute();
}

/** The account `sid` and its subaccounts. */
export async function listAccounts(
  db: Db,
  sid: Sid<'AC'>,
  filter: {
    readonly friendlyName: string | undefined;
    readonly status: Account['status'] | undefined;
  },
  page: PageRequest,
): Promise<Page<Account>> {
  let query = db
    .selectFrom('accounts')
    .selectAll()
    .where((where) => where.or([where('sid', '=', sid), where('parentSid', '=', sid)]));
  if (filter.friendlyName !== undefined) {
    query = query.where('friendlyName', '=', filter.friendlyName);
  }
  if (filter.status !== undefined) query = query.where('status', '=', filter.status);
  return paged(query, page, 'newest-first');
}

export async function updateAccount(
  tx: Tx,
  sid: Sid<'AC'>,
  change: Partial<New<Account>>,
): Promise<void> {
  await tx.updateTable('accounts').set(change).where('sid', '=', sid).execute();
}

/** Writes the row as it is: succeeds where a change would. */
export async function touchMainAccount(tx: Tx): Promise<void> {
  await tx
    .updateTable('accounts')
    .set((eb) => ({ dateUpdated: eb.ref('dateUpdated') }))
    .where('seq', '=', (eb) =>
      eb.selectFrom('accounts').select((first) => first.fn.min('seq').as('seq')),
    )
    .execute();
}

export async function insertAccount(tx: Tx, account: New<Account>): Promise<void> {
  await tx.insertInto('accounts').values(account).execute();
}
