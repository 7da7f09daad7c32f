import type { Sid } from '@tutti/ids';
import { deleteQueueMember } from '../store/queue-members.ts';
import type { ActionContext } from './context.ts';

/** Gives up the place of a call that lives on, if it has one. */
export async function leaveQueue(context: ActionContext, callSid: Sid<'CA'>): Promise<void> {
  await context.transact((tx) => deleteQueueMember(tx, callSid));
}
