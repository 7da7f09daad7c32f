import type { Sid } from '@tutti/ids';
import { digestSecret } from '@tutti/sip';
import { refusal } from '../base/app-error.ts';
import { SIP_REALM, type SipCredential, type SipList } from '../model/sip-domain.ts';
import type { New } from '../store/schema.ts';
import {
  countSipCredentials,
  findSipCredential,
  findSipCredentialByName,
  insertSipCredential,
  lockSipList,
  updateSipCredential,
} from '../store/sip-lists.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

/** Twilio: voice/api/sip-credential-resource */
const CREDENTIAL_LIMIT = 1000;

type ListOf = Pick<SipList, 'sid' | 'accountSid'>;

/** Adds a username to a credential list. @throws RequestError notFound, sipUsernameTaken, sipLimit */
export async function addSipCredential(
  context: ActionContext,
  { sid: listSid, accountSid }: ListOf,
  { username, password }: { readonly username: string; readonly password: string },
  origin: Origin,
): Promise<New<SipCredential>> {
  return context.transact(async (tx) => {
    if ((await lockSipList(tx, listSid)) === undefined) {
      throw refusal('notFound', { path: `SIP/CredentialLists/${listSid}` });
    }
    if ((await findSipCredentialByName(tx, listSid, username)) !== undefined) {
      throw refusal('sipUsernameTaken', { given: username, list: listSid });
    }
    if ((await countSipCredentials(tx, listSid)) >= CREDENTIAL_LIMIT) {
      throw refusal('sipLimit', { limit: CREDENTIAL_LIMIT, what: 'credentials in a list' });
    }
    const now = context.clock.now();
    const credential: New<SipCredential> = {
      sid: context.ids.sid('CR'),
      accountSid,
      listSid: listSid as Sid<'CL'>,
      username,
      ...secretsOf(username, password),
      dateCreated: now,
      dateUpdated: now,
    };
    await insertSipCredential(tx, credential);
    await recordEvent(tx, context, origin, {
      type: 'sip-credential',
      accountSid,
      resourceSid: credential.sid,
      current: { username, listSid },
    });
    return credential;
  });
}

/** Gives a username another password, which holds for the next call or registration. @throws RequestError notFound */
export async function changeSipCredential(
  context: ActionContext,
  { sid, listSid }: Pick<SipCredential, 'sid' | 'listSid'>,
  password: string,
  origin: Origin,
): Promise<SipCredential> {
  return context.transact(async (tx) => {
    await lockSipList(tx, listSid);
    const credential = await findSipCredential(tx, listSid, sid);
    if (credential === undefined) throw refusal('notFound', { path: `Credentials/${sid}` });
    const { username, accountSid } = credential;
    const change = { ...secretsOf(username, password), dateUpdated: context.clock.now() };
    await updateSipCredential(tx, sid, change);
    await recordEvent(tx, context, origin, {
      type: 'sip-credential',
      accountSid,
      resourceSid: sid,
      // That it changed, and not what it is.
      previous: { password: 'old' },
      current: { password: 'new' },
    });
    return { ...credential, ...change };
  });
}

function secretsOf(
  username: string,
  password: string,
): Pick<SipCredential, 'ha1Md5' | 'ha1Sha256'> {
  const of = (algorithm: 'MD5' | 'SHA-256'): string =>
    digestSecret({ username, realm: SIP_REALM, password, algorithm });
  return { ha1Md5: of('MD5'), ha1Sha256: of('SHA-256') };
}
