import type { Conversation } from '../model/conversation.ts';
import { listLiveCallsOfConductor } from '../store/calls.ts';
import { listOpenConductors, updateConductor } from '../store/conductors.ts';
import type { Tx } from '../store/transact.ts';
import { announce } from './announce.ts';
import { conductorParameters } from './conductor-parameters.ts';
import type { ActionContext, Origin } from './context.ts';
import { endCalls } from './record-call-progress.ts';
import { recordEvent } from './record-event.ts';

/** Closes every Conductor of a conversation for good and ends their calls: there is nothing left to bridge. */
export async function closeConductorsOf(
  tx: Tx,
  context: Pick<ActionContext, 'ids' | 'clock' | 'metrics' | 'ledger'>,
  conversation: Conversation,
  origin: Origin,
): Promise<void> {
  for (const conductor of await listOpenConductors(tx, conversation.sid)) {
    const change = { status: 'closed', dateUpdated: context.clock.now() } as const;
    await updateConductor(tx, conductor.sid, change);
    await recordEvent(tx, context, origin, {
      type: 'conductor',
      accountSid: conductor.accountSid,
      resourceSid: conductor.sid,
      previous: conductor,
      current: { ...conductor, ...change },
    });
    const parameters = conductorParameters({ ...conductor, ...change });
    await announce(
      tx,
      context,
      conversation,
      'onConductorUpdated',
      origin,
      conductor.sid,
      parameters,
    );
    await endCalls(tx, context, await listLiveCallsOfConductor(tx, conductor.sid));
  }
}
