import type { Conductor } from '../model/conductor.ts';
import { listLiveStatusesOfConductor } from '../store/calls.ts';
import { updateConductor } from '../store/conductors.ts';
import type { Tx } from '../store/transact.ts';
import { announce } from './announce.ts';
import { conductorParameters } from './conductor-parameters.ts';
import { systemOrigin, type ActionContext } from './context.ts';

type Needs = Pick<ActionContext, 'ids' | 'clock'>;

/** A bound call is connected. */
export async function markConductorActive(
  tx: Tx,
  context: Needs,
  conductor: Conductor,
): Promise<void> {
  if (conductor.status === 'ready') await mark(tx, context, conductor, 'active');
}

/** Back to ready, unless another bound call is still connected. */
export async function markConductorReady(
  tx: Tx,
  context: Needs,
  conductor: Conductor,
): Promise<void> {
  if (conductor.status !== 'active') return;
  const live = await listLiveStatusesOfConductor(tx, conductor.sid);
  if (live.includes('in-progress')) return;
  await mark(tx, context, conductor, 'ready');
}

async function mark(
  tx: Tx,
  context: Needs,
  conductor: Conductor,
  status: 'ready' | 'active',
): Promise<void> {
  const changed = { ...conductor, status, dateUpdated: context.clock.now() };
  await updateConductor(tx, conductor.sid, { status, dateUpdated: changed.dateUpdated });
  await announce(
    tx,
    context,
    { ...conductor, sid: conductor.conversationSid },
    'onConductorUpdated',
    systemOrigin,
    conductor.sid,
    conductorParameters(changed),
  );
}
