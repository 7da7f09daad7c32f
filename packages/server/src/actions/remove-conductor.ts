import { refusal } from '../base/app-error.ts';
import { isoDateMs } from '../base/http-date.ts';
import type { Conductor } from '../model/conductor.ts';
import { listLiveCallsOfConductor } from '../store/calls.ts';
import { deleteConductor } from '../store/conductors.ts';
import { forgetConductor } from '../store/participants.ts';
import { insertTimelineEntry } from '../store/timeline.ts';
import { announce } from './announce.ts';
import { conductorParameters } from './conductor-parameters.ts';
import type { ActionContext, Origin } from './context.ts';
import { lockForCall } from './find-conductor.ts';
import { recordEvent } from './record-event.ts';

/**
 * Closes and removes a Conductor. Voice bindings that named it name none until they are changed.
 *
 * @throws RequestError conductorBusy while calls are bound to it.
 */
export async function removeConductor(
  context: ActionContext,
  conductor: Conductor,
  origin: Origin,
): Promise<void> {
  await context.transact(async (tx) => {
    await lockForCall(tx, conductor);
    const live = await listLiveCallsOfConductor(tx, conductor.sid);
    if (live.length > 0) {
      throw refusal(
        'conductorBusy',
        {
          given: conductor.sid,
          problem: `it has ${live.length} live calls (${live.map(({ sid }) => sid).join(', ')}). End them first: POST /2010-04-01/Accounts/{AccountSid}/Calls/{CallSid}.json with Status=completed.`,
        },
        { resourceSid: conductor.sid },
      );
    }
    await deleteConductor(tx, conductor.sid);
    await recordEvent(tx, context, origin, {
      type: 'conductor',
      accountSid: conductor.accountSid,
      resourceSid: conductor.sid,
      previous: conductor,
    });
    const now = context.clock.now();
    await forgetConductor(tx, conductor.sid, now);
    const { conversationSid, accountSid } = conductor;
    await insertTimelineEntry(tx, {
      accountSid,
      conversationSid,
      kind: 'conductor',
      event: 'removed',
      resourceSid: conductor.sid,
      data: '{}',
      dateCreated: now,
    });
    await announce(
      tx,
      context,
      { ...conductor, sid: conversationSid },
      'onConductorRemoved',
      origin,
      conductor.sid,
      { ...conductorParameters({ ...conductor, status: 'closed' }), DateRemoved: isoDateMs(now) },
    );
  });
}
