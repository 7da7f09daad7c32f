import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  accountSid,
  clientFolder,
  makeFolder,
  preload,
  repositoryModules,
  runNode,
} from './_program.ts';
import { startRecorder } from './_recorder.ts';

const run = promisify(execFile);
const tsc = join(repositoryModules, 'typescript/bin/tsc');
const quiet = { code: 0, stderr: '' };

const use = `
  const client = twilio('${accountSid}', 'token');
  client.conversations.v1.conversations('CH1').conductors.create({ maxCalls: 2 })
    .then((conductor) => console.log(conductor.sid, typeof twilio.twiml.VoiceResponse));
`;

// What is published is built; the other tests take the sources.
beforeAll(async () => {
  await run(process.execPath, [tsc, '-b', clientFolder]);
});

describe('the built package', () => {
  it.each([
    ['program.cjs', `const twilio = require('@tutti/client');`],
    ['program.mjs', `import twilio from '@tutti/client';`],
  ])('works in %s, and nothing is said on stderr', async (name, line) => {
    await using server = await startRecorder(() => ({ body: { sid: 'CN1' } }));
    await using folder = await makeFolder('@tutti/client');
    await folder.write(name, line + use);

    const outcome = await runNode(folder.path, [name], { TUTTI_URL: server.url });

    expect(outcome).toEqual({ ...quiet, stdout: 'CN1 function\n' });
    expect(server.only().path).toBe('/conversations/v1/Conversations/CH1/Conductors');
  });

  it('is a drop-in for the sample', async () => {
    await using server = await startRecorder(() => ({ body: { sid: 'MB1' } }));
    await using folder = await makeFolder('@tutti/client');
    const sample = await readFile(join(clientFolder, 'tests/data/sample.cjs'), 'utf8');
    await folder.write('program.cjs', sample.replace("'twilio'", "'@tutti/client'"));

    const outcome = await runNode(folder.path, ['program.cjs'], {
      TUTTI_URL: server.url,
      TWILIO_ACCOUNT_SID: accountSid,
      TWILIO_AUTH_TOKEN: 'token',
      CONVERSATION_SID: 'CH1',
      CONDUCTOR_SID: 'CN1',
    });

    expect(outcome).toEqual({ ...quiet, stdout: 'MB1\n' });
    expect(server.only().form).toMatchObject({ 'VoiceBinding.ConductorSid': 'CN1' });
  });

  it('works under the preload, which it brings along', async () => {
    await using server = await startRecorder(() => ({ body: { sid: 'MB1', voice_binding: {} } }));
    await using folder = await makeFolder('@tutti/client', 'twilio');
    await folder.write(
      'program.cjs',
      `const params = { 'voiceBinding.conductorSid': 'CN1' };
       (async () => {
         for (const name of ['@tutti/client', 'twilio']) {
           const { v1 } = require(name)('${accountSid}', 'token').conversations;
           const made = await v1.conversations('CH1').participants.create(params);
           console.log(made.voiceBinding);
         }
       })();
       console.log(require.resolve('@tutti/client/register') === '${preload}');`,
    );

    const outcome = await runNode(
      folder.path,
      ['--require', '@tutti/client/register', 'program.cjs'],
      {
        TUTTI_URL: server.url,
      },
    );

    expect(outcome).toEqual({ ...quiet, stdout: 'true\n{}\n{}\n' });
    expect(server.requests.map(({ body }) => body)).toEqual([
      'VoiceBinding.ConductorSid=CN1',
      'VoiceBinding.ConductorSid=CN1',
    ]);
  });

  it('has types for CommonJS and ES modules', async () => {
    await using folder = await makeFolder('@tutti/client', 'twilio', '@types/node');
    const program = `
      const client: twilio.Twilio = twilio('AC', 'token', { baseUrl: 'http://127.0.0.1:8080' });
      const response: twilio.twiml.VoiceResponse = new twilio.twiml.VoiceResponse();
      const { v1 } = client.conversations;
      export async function main(): Promise<string[]> {
        await v1.conversations('CH').participants.create({ 'voiceBinding.conductorSid': 'CN' });
        // @ts-expect-error -- no such parameter
        await v1.conversations('CH').participants.create({ 'voiceBinding.conductorsSid': 'CN' });
        const conductor = await v1.conversations('CH').conductors('CN').fetch();
        // @ts-expect-error -- a Conductor is no application
        await v1.conversations('CH').conductors.create({ applicationSid: conductor.sid });
        const call = await client.calls.create({ to: '1', from: '2', conductorSid: conductor.sid });
        const [found] = await v1.conductors.list({ callSid: call.sid });
        const year: number | undefined = found?.dateCreated.getFullYear();
        return [String(year), String(call.conductorSid), response.toString()];
      }`;
    await folder.write('program.mts', `import twilio from '@tutti/client';${program}`);
    await folder.write('program.cts', `import twilio = require('@tutti/client');${program}`);
    const options = { module: 'nodenext', target: 'es2023', strict: true, noEmit: true };
    await folder.write(
      'tsconfig.json',
      JSON.stringify({
        compilerOptions: { ...options, types: ['node'], skipLibCheck: true },
        files: ['program.mts', 'program.cts'],
      }),
    );

    expect(await runNode(folder.path, [tsc, '-p', '.'])).toEqual({ ...quiet, stdout: '' });
  });
});
