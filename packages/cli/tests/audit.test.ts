import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { makeDirectory, runTutti, startTutti } from './_tutti.ts';

it('shows what is wrong, puts right what is safe once it is told to, and exits with 1 until nothing is', async () => {
  const { data, client } = await startTutti(await makeDirectory());
  const { v1 } = client.conversations;
  const voiceUrl = 'http://127.0.0.1:1/voice';
  const application = await client.applications.create({
    friendlyName: 'Desk',
    voiceUrl,
    statusCallback: voiceUrl,
  });
  const { sid } = await v1.conversations.create();
  await v1.conversations(sid).conductors.create({ applicationSid: application.sid });
  const run = (...args: string[]) =>
    runTutti(['audit', '--no-probe', '--data', data, ...args], { cwd: data });

  const found = await run();
  const unsure = await run('--fix');
  const unchanged = await client.applications(application.sid).fetch();
  const fixed = await run('--fix', '--yes');
  const changed = await client.applications(application.sid).fetch();
  const json = await run('--json');

  expect(found).toMatchObject({ code: 1, stderr: '' });
  expect(found.stdout).toContain('warning status-callback-is-voice-url (new)\n');
  expect(unsure.code).toBe(1);
  expect(unsure.stdout).toMatch(/POST \/api\/2010-04-01\/\S+ StatusCallback=\n/);
  expect(unsure.stderr).toContain('--yes');
  expect(unchanged.statusCallback).toBe(voiceUrl);
  expect(fixed).toMatchObject({ code: 0 });
  expect(fixed.stdout).toContain('applied: 1.');
  expect(changed.statusCallback || null).toBeNull();
  expect(json.code).toBe(0);
  expect(JSON.parse(json.stdout)).toMatchObject({ errors: 0, warnings: 0, findings: [] });
});

it('exits with 2 when there is no server to look at', async () => {
  const env = {
    TUTTI_URL: 'http://127.0.0.1:1',
    TWILIO_ACCOUNT_SID: 'AC1',
    TWILIO_AUTH_TOKEN: 'x',
  };

  const { code, stderr } = await runTutti(['audit'], { cwd: tmpdir(), env });

  expect(code).toBe(2);
  expect(stderr).toContain('does not answer');
});
