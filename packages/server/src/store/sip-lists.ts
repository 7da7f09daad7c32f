import type { Sid } from '@tutti/ids';
import type { Page, PageRequest } from '../base/page.ts';
import type {
  SipAddress,
  SipCredential,
  SipList,
  SipMapping,
  SipPurpose,
} from '../model/sip-domain.ts';
import { held, lockName } from './locks.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

type ListSid = SipList['sid'];
type ListKind = 'CL' | 'AL';

export async function findSipList(
  db: Db | Tx,
  accountSid: Sid<'AC'>,
  sid: string,
): Promise<SipList | undefined> {
  return db
    .selectFrom('sipLists')
    .selectAll()
    .where('sid', '=', sid as ListSid)
    .where('accountSid', '=', accountSid)
    .executeTakeFirst();
}

export async function listSipLists(
  db: Db,
  accountSid: Sid<'AC'>,
  kind: ListKind,
  page: PageRequest,
): Promise<Page<SipList>> {
  return paged(
    db
      .selectFrom('sipLists')
      .selectAll()
      .where('accountSid', '=', accountSid)
      .where('sid', 'like', `${kind}%` as ListSid),
    page,
    'newest-first',
  );
}

/** The list, which nobody else changes, deletes or maps until the transaction ends. */
export async function lockSipList(tx: Tx, sid: ListSid): Promise<SipList | undefined> {
  return held(tx, tx.selectFrom('sipLists').selectAll().where('sid', '=', sid)).executeTakeFirst();
}

/** How many lists of both kinds the account has; nobody else adds one until the transaction ends. */
export async function lockSipListCount(tx: Tx, accountSid: Sid<'AC'>): Promise<number> {
  await lockName(tx, 'sip lists', accountSid);
  const { count } = await tx
    .selectFrom('sipLists')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('accountSid', '=', accountSid)
    .executeTakeFirstOrThrow();
  return count;
}

export async function insertSipList(tx: Tx, list: New<SipList>): Promise<void> {
  await tx.insertInto('sipLists').values(list).execute();
}

export async function updateSipList(
  tx: Tx,
  sid: ListSid,
  change: Partial<New<SipList>>,
): Promise<void> {
  await tx.updateTable('sipLists').set(change).where('sid', '=', sid).execute();
}

/** With all that is in it. */
export async function deleteSipList(tx: Tx, sid: ListSid): Promise<void> {
  await tx
    .deleteFrom('sipCredentials')
    .where('listSid', '=', sid as Sid<'CL'>)
    .execute();
  await tx
    .deleteFrom('sipAddresses')
    .where('listSid', '=', sid as Sid<'AL'>)
    .execute();
  await tx.deleteFrom('sipLists').where('sid', '=', sid).execute();
}

export async function findSipCredential(
  db: Db | Tx,
  listSid: ListSid,
  sid: string,
): Promise<SipCredential | undefined> {
  return db
    .selectFrom('sipCredentials')
    .selectAll()
    .where('sid', '=', sid as Sid<'CR'>)
    .where('listSid', '=', listSid as Sid<'CL'>)
    .executeTakeFirst();
}

export async function findSipCredentialByName(
  db: Db | Tx,
  listSid: ListSid,
  username: string,
): Promise<SipCredential | undefined> {
  return db
    .selectFrom('sipCredentials')
    .selectAll()
    .where('listSid', '=', listSid as Sid<'CL'>)
    .where('username', '=', username)
    .executeTakeFirst();
}

export async function listSipCredentials(
  db: Db,
  listSid: ListSid,
  page: PageRequest,
): Promise<Page<SipCredential>> {
  return paged(
    db
      .selectFrom('sipCredentials')
      .selectAll()
      .where('listSid', '=', listSid as Sid<'CL'>),
    page,
    'newest-first',
  );
}

export async function countSipCredentials(tx: Tx, listSid: ListSid): Promise<number> {
  const { count } = await tx
    .selectFrom('sipCredentials')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('listSid', '=', listSid as Sid<'CL'>)
    .executeTakeFirstOrThrow();
  return count;
}

export async function insertSipCredential(tx: Tx, credential: New<SipCredential>): Promise<void> {
  await tx.insertInto('sipCredentials').values(credential).execute();
}

export async function updateSipCredential(
  tx: Tx,
  sid: Sid<'CR'>,
  change: Partial<New<SipCredential>>,
): Promise<void> {
  await tx.updateTable('sipCredentials').set(change).where('sid', '=', sid).execute();
}

export async function deleteSipCredential(tx: Tx, sid: Sid<'CR'>): Promise<void> {
  await tx.deleteFrom('sipCredentials').where('sid', '=', sid).execute();
}

export async function findSipAddress(
  db: Db | Tx,
  listSid: ListSid,
  sid: string,
): Promise<SipAddress | undefined> {
  return db
    .selectFrom('sipAddresses')
    .selectAll()
    .where('sid', '=', sid as Sid<'IP'>)
    .where('listSid', '=', listSid as Sid<'AL'>)
    .executeTakeFirst();
}

export async function listSipAddresses(
  db: Db,
  listSid: ListSid,
  page: PageRequest,
): Promise<Page<SipAddress>> {
  return paged(
    db
      .selectFrom('sipAddresses')
      .selectAll()
      .where('listSid', '=', listSid as Sid<'AL'>),
    page,
    'newest-first',
  );
}

/** All the networks of the lists. */
export async function allSipAddresses(
  db: Db | Tx,
  listSids: readonly ListSid[],
): Promise<SipAddress[]> {
  if (listSids.length === 0) return [];
  return db
    .selectFrom('sipAddresses')
    .selectAll()
    .where('listSid', 'in', listSids as readonly Sid<'AL'>[])
    .orderBy('seq')
    .execute();
}

export async function insertSipAddress(tx: Tx, address: New<SipAddress>): Promise<void> {
  await tx.insertInto('sipAddresses').values(address).execute();
}

export async function updateSipAddress(
  tx: Tx,
  sid: Sid<'IP'>,
  change: Partial<New<SipAddress>>,
): Promise<void> {
  await tx.updateTable('sipAddresses').set(change).where('sid', '=', sid).execute();
}

export async function deleteSipAddress(tx: Tx, sid: Sid<'IP'>): Promise<void> {
  await tx.deleteFrom('sipAddresses').where('sid', '=', sid).execute();
}

/** The lists of one kind that decide who may do that at the domain. */
export async function listSipMappings(
  db: Db,
  domainSid: Sid<'SD'>,
  purpose: SipPurpose,
  kind: ListKind,
  page: PageRequest,
): Promise<Page<SipMapping>> {
  return paged(
    db
      .selectFrom('sipMappings')
      .selectAll()
      .where('domainSid', '=', domainSid)
      .where('purpose', '=', purpose)
      .where('listSid', 'like', `${kind}%` as ListSid),
    page,
    'newest-first',
  );
}

/** What the lists are called. */
export async function namesOfSipLists(
  db: Db | Tx,
  sids: readonly ListSid[],
): Promise<ReadonlyMap<string, string>> {
  if (sids.length === 0) return new Map();
  const rows = await db
    .selectFrom('sipLists')
    .select(['sid', 'friendlyName'])
    .where('sid', 'in', sids)
    .execute();
  return new Map(rows.map(({ sid, friendlyName }) => [sid, friendlyName]));
}

export async function findSipMapping(
  db: Db | Tx,
  domainSid: Sid<'SD'>,
  purpose: SipPurpose,
  listSid: string,
): Promise<SipMapping | undefined> {
  return db
    .selectFrom('sipMappings')
    .selectAll()
    .where('domainSid', '=', domainSid)
    .where('purpose', '=', purpose)
    .where('listSid', '=', listSid as ListSid)
    .executeTakeFirst();
}

/** Which lists decide what at the domains. */
export async function allSipMappings(
  db: Db | Tx,
  domainSids: readonly Sid<'SD'>[],
): Promise<SipMapping[]> {
  if (domainSids.length === 0) return [];
  return db
    .selectFrom('sipMappings')
    .selectAll()
    .where('domainSid', 'in', domainSids)
    .orderBy('seq')
    .execute();
}

/** The domains at which the list decides something. */
export async function domainsOfSipList(tx: Tx, listSid: ListSid): Promise<Sid<'SD'>[]> {
  const rows = await tx
    .selectFrom('sipMappings')
    .select('domainSid')
    .distinct()
    .where('listSid', '=', listSid)
    .execute();
  return rows.map(({ domainSid }) => domainSid);
}

export async function insertSipMapping(tx: Tx, mapping: New<SipMapping>): Promise<void> {
  await tx.insertInto('sipMappings').values(mapping).execute();
}

export async function deleteSipMapping(
  tx: Tx,
  { domainSid, purpose, listSid }: Pick<SipMapping, 'domainSid' | 'purpose' | 'listSid'>,
): Promise<void> {
  await tx
    .deleteFrom('sipMappings')
    .where('domainSid', '=', domainSid)
    .where('purpose', '=', purpose)
    .where('listSid', '=', listSid)
    .execute();
}
