import type { Application } from '../model/application.ts';
import { deleteApplication, lockApplication } from '../store/applications.ts';
import { listConductorsOfApplication, updateConductor } from '../store/conductors.ts';
import { clearApplicationOfPhoneNumbers } from '../store/phone-numbers.ts';
import { announce } from './announce.ts';
import { conductorParameters } from './conductor-parameters.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

/** Deletes an application; Conductors and numbers that it served have none from then on. */
export async function removeApplication(
  context: ActionContext,
  { sid, accountSid }: Pick<Application, 'sid' | 'accountSid'>,
  origin: Origin,
): Promise<void> {
  await context.transact(async (tx) => {
    const now = context.clock.now();
    const application = await lockApplication(tx, accountSid, sid);
    for (const conductor of await listConductorsOfApplication(tx, sid)) {
      const change = { applicationSid: null, dateUpdated: now };
      await updateConductor(tx, conductor.sid, change);
      await recordEvent(tx, context, origin, {
        type: 'conductor',
        accountSid,
        resourceSid: conductor.sid,
        previous: conductor,
        current: { ...conductor, ...change },
      });
      await announce(
        tx,
        context,
        { ...conductor, sid: conductor.conversationSid },
        'onConductorUpdated',
        origin,
        conductor.sid,
        conductorParameters({ ...conductor, ...change }),
      );
    }
    await clearApplicationOfPhoneNumbers(tx, sid, now);
    await deleteApplication(tx, sid);
    await recordEvent(tx, context, origin, {
      type: 'application',
      accountSid,
      resourceSid: sid,
      previous: application ?? {},
    });
  });
}
