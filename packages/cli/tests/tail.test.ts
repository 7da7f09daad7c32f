import { WebhookCatcher } from '@tutti/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { makeDirectory, shareTutti, startTutti, tutti } from './_tutti.ts';

const shared = shareTutti();

/** Something that goes wrong: an alert, a webhook that is refused, a call to nobody. */
async function makeNews(from: string): Promise<{ readonly callSid: string }> {
  const { client } = shared();
  const hooks = await WebhookCatcher.open();
  onTestFinished(() => hooks.close());
  hooks.reply('/status', { status: 404 });
  await client.incomingPhoneNumbers.create({ phoneNumber: from });
  const call = await client.calls.create({
    from,
    to: 'sip:nobody@127.0.0.1:1',
    twiml: '<Response/>',
    statusCallback: hooks.at('/status').replace('://', '://user:secret@'),
    statusCallbackEvent: ['initiated'],
  });
  await hooks.next('/status');
  return { callSid: call.sid };
}

it('shows an alert, a webhook attempt and a call, and ends with 0 on Ctrl-C', async () => {
  const server = shared();
  await server.client.conversations.v1
    .conversations('CHnone')
    .fetch()
    .catch(() => undefined);
  const tail = tutti(['tail', '--data', server.data], { cwd: server.data });
  await tail.error(`following ${server.url}; stop with Ctrl-C`);

  const { callSid } = await makeNews('+15551234567');

  const webhook = await tail.line(/^\d\d:\d\d:\d\d\.\d{3} {2}webhook {2}initiated POST .* → 404/);
  expect(webhook).not.toContain('secret');
  expect(tail.stdout).toMatch(/ call +CA[0-9a-f]{32} \+15551234567 → sip:nobody@127\.0\.0\.1:1 /);
  await tail.line(/ alert +warning 15003 /);
  expect(tail.stdout).toContain(callSid);
  // What was before is not told.
  expect(tail.stdout).not.toContain('CHnone');
  tail.kill('SIGINT');
  expect(await tail.exit(2000)).toBe(0);
});

it('prints no control character that somebody else wrote', async () => {
  const server = shared();
  const tail = tutti(['tail', '--data', server.data], { cwd: server.data });
  await tail.error('following');

  const { accountSid, authToken, url } = server;
  await fetch(`${url}/v1/Conversations`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`,
    },
    body: new URLSearchParams({ '\u001b[2JName': 'x' }),
  });

  expect(await tail.line('[2JName')).toContain('�[2JName');
  expect(tail.stdout).not.toContain('\u001b');
});

it('prints one JSON object a line with --json', async () => {
  const server = shared();
  const tail = tutti(['tail', '--json', '--data', server.data], { cwd: server.data });
  await tail.error('following');

  await makeNews('+15551234568');
  const line = await tail.line('"kind":"webhook"');

  expect(JSON.parse(line)).toMatchObject({
    kind: 'webhook',
    date_created: expect.stringMatching(/^\d{4}-.*Z$/),
    summary: expect.stringContaining('404'),
  });
  tail.kill('SIGTERM');
  expect(await tail.exit(2000)).toBe(0);
});

it('says in one line that the server is gone, and exits with 1', async () => {
  const server = await startTutti(await makeDirectory());
  const tail = tutti(['tail', '--data', server.data], { cwd: server.data });
  await tail.error('following');

  server.program.kill('SIGINT');

  expect(await tail.exit(5000)).toBe(1);
  expect(tail.stderr).toMatch(
    /^following .*\ntutti: the server at \S+ does not answer \(.*\)\. Start it with tutti start\.\n$/,
  );
});

it('says in one line that the credentials are refused', async () => {
  const { url, data, accountSid } = shared();
  const env = { TUTTI_URL: url, TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: 'wrong' };

  const tail = tutti(['tail'], { cwd: data, env });

  expect(await tail.exit()).toBe(1);
  expect(tail.stderr).toBe(
    `tutti: the server at ${url} refused: Authenticate: the auth token of ${accountSid} is another.\n`,
  );
});
