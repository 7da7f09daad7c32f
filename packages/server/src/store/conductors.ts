import type { Sid } from '@tutti/ids';
import type { Page, PageRequest } from '../base/page.ts';
import type { Conductor } from '../model/conductor.ts';
import { held } from './locks.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import { prepared, preparedOne } from './prepared.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

const bySid = preparedOne<{ accountSid: Sid<'AC'>; sid: string }, Conductor>((db, p) =>
  db
    .selectFrom('conductors')
    .selectAll()
    .where('sid', '=', p('sid') as Sid<'CN'>)
    .where('accountSid', '=', p('accountSid')),
);

const bySidHeld = preparedOne<{ accountSid: Sid<'AC'>; sid: string }, Conductor>((db, p) =>
  held(
    db,
    db
      .selectFrom('conductors')
      .selectAll()
      .where('sid', '=', p('sid') as Sid<'CN'>)
      .where('accountSid', '=', p('accountSid')),
  ),
);

const openByProxyAddress = preparedOne<{ proxyAddress: string }, Conductor>((db, p) =>
  db
    .selectFrom('conductors')
    .selectAll()
    .where('proxyAddress', '=', p('proxyAddress'))
    .where('status', '!=', 'closed')
    .orderBy('seq')
    .limit(1),
);

export async function findConductor(
  db: Db | Tx,
  accountSid: Sid<'AC'>,
  sid: string,
): Promise<Conductor | undefined> {
  return bySid(db, { accountSid, sid });
}

/** The Conductor, which nobody else changes and whose calls nobody else counts until the transaction ends. */
export async function lockConductor(
  tx: Tx,
  accountSid: Sid<'AC'>,
  sid: string,
): Promise<Conductor | undefined> {
  return bySidHeld(tx, { accountSid, sid });
}

export async function findConductorByUniqueName(
  db: Db | Tx,
  chatServiceSid: Sid<'IS'>,
  uniqueName: string,
): Promise<Conductor | undefined> {
  return db
    .selectFrom('conductors')
    .selectAll()
    .where('chatServiceSid', '=', chatServiceSid)
    .where('uniqueName', '=', uniqueName)
    .executeTakeFirst();
}

/** Oldest first. */
export async function listOpenConductors(
  db: Db | Tx,
  conversationSid: Sid<'CH'>,
): Promise<Conductor[]> {
  return db
    .selectFrom('conductors')
    .selectAll()
    .where('conversationSid', '=', conversationSid)
    .where('status', '!=', 'closed')
    .orderBy('seq')
    .execute();
}

/** The open Conductor that calls to `proxyAddress` land on, of any account unless one is given; the oldest of several. */
export async function findConductorByProxyAddress(
  db: Db | Tx,
  proxyAddress: string,
  accountSid?: Sid<'AC'>,
): Promise<Conductor | undefined> {
  if (accountSid === undefined) return openByProxyAddress(db, { proxyAddress });
  return db
    .selectFrom('conductors')
    .selectAll()
    .where('proxyAddress', '=', proxyAddress)
    .where('status', '!=', 'closed')
    .where('accountSid', '=', accountSid)
    .orderBy('seq')
    .executeTakeFirst();
}

const speaking = prepared<{ conversationSid: Sid<'CH'> }, Pick<Conductor, 'sid'>>((db, p) =>
  db
    .selectFrom('conductors')
    .select('sid')
    .where('conversationSid', '=', p('conversationSid'))
    .where('status', '=', 'active')
    .where('speak', '=', 'all'),
);

/** The Conductors that speak a new message into their calls. */
export async function listSpeakingConductors(
  db: Db | Tx,
  conversationSid: Sid<'CH'>,
): Promise<Pick<Conductor, 'sid'>[]> {
  return speaking(db, { conversationSid });
}

export interface ConductorFilter {
  readonly chatServiceSid?: Sid<'IS'> | undefined;
  readonly conversationSid?: string | undefined;
  readonly applicationSid?: string | undefined;
  readonly proxyAddress?: string | undefined;
  readonly status?: Conductor['status'] | undefined;
  readonly callSid?: string | undefined;
}

export async function listConductors(
  db: Db | Tx,
  accountSid: Sid<'AC'>,
  filter: ConductorFilter,
  page: PageRequest,
): Promise<Page<Conductor>> {
  let query = db.selectFrom('conductors').selectAll().where('accountSid', '=', accountSid);
  const { chatServiceSid, conversationSid, applicationSid, proxyAddress, status, callSid } = filter;
  if (chatServiceSid !== undefined) query = query.where('chatServiceSid', '=', chatServiceSid);
  if (conversationSid !== undefined) {
    query = query.where('conversationSid', '=', conversationSid as Sid<'CH'>);
  }
  if (applicationSid !== undefined) {
    query = query.where('applicationSid', '=', applicationSid as Sid<'AP'>);
  }
  if (proxyAddress !== undefined) query = query.where('proxyAddress', '=', proxyAddress);
  if (status !== undefined) query = query.where('status', '=', status);
  if (callSid !== undefined) {
    query = query.where('sid', 'in', (db) =>
      db
        .selectFrom('calls')
        .select('conductorSid')
        .$narrowType<{ conductorSid: Sid<'CN'> }>()
        .where('sid', '=', callSid as Sid<'CA'>),
    );
  }
  return paged(query, page, 'oldest-first');
}

/** Closed ones too. */
export async function listConductorsOfApplication(
  db: Db | Tx,
  applicationSid: Sid<'AP'>,
): Promise<Conductor[]> {
  return db
    .selectFrom('conductors')
    .selectAll()
    .where('applicationSid', '=', applicationSid)
    .orderBy('seq')
    .execute();
}

export async function insertConductor(tx: Tx, conductor: New<Conductor>): Promise<void> {
  await tx.insertInto('conductors').values(conductor).execute();
}

export async function updateConductor(
  tx: Tx,
  sid: Sid<'CN'>,
  change: Partial<New<Conductor>>,
): Promise<void> {
  await tx.updateTable('conductors').set(change).where('sid', '=', sid).execute();
}

export async function deleteConductor(tx: Tx, sid: Sid<'CN'>): Promise<void> {
  await tx.deleteFrom('conductors').where('sid', '=', sid).execute();
}
