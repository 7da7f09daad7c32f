import { refusal } from '../base/app-error.ts';
import type { SipDomain, SipMapping, SipPurpose } from '../model/sip-domain.ts';
import type { New } from '../store/schema.ts';
import { lockSipDomain } from '../store/sip-domains.ts';
import {
  allSipMappings,
  deleteSipMapping,
  findSipMapping,
  insertSipMapping,
  lockSipList,
} from '../store/sip-lists.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

/** Each is looked into at every call. */
const MAPPING_LIMIT = 100;

/**
 * Lets a list decide who may call a domain, or register at it; once more is no change. Twilio:
 * voice/api/sip-domain-authenticationcalls-credentiallistmapping-resource
 *
 * @throws RequestError notFound, sipListNotFound, sipLimit
 */
export async function mapSipList(
  context: ActionContext,
  { sid: domainSid, accountSid }: Pick<SipDomain, 'sid' | 'accountSid'>,
  purpose: SipPurpose,
  listSid: SipMapping['listSid'],
  origin: Origin,
): Promise<New<SipMapping>> {
  return context.transact(async (tx) => {
    const domain = await lockSipDomain(tx, domainSid);
    if (domain === undefined) throw refusal('notFound', { path: `SIP/Domains/${domainSid}` });
    const list = await lockSipList(tx, listSid);
    if (list?.accountSid !== accountSid) throw refusal('sipListNotFound', { given: listSid });
    const held = await findSipMapping(tx, domainSid, purpose, listSid);
    if (held !== undefined) return held;
    if ((await allSipMappings(tx, [domainSid])).length >= MAPPING_LIMIT) {
      throw refusal('sipLimit', { limit: MAPPING_LIMIT, what: 'lists of a domain' });
    }
    const now = context.clock.now();
    const mapping = { accountSid, domainSid, listSid, purpose, dateCreated: now, dateUpdated: now };
    await insertSipMapping(tx, mapping);
    await recordEvent(tx, context, origin, {
      type: 'sip-mapping',
      accountSid,
      resourceSid: domainSid,
      current: { listSid, purpose },
    });
    return mapping;
  });
}

/** The list decides nothing there any more; with the last one the domain refuses everybody. */
export async function unmapSipList(
  context: ActionContext,
  { domainSid, purpose, listSid, accountSid }: SipMapping,
  origin: Origin,
): Promise<void> {
  await context.transact(async (tx) => {
    await lockSipDomain(tx, domainSid);
    const mapping = await findSipMapping(tx, domainSid, purpose, listSid);
    if (mapping === undefined) return;
    await deleteSipMapping(tx, mapping);
    await recordEvent(tx, context, origin, {
      type: 'sip-mapping',
      accountSid,
      resourceSid: domainSid,
      previous: { listSid, purpose },
    });
  });
}
