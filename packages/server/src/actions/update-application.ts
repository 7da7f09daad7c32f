import { refusal } from '../base/app-error.ts';
import type { Application } from '../model/application.ts';
import { checkFallbacks } from '../model/voice-urls.ts';
import { lockApplication, updateApplication } from '../store/applications.ts';
import type { ActionContext, Origin } from './context.ts';
import type { ApplicationSettings } from './create-application.ts';
import { recordEvent } from './record-event.ts';

/**
 * Calls that are live keep the documents they were given; the next fetch uses the new URLs.
 *
 * @throws RequestError notFound when it was deleted meanwhile, fallbackWithoutUrl, smsFallbackWithoutUrl
 */
export async function changeApplication(
  context: ActionContext,
  application: Application,
  change: Partial<ApplicationSettings>,
  origin: Origin,
): Promise<Application> {
  return context.transact(async (tx) => {
    const { accountSid, sid } = application;
    const current = await lockApplication(tx, accountSid, sid);
    if (current === undefined) throw refusal('notFound', { path: `Applications/${sid}` });
    const changed: Application = { ...current, ...change, dateUpdated: context.clock.now() };
    checkFallbacks(changed);
    const { seq: _, ...columns } = changed;
    await updateApplication(tx, sid, columns);
    await recordEvent(tx, context, origin, {
      type: 'application',
      accountSid,
      resourceSid: sid,
      previous: current,
      current: changed,
    });
    return changed;
  });
}
