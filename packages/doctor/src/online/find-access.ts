import { looksLikeSid } from '../code/sid-names.ts';
import { secretOfName } from '../env/examine-variables.ts';
import type { Variable } from '../env/examine-variables.ts';
import type { Access } from './live-server.ts';

/**
 * Credentials for the API, from variables: of the first group that has an account and its auth token, or an account and
 * a key with its secret. The server is `url`, else the first `TUTTI_URL`, else Twilio.
 */
export function findAccess(
  groups: readonly (readonly Variable[])[],
  url: string | undefined,
): Access | undefined {
  const address =
    url ?? groups.flat().find(({ name, value }) => name === 'TUTTI_URL' && value)?.value;
  for (const group of groups) {
    const sidOf = (kind: string, names: RegExp): string | undefined =>
      group.find(
        ({ name, value }) => names.test(name) && looksLikeSid(value) && value.startsWith(kind),
      )?.value;
    const secretOf = (kind: 'auth-token' | 'key-secret'): string | undefined =>
      group.find(({ name, value }) => secretOfName(name) === kind && value !== '')?.value;
    const accountSid = sidOf('AC', /ACCOUNT/i);
    const authToken = secretOf('auth-token');
    const key = sidOf('SK', /KEY/i);
    const secret = secretOf('key-secret');
    if (accountSid === undefined) continue;
    if (authToken !== undefined) {
      return { url: address, accountSid, authToken, username: accountSid, password: authToken };
    }
    if (key !== undefined && secret !== undefined) {
      return { url: address, accountSid, authToken, username: key, password: secret };
    }
  }
  return undefined;
}
