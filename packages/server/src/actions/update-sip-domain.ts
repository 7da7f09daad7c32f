import { refusal } from '../base/app-error.ts';
import type { SipDomain } from '../model/sip-domain.ts';
import type { New } from '../store/schema.ts';
import { lockSipDomain, updateSipDomain } from '../store/sip-domains.ts';
import type { ActionContext, Origin } from './context.ts';
import { checkUrls, requireFreeName, type SipDomainSettings } from './create-sip-domain.ts';
import { recordEvent } from './record-event.ts';

/** Changes what a domain does with calls, or its name. @throws RequestError notFound, sipDomainTaken, fallbackWithoutUrl */
export async function changeSipDomain(
  context: ActionContext,
  { sid, accountSid }: Pick<SipDomain, 'sid' | 'accountSid'>,
  change: Partial<SipDomainSettings>,
  origin: Origin,
): Promise<New<SipDomain>> {
  return context.transact(async (tx) => {
    const domain = await lockSipDomain(tx, sid);
    if (domain === undefined) throw refusal('notFound', { path: `SIP/Domains/${sid}` });
    const name = change.domainName;
    if (name !== undefined && name !== domain.domainName) await requireFreeName(tx, name);
    const changed = { ...domain, ...change, dateUpdated: context.clock.now() };
    checkUrls(changed);
    await updateSipDomain(tx, sid, { ...change, dateUpdated: changed.dateUpdated });
    await recordEvent(tx, context, origin, {
      type: 'sip-domain',
      accountSid,
      resourceSid: sid,
      previous: domain,
      current: changed,
    });
    return changed;
  });
}
