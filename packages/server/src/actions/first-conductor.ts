import type { Conductor } from '../model/conductor.ts';
import type { Conversation } from '../model/conversation.ts';
import { listOpenConductors } from '../store/conductors.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import type { ActionContext, Origin } from './context.ts';
import { defaultConductorSettings, insertNewConductor } from './open-conductor.ts';
import { noteMade } from './note-made.ts';

/** The oldest open Conductor of a conversation that the transaction has locked; a new one, when there is none. */
export async function firstConductor(
  tx: Tx,
  context: Pick<ActionContext, 'ids' | 'clock' | 'ledger'>,
  conversation: Conversation,
  origin: Origin,
): Promise<New<Conductor>> {
  const [oldest] = await listOpenConductors(tx, conversation.sid);
  if (oldest !== undefined) return oldest;
  const settings = defaultConductorSettings;
  const conductor = await insertNewConductor(tx, context, conversation, settings, origin);
  noteMade(tx, context, conductor);
  return conductor;
}
