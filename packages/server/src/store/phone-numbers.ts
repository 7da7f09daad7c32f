import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';
import type { Page, PageRequest } from '../base/page.ts';
import type { PhoneNumber } from '../model/phone-number.ts';
import { lockName } from './locks.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import { preparedOne } from './prepared.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

export async function findPhoneNumber(
  db: Db | Tx,
  accountSid: Sid<'AC'>,
  sid: string,
): Promise<PhoneNumber | undefined> {
  return db
    .selectFrom('phoneNumbers')
    .selectAll()
    .where('sid', '=', sid as Sid<'PN'>)
    .where('accountSid', '=', accountSid)
    .executeTakeFirst();
}

const byDigits = preparedOne<{ phoneNumber: string }, PhoneNumber>((db, p) =>
  db.selectFrom('phoneNumbers').selectAll().where('phoneNumber', '=', p('phoneNumber')),
);

/** A number belongs to one account of the server, so the digits alone find it. */
export async function findPhoneNumberByDigits(
  db: Db | Tx,
  phoneNumber: string,
): Promise<PhoneNumber | undefined> {
  return byDigits(db, { phoneNumber });
}

/** The one that the account has had for longest. */
export async function findFirstPhoneNumber(
  db: Db | Tx,
  accountSid: Sid<'AC'>,
): Promise<PhoneNumber | undefined> {
  return db
    .selectFrom('phoneNumbers')
    .selectAll()
    .where('accountSid', '=', accountSid)
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst();
}

export async function listPhoneNumbers(
  db: Db,
  accountSid: Sid<'AC'>,
  filter: {
    /** Digits with `*` for any run of digits. */
    readonly phoneNumber: string | undefined;
    readonly friendlyName: string | undefined;
  },
  page: PageRequest,
): Promise<Page<PhoneNumber>> {
  let query = db.selectFrom('phoneNumbers').selectAll().where('accountSid', '=', accountSid);
  if (filter.phoneNumber !== undefined) {
    const pattern = filter.phoneNumber.replaceAll(/[%_\\]/g, '').replaceAll('*', '%');
    query = query.where('phoneNumber', 'like', `%${pattern}%`);
  }
  if (filter.friendlyName !== undefined) {
    query = query.where('friendlyName', '=', filter.friendlyName);
  }
  return paged(query, page, 'newest-first');
}

/** The digits of every number that begins so, on the whole server; nobody else asks until the transaction ends. */
export async function lockPhoneNumberDigits(tx: Tx, prefix: string): Promise<string[]> {
  await lockName(tx, 'phone numbers', prefix);
  const rows = await tx
    .selectFrom('phoneNumbers')
    .select('phoneNumber')
    .where('phoneNumber', 'like', `${prefix}%`)
    .execute();
  return rows.map(({ phoneNumber }) => phoneNumber);
}

/** The digits of every number of the whole server that is as `pattern`, where `_` is any one digit. */
export async function listPhoneNumberDigits(db: Db, pattern: string): Promise<string[]> {
  const rows = await db
    .selectFrom('phoneNumbers')
    .select('phoneNumber')
    .where('phoneNumber', 'like', pattern)
    .execute();
  return rows.map(({ phoneNumber }) => phoneNumber);
}

/** Numbers that were served by the application have none afterwards. */
export async function clearApplicationOfPhoneNumbers(
  tx: Tx,
  applicationSid: Sid<'AP'>,
  dateUpdated: Instant,
): Promise<void> {
  for (const column of ['voiceApplicationSid', 'smsApplicationSid'] as const) {
    await tx
      .updateTable('phoneNumbers')
      .set({ [column]: null, dateUpdated })
      .where(column, '=', applicationSid)
      .execute();
  }
}

export async function insertPhoneNumber(tx: Tx, number: New<PhoneNumber>): Promise<void> {
  await tx.insertInto('phoneNumbers').values(number).execute();
}

export async function updatePhoneNumber(
  tx: Tx,
  sid: Sid<'PN'>,
  change: Partial<New<PhoneNumber>>,
): Promise<void> {
  await tx.updateTable('phoneNumbers').set(change).where('sid', '=', sid).execute();
}

export async function deletePhoneNumber(tx: Tx, sid: Sid<'PN'>): Promise<void> {
  await tx.deleteFrom('phoneNumbers').where('sid', '=', sid).execute();
}

/** Anybody may have them then. */
export async function deletePhoneNumbersOfAccount(
  tx: Tx,
  accountSid: Sid<'AC'>,
): Promise<PhoneNumber[]> {
  return tx
    .deleteFrom('phoneNumbers')
    .where('accountSid', '=', accountSid)
    .returningAll()
    .execute();
}

/** Numbers whose calls or messages the application serves. */
export async function listPhoneNumbersOfApplication(
  db: Db | Tx,
  applicationSid: Sid<'AP'>,
): Promise<PhoneNumber[]> {
  return db
    .selectFrom('phoneNumbers')
    .selectAll()
    .where((where) =>
      where.or([
        where('voiceApplicationSid', '=', applicationSid),
        where('smsApplicationSid', '=', applicationSid),
      ]),
    )
    .orderBy('seq')
    .execute();
}
