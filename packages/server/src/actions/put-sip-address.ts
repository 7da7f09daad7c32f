import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { SipAddress, SipList } from '../model/sip-domain.ts';
import type { New } from '../store/schema.ts';
import {
  allSipAddresses,
  findSipAddress,
  insertSipAddress,
  lockSipList,
  updateSipAddress,
} from '../store/sip-lists.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

/** Twilio: voice/api/sip-ipaddress-resource */
const ADDRESS_LIMIT = 100;

export type SipAddressSettings = Pick<
  SipAddress,
  'friendlyName' | 'ipAddress' | 'cidrPrefixLength'
>;

/** Adds a network to an access list. @throws RequestError notFound, sipLimit */
export async function addSipAddress(
  context: ActionContext,
  { sid: listSid, accountSid }: Pick<SipList, 'sid' | 'accountSid'>,
  settings: SipAddressSettings,
  origin: Origin,
): Promise<New<SipAddress>> {
  return context.transact(async (tx) => {
    if ((await lockSipList(tx, listSid)) === undefined) {
      throw refusal('notFound', { path: `SIP/IpAccessControlLists/${listSid}` });
    }
    if ((await allSipAddresses(tx, [listSid])).length >= ADDRESS_LIMIT) {
      throw refusal('sipLimit', { limit: ADDRESS_LIMIT, what: 'addresses in a list' });
    }
    const now = context.clock.now();
    const address: New<SipAddress> = {
      ...settings,
      sid: context.ids.sid('IP'),
      accountSid,
      listSid: listSid as Sid<'AL'>,
      dateCreated: now,
      dateUpdated: now,
    };
    await insertSipAddress(tx, address);
    await recordEvent(tx, context, origin, {
      type: 'sip-address',
      accountSid,
      resourceSid: address.sid,
      current: address,
    });
    return address;
  });
}

/** Changes a network of an access list, or its name. @throws RequestError notFound */
export async function changeSipAddress(
  context: ActionContext,
  { sid, listSid }: Pick<SipAddress, 'sid' | 'listSid'>,
  settings: Partial<SipAddressSettings>,
  origin: Origin,
): Promise<SipAddress> {
  return context.transact(async (tx) => {
    await lockSipList(tx, listSid);
    const address = await findSipAddress(tx, listSid, sid);
    if (address === undefined) throw refusal('notFound', { path: `IpAddresses/${sid}` });
    const change = { ...settings, dateUpdated: context.clock.now() };
    await updateSipAddress(tx, sid, change);
    await recordEvent(tx, context, origin, {
      type: 'sip-address',
      accountSid: address.accountSid,
      resourceSid: sid,
      previous: address,
      current: { ...address, ...change },
    });
    return { ...address, ...change };
  });
}
