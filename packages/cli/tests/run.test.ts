import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import {
  makeDirectory,
  root,
  runTutti,
  shareTutti,
  startTutti,
  tutti,
  type Started,
} from './_tutti.ts';

const shared = shareTutti();
const sample = join(root, 'examples/sample.js');

/** A conversation with a Conductor. */
async function makeFlow(): Promise<{
  readonly server: Started;
  readonly conversationSid: string;
  readonly conductorSid: string;
}> {
  const server = shared();
  const { client } = server;
  const { sid: conversationSid } = await client.conversations.v1.conversations.create();
  const application = await client.applications.create({ voiceUrl: 'http://127.0.0.1:1/voice' });
  const { sid: conductorSid } = await client.conversations.v1
    .conversations(conversationSid)
    .conductors.create({ applicationSid: application.sid });
  return { server, conversationSid, conductorSid };
}

it('leads the unmodified sample to the server, wherever it and the data are', async () => {
  const { server, conversationSid, conductorSid } = await makeFlow();

  const ended = await runTutti(['run', '--data', server.data, '--', 'node', sample], {
    cwd: server.data,
    env: { CONVERSATION_SID: conversationSid, CONDUCTOR_SID: conductorSid },
  });

  expect(ended).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^MB[0-9a-f]{32}\n$/),
    stderr: '',
  });
  const participant = await server.client.conversations.v1
    .conversations(conversationSid)
    .participants(ended.stdout.trim())
    .fetch();
  expect(participant.voiceBinding?.conductor_sid).toBe(conductorSid);
});

it("prints what is wrong with the documentation's placeholder", async () => {
  const { server, conversationSid } = await makeFlow();

  const ended = await runTutti(['run', '--data', server.data, '--', 'node', sample], {
    cwd: server.data,
    env: { CONVERSATION_SID: conversationSid },
  });

  expect(ended.stderr).toContain('code: 75008');
  expect(ended.stderr).toContain('is a placeholder from documentation');
});

it('finds the server by the .tutti of the working directory, by TUTTI_DATA and by TUTTI_URL', async () => {
  const cwd = await makeDirectory();
  const data = join(cwd, '.tutti');
  await mkdir(data);
  const { url, accountSid, authToken } = await startTutti(data);
  const elsewhere = await makeDirectory();
  const print = 'console.log(process.env.TUTTI_URL, process.env.TWILIO_ACCOUNT_SID)';
  const args = ['run', '--', 'node', '-e', print];

  const here = await runTutti(args, { cwd });
  const byData = await runTutti(args, { cwd: elsewhere, env: { TUTTI_DATA: data } });
  const byUrl = await runTutti(args, {
    cwd: elsewhere,
    env: { TUTTI_URL: url, TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken },
  });

  for (const ended of [here, byData, byUrl]) {
    expect(ended).toEqual({ code: 0, stdout: `${url} ${accountSid}\n`, stderr: '' });
  }
});

it('never mixes the account of the environment with the token of the file', async () => {
  const { data, accountSid, authToken } = shared();
  const print = 'console.log(process.env.TWILIO_ACCOUNT_SID, process.env.TWILIO_AUTH_TOKEN)';

  const ended = await runTutti(['run', '--', 'node', '-e', print], {
    cwd: data,
    env: { TUTTI_DATA: data, TWILIO_ACCOUNT_SID: 'ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' },
  });

  expect(ended.stdout).toBe(`${accountSid} ${authToken}\n`);
});

it("keeps the user's NODE_OPTIONS, and works in directories with spaces", async () => {
  const { data, client } = shared();
  const cwd = join(await makeDirectory(), 'my "own" app');
  await mkdir(cwd);
  await symlink(join(root, 'node_modules'), join(cwd, 'node_modules'));
  await writeFile(join(cwd, 'my hook.cjs'), 'globalThis.hooked = "hooked";');
  await writeFile(
    join(cwd, 'my app.js'),
    `const { TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN } = process.env;
    require('twilio')(TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN).conversations.v1.conversations
      .create({ friendlyName: hooked }).then(({ sid }) => console.log(sid));`,
  );

  const ended = await runTutti(['run', '--data', data, '--', 'node', 'my app.js'], {
    cwd,
    env: { NODE_OPTIONS: '--require "./my hook.cjs"' },
  });

  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const made = await client.conversations.v1.conversations(ended.stdout.trim()).fetch();
  expect(made.friendlyName).toBe('hooked');
});

// What follows needs no server that answers, only one that is known.
const env = {
  TUTTI_URL: 'http://127.0.0.1:1',
  TWILIO_ACCOUNT_SID: 'ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  TWILIO_AUTH_TOKEN: 'token',
};
let cwd: string;
beforeEach(async () => {
  cwd = await makeDirectory();
});

it('ends with the exit code of the command, or with that of the signal that ended it', async () => {
  const coded = await runTutti(['run', '--', 'node', '-e', 'process.exit(7)'], { cwd, env });
  const killed = await runTutti(
    ['run', '--', 'node', '-e', 'process.kill(process.pid, "SIGKILL")'],
    { cwd, env },
  );

  expect(coded).toEqual({ code: 7, stdout: '', stderr: '' });
  expect(killed).toEqual({ code: 137, stdout: '', stderr: '' });
});

it.for(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('passes %s on to the command', async (signal) => {
  const app = `process.on('${signal}', () => { console.log('stopping'); process.exit(5); });
    setInterval(() => {}, 1000); console.log('up');`;
  const program = tutti(['run', '--', 'node', '-e', app], { cwd, env });
  await program.line('up');

  program.kill(signal);

  await program.line('stopping');
  expect(await program.exit()).toBe(5);
});

it('gives the command its arguments as they are', async () => {
  const given = ['--data', 'x y', '--', '--help', ''];

  const { stdout } = await runTutti(
    ['run', '--', 'node', '-p', 'JSON.stringify(process.argv.slice(1))', '--', ...given],
    { cwd, env },
  );

  expect(JSON.parse(stdout)).toEqual(given);
});

it('says in one line that there is no such command, or that it is no program', async () => {
  await writeFile(join(cwd, 'notes.txt'), 'hello');

  expect(await runTutti(['run', '--', 'no-such-command'], { cwd, env })).toEqual({
    code: 127,
    stdout: '',
    stderr: 'tutti: command not found: no-such-command\n',
  });
  expect(await runTutti(['run', '--', './notes.txt'], { cwd, env })).toMatchObject({
    code: 126,
    stderr: expect.stringMatching(/^tutti: cannot run \.\/notes\.txt: .*\n$/),
  });
});

it('says in one line that no server is known', async () => {
  expect(await runTutti(['run', '--', 'node', sample], { cwd })).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'tutti: no server is known: .tutti/credentials.env is not there. Start one with tutti start, or name its directory with --data.\n',
  });
});

it('says in one line that TUTTI_URL is none', async () => {
  const ended = await runTutti(['run', '--', 'true'], { cwd, env: { ...env, TUTTI_URL: 'here' } });

  expect(ended).toEqual({
    code: 1,
    stdout: '',
    stderr: 'tutti: TUTTI_URL=here: expected a URL as http://127.0.0.1:8080\n',
  });
});
