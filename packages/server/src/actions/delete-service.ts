import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { Account } from '../model/account.ts';
import { listBridgedConversations } from '../store/conversations.ts';
import { deleteService, findService } from '../store/services.ts';
import { closeConductorsOf } from './close-conductors.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';
import { removeMedia } from './remove-media.ts';

/**
 * Deletes a service with everything in it; its live calls end.
 *
 * @throws RequestError forbidden for the account's default service
 */
export async function removeService(
  context: ActionContext,
  account: Pick<Account, 'sid' | 'defaultServiceSid'>,
  serviceSid: Sid<'IS'>,
  origin: Origin,
): Promise<void> {
  if (serviceSid === account.defaultServiceSid) {
    throw refusal(
      'forbidden',
      {
        problem: `${serviceSid} is the default service of the account, which /v1/Conversations needs, so it cannot be deleted. Delete its conversations one by one instead: DELETE /v1/Conversations/{Sid}`,
      },
      { resourceSid: serviceSid },
    );
  }
  await context.transact(async (tx) => {
    for (const conversation of await listBridgedConversations(tx, serviceSid)) {
      await closeConductorsOf(tx, context, conversation, origin);
    }
    await removeMedia(tx, context, account.sid, { chatServiceSid: serviceSid });
    const service = await findService(tx, account.sid, serviceSid);
    await deleteService(tx, serviceSid);
    await recordEvent(tx, context, origin, {
      type: 'service',
      accountSid: account.sid,
      resourceSid: serviceSid,
      previous: service ?? {},
    });
  });
}
