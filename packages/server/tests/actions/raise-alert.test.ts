import { expect, test } from 'vitest';
import { raiseAlert } from '../../src/actions/raise-alert.ts';
import type { Alert } from '../../src/model/alert.ts';
import { findAlert } from '../../src/store/alerts.ts';
import { open, sqlite } from '../store/_engines.ts';

/** The alert as it is kept. */
async function raise(exchange: {
  readonly variables: string;
  readonly responseBody?: string;
}): Promise<Alert | undefined> {
  await using opened = await open(sqlite);
  const { sid: accountSid } = await opened.account();
  const sid = await raiseAlert(opened.context, {
    accountSid,
    errorCode: 11_200,
    level: 'error',
    text: 'It failed.',
    exchange: { method: 'POST', url: 'http://127.0.0.1/', ...exchange },
  });
  return findAlert(opened.context.db, accountSid, sid);
}

test('what was sent and answered is kept to 4096 characters', async () => {
  const kept = await raise({
    variables: `Body=${'y'.repeat(100_000)}`,
    responseBody: 'x'.repeat(16 * 1024 * 1024),
  });

  expect(kept?.responseBody).toBe('x'.repeat(4096));
  expect(kept?.requestVariables).toBe(`Body=${'y'.repeat(4091)}`);
});

test.each([
  ['SipAuthUsername=u&SipAuthPassword=p%26q&To=x', 'SipAuthUsername=u&SipAuthPassword=***&To=x'],
  ['SipAuth%50assword=p', 'SipAuth%50assword=***'],
  ['AuthToken=t&ApiSecret=s&sipauthpassword=p', 'AuthToken=***&ApiSecret=***&sipauthpassword=***'],
  ['Body=my+password=1&TokenName=x&%=1', 'Body=my+password=1&TokenName=x&%=1'],
])('%s is kept as %s', async (variables, shown) => {
  expect((await raise({ variables }))?.requestVariables).toBe(shown);
});
