import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { Application } from '../model/application.ts';
import { checkFallbacks, type VoiceUrls } from '../model/voice-urls.ts';
import { lockApplicationCount, insertApplication } from '../store/applications.ts';
import type { New } from '../store/schema.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

/** Twilio: errors 21301 */
const APPLICATION_LIMIT = 1000;

export type ApplicationSettings = VoiceUrls &
  Pick<Application, 'friendlyName' | 'messageStatusCallback' | 'publicApplicationConnectEnabled'>;

/** @throws RequestError applicationLimit, fallbackWithoutUrl, smsFallbackWithoutUrl */
export async function createApplication(
  context: ActionContext,
  accountSid: Sid<'AC'>,
  settings: ApplicationSettings,
  origin: Origin,
): Promise<New<Application>> {
  checkFallbacks(settings);
  return context.transact(async (tx) => {
    if ((await lockApplicationCount(tx, accountSid)) >= APPLICATION_LIMIT) {
      throw refusal('applicationLimit', { limit: APPLICATION_LIMIT });
    }
    const now = context.clock.now();
    const application: New<Application> = {
      ...settings,
      sid: context.ids.sid('AP'),
      accountSid,
      dateCreated: now,
      dateUpdated: now,
    };
    await insertApplication(tx, application);
    await recordEvent(tx, context, origin, {
      type: 'application',
      accountSid,
      resourceSid: application.sid,
      current: application,
    });
    return application;
  });
}
