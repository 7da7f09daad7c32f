import type { Sid } from '@tutti/ids';
import { refusal, type RequestError } from '../base/app-error.ts';
import type { Application } from '../model/application.ts';
import { lockApplication } from '../store/applications.ts';
import type { Tx } from '../store/transact.ts';

/** The account's application `sid`. @throws RequestError invalidApplicationSid */
export async function requireApplication(
  tx: Tx,
  accountSid: Sid<'AC'>,
  sid: Sid<'AP'>,
): Promise<Application> {
  const application = await lockApplication(tx, accountSid, sid);
  if (application !== undefined) return application;
  throw unknownApplication(sid);
}

/** An application of which there is something to ask. */
export type CallableApplication = Application & { readonly voiceUrl: string };

/** Whether there is something to ask of it. */
export function isCallable(application: Application): application is CallableApplication {
  return application.voiceUrl !== null;
}

/** Why there is nothing to call. */
export function silentApplication(given: string): RequestError {
  const explanation = 'Its VoiceUrl is empty, so there is nothing to call. Set VoiceUrl.';
  return refusal('invalidApplicationSid', { given, explanation }, { resourceSid: given });
}

/** Why `given`, which is an application's SID, names none. */
export function unknownApplication(given: string): RequestError {
  return refusal(
    'invalidApplicationSid',
    {
      given,
      explanation:
        'There is no such Application in this account. List them: GET /2010-04-01/Accounts/{AccountSid}/Applications.json',
    },
    { resourceSid: given },
  );
}
