import type { Sid } from '@tutti/ids';
import type { Page, PageRequest } from '../base/page.ts';
import type { SipDomain } from '../model/sip-domain.ts';
import { held, lockName } from './locks.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

export async function findSipDomain(
  db: Db | Tx,
  accountSid: Sid<'AC'>,
  sid: string,
): Promise<SipDomain | undefined> {
  return db
    .selectFrom('sipDomains')
    .selectAll()
    .where('sid', '=', sid as Sid<'SD'>)
    .where('accountSid', '=', accountSid)
    .executeTakeFirst();
}

/** A name is one account's on the whole server; given in lower case. */
export async function findSipDomainByName(
  db: Db | Tx,
  domainName: string,
): Promise<SipDomain | undefined> {
  return db
    .selectFrom('sipDomains')
    .selectAll()
    .where('domainName', '=', domainName)
    .executeTakeFirst();
}

export async function listSipDomains(
  db: Db,
  accountSid: Sid<'AC'>,
  page: PageRequest,
): Promise<Page<SipDomain>> {
  return paged(
    db.selectFrom('sipDomains').selectAll().where('accountSid', '=', accountSid),
    page,
    'newest-first',
  );
}

/** The domain, which nobody else changes or deletes until the transaction ends. */
export async function lockSipDomain(tx: Tx, sid: Sid<'SD'>): Promise<SipDomain | undefined> {
  return held(
    tx,
    tx.selectFrom('sipDomains').selectAll().where('sid', '=', sid),
  ).executeTakeFirst();
}

/** Keeps others from taking a name until the transaction ends. */
export async function lockSipDomainName(tx: Tx, domainName: string): Promise<void> {
  await lockName(tx, 'sip domains', domainName);
}

export async function countSipDomains(tx: Tx, accountSid: Sid<'AC'>): Promise<number> {
  await lockName(tx, 'sip domains of', accountSid);
  const { count } = await tx
    .selectFrom('sipDomains')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('accountSid', '=', accountSid)
    .executeTakeFirstOrThrow();
  return count;
}

export async function insertSipDomain(tx: Tx, domain: New<SipDomain>): Promise<void> {
  await tx.insertInto('sipDomains').values(domain).execute();
}

export async function updateSipDomain(
  tx: Tx,
  sid: Sid<'SD'>,
  change: Partial<New<SipDomain>>,
): Promise<void> {
  await tx.updateTable('sipDomains').set(change).where('sid', '=', sid).execute();
}

export async function deleteSipDomain(tx: Tx, sid: Sid<'SD'>): Promise<void> {
  await tx.deleteFrom('sipMappings').where('domainSid', '=', sid).execute();
  await tx.deleteFrom('sipDomains').where('sid', '=', sid).execute();
}

/** Another account may have the names then. */
export async function deleteSipDomainsOfAccount(
  tx: Tx,
  accountSid: Sid<'AC'>,
): Promise<SipDomain[]> {
  await tx.deleteFrom('sipMappings').where('accountSid', '=', accountSid).execute();
  return tx.deleteFrom('sipDomains').where('accountSid', '=', accountSid).returningAll().execute();
}
