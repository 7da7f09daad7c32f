import { refusal } from '../base/app-error.ts';
import type { Conductor } from '../model/conductor.ts';
import { lockConductor, updateConductor } from '../store/conductors.ts';
import { announce } from './announce.ts';
import { conductorParameters } from './conductor-parameters.ts';
import type { ActionContext, Origin } from './context.ts';
import { checkSettings, type ConductorSettings } from './open-conductor.ts';
import { recordEvent } from './record-event.ts';

/** @throws RequestError conductorClosed, conductorNameTaken, invalidApplicationSid */
export async function changeConductor(
  context: ActionContext,
  conductor: Conductor,
  change: Partial<ConductorSettings>,
  origin: Origin,
): Promise<Conductor> {
  return context.transact(async (tx) => {
    const current = await lockConductor(tx, conductor.accountSid, conductor.sid);
    if (current === undefined || current.status === 'closed') {
      throw refusal('conductorClosed', {
        given: conductor.sid,
        conversation: conductor.conversationSid,
      });
    }
    await checkSettings(tx, current, current.sid, {
      uniqueName: change.uniqueName ?? null,
      applicationSid: change.applicationSid ?? null,
    });
    const changed: Conductor = { ...current, ...change, dateUpdated: context.clock.now() };
    const { seq: _, ...columns } = changed;
    await updateConductor(tx, changed.sid, columns);
    await recordEvent(tx, context, origin, {
      type: 'conductor',
      accountSid: changed.accountSid,
      resourceSid: changed.sid,
      previous: current,
      current: changed,
    });
    await announce(
      tx,
      context,
      { ...changed, sid: changed.conversationSid },
      'onConductorUpdated',
      origin,
      changed.sid,
      conductorParameters(changed),
    );
    return changed;
  });
}
