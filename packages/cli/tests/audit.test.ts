import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import twilio from 'twilio';
import { expect, it } from 'vitest';
import { makeDirectory, runTutti, startTutti, tuttiAtTerminal } from './_tutti.ts';

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

it.each([
  ['y', true],
  ['', false],
])('asks at a terminal whether to apply, and takes %j for an answer', async (answer, isApplied) => {
  const { data, client } = await startTutti(await makeDirectory());
  const voiceUrl = 'http://127.0.0.1:1/voice';
  const { sid } = await client.applications.create({
    friendlyName: 'Desk',
    voiceUrl,
    statusCallback: voiceUrl,
  });
  await using terminal = tuttiAtTerminal(['audit', '--fix', '--no-probe', '--data', data], {
    cwd: data,
  });

  await terminal.line(/POST .* StatusCallback=/);
  terminal.type(answer);
  const code = await terminal.exit(15_000);

  const { statusCallback } = await client.applications(sid).fetch();
  expect(code).toBe(isApplied ? 0 : 1);
  expect(terminal.stdout).toContain('Apply them? [y/N]');
  expect(terminal.stdout.includes('applied: 1.')).toBe(isApplied);
  expect(statusCallback || null).toBe(isApplied ? null : voiceUrl);
});

it('looks at the access tokens that it is given, themselves or in a file', async () => {
  const { data, client, accountSid } = await startTutti(await makeDirectory());
  const { sid } = await client.applications.create({ friendlyName: 'Desk' });
  const { AccessToken } = twilio.jwt;
  const mint = (outgoingApplicationSid: string): string => {
    const key = `SK${accountSid.slice(2)}`;
    const token = new AccessToken(accountSid, key, 'secret', { identity: 'ann' });
    token.addGrant(new AccessToken.VoiceGrant({ outgoingApplicationSid }));
    return token.toJwt();
  };
  const gone = 'AP3f8a1c5e9b2d4f60718293a4b5c6d7e8';
  const file = join(data, 'token.txt');
  await writeFile(file, `${mint(gone)}\n`);
  const run = (...args: string[]) => runTutti(['audit', '--data', data, ...args], { cwd: data });

  const right = await run('--token', mint(sid));
  const wrong = await run('--token', mint(sid), '--token', file);
  const none = await run('--token', 'nowhere');

  expect(right).toMatchObject({ code: 0, stderr: '' });
  expect(wrong.code).toBe(1);
  expect(wrong.stdout).toContain('error token-application-gone (new)\n');
  expect(wrong.stdout).toContain(gone);
  expect(none).toMatchObject({ code: 2, stdout: '' });
  expect(none.stderr).toContain('neither an access token nor a file');
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
