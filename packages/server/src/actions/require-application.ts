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
