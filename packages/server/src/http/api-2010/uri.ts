import type { Sid } from '@tutti/ids';

/** The version of every resource under `/2010-04-01`. */
export const API_VERSION = '2010-04-01';

/** The `uri` of a resource of an account, as `Applications/AP…`; relative, as the 2010 API writes them. */
export function uri2010(accountSid: Sid<'AC'>, path: string): string {
  return `/${API_VERSION}/Accounts/${accountSid}/${path}.json`;
}
