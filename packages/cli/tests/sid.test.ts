import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { makeDirectory, runTutti, startTutti } from './_tutti.ts';

const unknown = 'CN3f8a1c5e9b2d4f60718293a4b5c6d7e8';

it('explains a SID without a server, and says that it was not looked up', async () => {
  const cwd = await makeDirectory();

  const { code, stdout, stderr } = await runTutti(['sid', unknown], { cwd });

  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.split('\n');
  expect(lines[0]).toContain('Conductor');
  expect(lines[1]).toMatch(/^Not looked up: no server is known/);
});

it.for([
  ['CNXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX', 'is a placeholder'],
  ['CN3f8a1c5e9b2d4f60718293a4b5c6d7eg', 'not a hexadecimal digit'],
  ['+15551234567', 'phone number'],
] as const)('exits with 1 for %s, which is no SID', async ([given, what]) => {
  const ended = await runTutti(['sid', given], { cwd: tmpdir() });

  expect(ended.code).toBe(1);
  expect(ended.stdout).toContain(what);
});

it('tells what the server knows of it', async () => {
  const { data, client, url } = await startTutti(await makeDirectory());
  const conversation = await client.conversations.v1.conversations.create();
  const application = await client.applications.create({ friendlyName: 'Desk' });
  const conductor = await client.conversations.v1
    .conversations(conversation.sid)
    .conductors.create({ applicationSid: application.sid });

  const found = await runTutti(['sid', conductor.sid, '--data', data], { cwd: data });
  const missing = await runTutti(['sid', unknown, '--data', data], { cwd: data });
  const json = await runTutti(['sid', '--json', conductor.sid, '--data', data], { cwd: data });
  const odd = await runTutti(['sid', '../Calls?x=%', '--data', data], { cwd: data });

  expect(found).toMatchObject({ code: 0, stderr: '' });
  expect(found.stdout).toContain(`ConversationSid: ${conversation.sid}\n`);
  expect(found.stdout).toContain(`ApplicationSid: ${application.sid}\n`);
  expect(found.stdout).toContain(`url: ${url}/v1/`);
  const made =
    /^latest uses:\n  \S+ made as sid: POST \/conversations\/v1\/Conversations\/CH\w+\/Conductors RQ/m;
  expect(found.stdout).toMatch(made);
  expect(missing.code).toBe(1);
  expect(missing.stdout).toMatch(/not found|no Conductor|is not on this server/i);
  expect(json.code).toBe(0);
  expect(JSON.parse(json.stdout)).toMatchObject({
    sid: conductor.sid,
    explanation: { kind: 'sid', prefix: 'CN' },
    resource: { found: true, bound_to: { ConversationSid: conversation.sid } },
    uses: [{ outcome: 'made' }],
  });
  expect(odd).toMatchObject({ code: 1, stderr: '' });
});

it('explains it even when the server is gone, and says so', async () => {
  const cwd = await makeDirectory();
  const env = {
    TUTTI_URL: 'http://127.0.0.1:1',
    TWILIO_ACCOUNT_SID: 'ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    TWILIO_AUTH_TOKEN: 'token',
  };

  const { code, stdout } = await runTutti(['sid', unknown], { cwd, env });

  expect(code).toBe(0);
  expect(stdout).toContain('Not looked up: the server at http://127.0.0.1:1 does not answer');
});
