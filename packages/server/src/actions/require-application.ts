import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
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
  throw refusal(
    'invalidApplicationSid',
    {
      given: sid,
      explanation:
        'There is no such Application in this account. List them: GET /2010-04-01/Accounts/{AccountSid}/Applications.json',
    },
    { resourceSid: sid },
  );
}
