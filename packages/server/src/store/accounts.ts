import type { Sid } from '@tutti/ids';
import type { Account } from '../model/account.ts';
import { lockName } from './locks.ts';
import type { Db } from './open-store.ts';
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

/** The account made at the first start. */
export async function findMainAccount(db: Db | Tx): Promise<Account | undefined> {
  return db.selectFrom('accounts').selectAll().orderBy('seq').limit(1).executeTakeFirst();
}

/** As `findMainAccount`; nobody else makes it until the transaction ends. */
export async function lockMainAccount(tx: Tx): Promise<Account | undefined> {
  await lockName(tx, 'main account');
  return findMainAccount(tx);
}

export async function insertAccount(tx: Tx, account: New<Account>): Promise<void> {
  await tx.insertInto('accounts').values(account).execute();
}
