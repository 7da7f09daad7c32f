import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { SipList } from '../model/sip-domain.ts';
import type { New } from '../store/schema.ts';
import { insertSipList, lockSipListCount } from '../store/sip-lists.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

const LIST_LIMIT = 1000;

/** Makes an empty credential list (CL) or access list (AL). @throws RequestError sipLimit */
export async function createSipList(
  context: ActionContext,
  accountSid: Sid<'AC'>,
  kind: 'CL' | 'AL',
  friendlyName: string,
  origin: Origin,
): Promise<New<SipList>> {
  return context.transact(async (tx) => {
    if ((await lockSipListCount(tx, accountSid)) >= LIST_LIMIT) {
      throw refusal('sipLimit', { limit: LIST_LIMIT, what: 'credential and access lists' });
    }
    const now = context.clock.now();
    const list: New<SipList> = {
      sid: context.ids.sid(kind),
      accountSid,
      friendlyName,
      dateCreated: now,
      dateUpdated: now,
    };
    await insertSipList(tx, list);
    await recordEvent(tx, context, origin, {
      type: 'sip-list',
      accountSid,
      resourceSid: list.sid,
      current: list,
    });
    return list;
  });
}
