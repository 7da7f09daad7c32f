import { refusal } from '../base/app-error.ts';
import type { SipList } from '../model/sip-domain.ts';
import { deleteSipList, domainsOfSipList, lockSipList } from '../store/sip-lists.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

/**
 * Deletes a list with all that is in it, but not one that decides who may call or register somewhere: its domain would
 * refuse everybody from then on.
 *
 * @throws RequestError sipListInUse
 */
export async function removeSipList(
  context: ActionContext,
  { sid, accountSid }: Pick<SipList, 'sid' | 'accountSid'>,
  origin: Origin,
): Promise<void> {
  await context.transact(async (tx) => {
    const list = await lockSipList(tx, sid);
    if (list === undefined) return;
    const domains = await domainsOfSipList(tx, sid);
    if (domains.length > 0) {
      throw refusal('sipListInUse', { given: sid, domains: domains.join(', ') });
    }
    await deleteSipList(tx, sid);
    await recordEvent(tx, context, origin, {
      type: 'sip-list',
      accountSid,
      resourceSid: sid,
      previous: list,
    });
  });
}
