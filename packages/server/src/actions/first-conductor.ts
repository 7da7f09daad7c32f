import type { Conductor } from '../model/conductor.ts';
import type { Conversation } from '../model/conversation.ts';
import { listOpenConductors } from '../store/conductors.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import type { ActionContext, Origin } from './context.ts';
import { defaultConductorSettings, insertNewConductor } from './open-conductor.ts';

/** The oldest open Conductor of a conversation that the transaction has locked; a new one, when there is none. */
export async function firstConductor(
  tx: Tx,
  context: Pick<ActionContext, 'ids' | 'clock'>,
  conversation: Conversation,
  origin: Origin,
): Promise<New<Conductor>> {
  const [oldest] = await listOpenConductors(tx, conversation.sid);
  return oldest ?? insertNewConductor(tx, context, conversation, defaultConductorSettings, origin);
}
