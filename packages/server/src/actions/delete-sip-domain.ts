import type { SipDomain } from '../model/sip-domain.ts';
import { deleteSipDomain, lockSipDomain } from '../store/sip-domains.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

/** Deletes a domain with its mappings; the lists stay, and calls that live go on. */
export async function removeSipDomain(
  context: ActionContext,
  { sid, accountSid }: Pick<SipDomain, 'sid' | 'accountSid'>,
  origin: Origin,
): Promise<void> {
  await context.transact(async (tx) => {
    const domain = await lockSipDomain(tx, sid);
    if (domain === undefined) return;
    await deleteSipDomain(tx, sid);
    await recordEvent(tx, context, origin, {
      type: 'sip-domain',
      accountSid,
      resourceSid: sid,
      previous: domain,
    });
  });
}
