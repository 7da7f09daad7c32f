import { refusal } from '../base/app-error.ts';
import type { SipList } from '../model/sip-domain.ts';
import { lockSipList, updateSipList } from '../store/sip-lists.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

/** Gives a credential or access list another name. @throws RequestError notFound */
export async function renameSipList(
  context: ActionContext,
  { sid, accountSid }: Pick<SipList, 'sid' | 'accountSid'>,
  friendlyName: string,
  origin: Origin,
): Promise<SipList> {
  return context.transact(async (tx) => {
    const list = await lockSipList(tx, sid);
    if (list === undefined) throw refusal('notFound', { path: `SIP/${sid}` });
    const change = { friendlyName, dateUpdated: context.clock.now() };
    await updateSipList(tx, sid, change);
    await recordEvent(tx, context, origin, {
      type: 'sip-list',
      accountSid,
      resourceSid: sid,
      previous: list,
      current: { ...list, ...change },
    });
    return { ...list, ...change };
  });
}
