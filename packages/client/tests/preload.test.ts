import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { accountSid, clientFolder, repositoryModules, runPreloaded } from './_program.ts';
import { startRecorder } from './_recorder.ts';

const conversationSid = `CH${'0'.repeat(31)}2`;
const conductorSid = `CN${'0'.repeat(31)}3`;
const participant = { sid: `MB${'0'.repeat(31)}4`, conversation_sid: conversationSid };
const participants = `/v1/Conversations/${conversationSid}/Participants`;

const create = `client.conversations.v1.conversations('${conversationSid}').participants.create`;
const program = (text: string): string => `const client = require('twilio')();\n${text}`;
const quiet = { code: 0, stderr: '' };

describe('a program that uses twilio', () => {
  it('runs the sample unmodified: the voice binding arrives, and only the SID is printed', async () => {
    await using server = await startRecorder(() => ({ body: participant }));
    const sample = await readFile(join(clientFolder, 'tests/data/sample.cjs'), 'utf8');

    const outcome = await runPreloaded(server.url, sample, {
      env: { CONVERSATION_SID: conversationSid, CONDUCTOR_SID: conductorSid },
    });

    expect(outcome).toEqual({ ...quiet, stdout: `${participant.sid}\n` });
    const { method, host, path, headers, form } = server.only();
    expect([method, host, path]).toEqual(['POST', 'conversations.twilio.com', participants]);
    expect(headers.authorization).toBe(
      `Basic ${Buffer.from(`${accountSid}:token`).toString('base64')}`,
    );
    expect(form).toEqual({
      'MessagingBinding.Address': 'user@example.com',
      'MessagingBinding.ProxyAddress': '+15551234567',
      'VoiceBinding.ProxyAddress': '+15557654321',
      'VoiceBinding.ConductorSid': conductorSid,
    });
  });

  it("shows the server's error with message and code", async () => {
    await using server = await startRecorder(() => ({
      status: 400,
      body: { code: 75008, message: 'A placeholder', more_info: 'http://x/75008', status: 400 },
    }));
    const sample = await readFile(join(clientFolder, 'tests/data/sample.cjs'), 'utf8');

    const { stdout, stderr } = await runPreloaded(server.url, sample, {
      env: { CONVERSATION_SID: conversationSid },
    });

    expect(stdout).toBe('');
    expect(stderr).toContain('RestException [Error]: A placeholder');
    expect(stderr).toContain('status: 400');
    expect(stderr).toContain('code: 75008');
    expect(stderr).toContain("moreInfo: 'http://x/75008'");
  });

  it('may be an ES module', async () => {
    await using server = await startRecorder(() => ({ body: participant }));

    const outcome = await runPreloaded(
      server.url,
      `import twilio from 'twilio';
       const client = twilio();
       await ${create}({ 'voiceBinding.conductorSid': '${conductorSid}' });`,
      { name: 'program.mjs' },
    );

    expect(outcome).toMatchObject(quiet);
    expect(server.only().form).toEqual({ 'VoiceBinding.ConductorSid': conductorSid });
  });

  it('may be TypeScript run by tsx', async () => {
    await using server = await startRecorder(() => ({ body: participant }));

    const outcome = await runPreloaded(
      server.url,
      `import twilio from 'twilio';
       const client: twilio.Twilio = twilio();
       await ${create}({ conductorSid: '${conductorSid}' } as object);`,
      {
        name: 'program.mts',
        args: ['--import', `file://${join(repositoryModules, 'tsx/dist/loader.mjs')}`],
      },
    );

    expect(outcome).toMatchObject(quiet);
    expect(server.only().form).toEqual({ ConductorSid: conductorSid });
  });

  it('passes the preload on to its child processes', async () => {
    await using server = await startRecorder(() => ({ body: participant }));

    const outcome = await runPreloaded(
      server.url,
      `const text = ${JSON.stringify(program(`${create}({ identity: 'a' })`))};
       require('node:child_process').execFileSync(process.execPath, ['-e', text]);`,
    );

    expect(outcome).toMatchObject(quiet);
    expect(server.only()).toMatchObject({ path: participants, form: { Identity: 'a' } });
  });

  it('passes the preload on to its worker threads', async () => {
    await using server = await startRecorder(() => ({ body: participant }));

    const outcome = await runPreloaded(
      server.url,
      `const text = ${JSON.stringify(program(`${create}({ conductorSid: 'CN' })`))};
       new (require('node:worker_threads').Worker)(text, { eval: true });`,
    );

    expect(outcome).toMatchObject(quiet);
    expect(server.only().form).toEqual({ ConductorSid: 'CN' });
  });

  it('follows page URLs that name Twilio', async () => {
    await using server = await startRecorder(({ query }) => ({
      body: {
        participants: [participant],
        meta: {
          key: 'participants',
          next_page_url: query.has('PageToken')
            ? null
            : `https://conversations.twilio.com${participants}?PageToken=2`,
        },
      },
    }));

    const outcome = await runPreloaded(
      server.url,
      program(`${create.replace('.create', '.list')}().then((all) => console.log(all.length));`),
    );

    expect(outcome).toEqual({ ...quiet, stdout: '2\n' });
    expect(server.requests.map(({ host }) => host)).toEqual([
      'conversations.twilio.com',
      'conversations.twilio.com',
    ]);
  });

  it('may name an edge and a region', async () => {
    await using server = await startRecorder(() => ({ body: participant }));

    const outcome = await runPreloaded(server.url, program(`${create}({ identity: 'a' })`), {
      env: { TWILIO_EDGE: 'sydney', TWILIO_REGION: 'au1' },
    });

    expect(outcome).toMatchObject(quiet);
    expect(server.only().host).toBe('conversations.sydney.au1.twilio.com');
  });

  it('reaches a server that lives under a path', async () => {
    await using server = await startRecorder(() => ({ body: participant }));

    await runPreloaded(`${server.url}/tutti/`, program(`${create}({ identity: 'a' })`));

    expect(server.only().path).toBe(`/tutti${participants}`);
  });
});

describe('parameters that the installed twilio does not know', () => {
  it('are sent under names and in forms that Twilio uses', async () => {
    await using server = await startRecorder(() => ({ body: participant }));

    await runPreloaded(
      server.url,
      program(`${create}({
        identity: 'known',
        xTwilioWebhookEnabled: 'true',
        dateCreated: new Date(0),
        'voiceBinding.address': '+15550001111',
        startsAt: new Date(1500),
        tags: ['a', 'b'],
        urgent: true,
        extra: { a: 1 },
        missing: undefined,
        onDone() {},
      })`),
    );

    const { form, headers } = server.only();
    expect(form).toEqual({
      Identity: 'known',
      DateCreated: '1970-01-01T00:00:00Z',
      'VoiceBinding.Address': '+15550001111',
      StartsAt: '1970-01-01T00:00:01Z',
      Tags: ['a', 'b'],
      Urgent: 'true',
      Extra: '{"a":1}',
    });
    expect(headers['x-twilio-webhook-enabled']).toBe('true');
  });

  it('are sent by update, by calls, by the variants with HTTP information, and as filters', async () => {
    await using server = await startRecorder(({ method }) => ({
      body: method === 'GET' ? { calls: [] } : participant,
    }));

    const outcome = await runPreloaded(
      server.url,
      program(`(async () => {
        await ${create.replace('.create', `('${participant.sid}').update`)}({ conductorSid: 'CN1' });
        await client.calls.create({ to: '+1', from: '+2', url: 'http://x', conductorSid: 'CN2' });
        await client.calls('CA1').update({ conductorSid: 'CN3' });
        await ${create}WithHttpInfo({ conductorSid: 'CN4' });
        const startTimeAfter = new Date(0);
        await client.calls.list({ conductorSid: 'CN5', startTimeAfter, limit: 7 });
      })()`),
    );

    expect(outcome).toMatchObject(quiet);
    expect(server.requests.map(({ form }) => form['ConductorSid'])).toEqual([
      'CN1',
      'CN2',
      'CN3',
      'CN4',
      undefined,
    ]);
    expect(server.requests.map(({ host }) => host.split('.')[0])).toEqual([
      'conversations',
      'api',
      'api',
      'conversations',
      'api',
    ]);
    expect(server.requests.at(-1)?.query.toString()).toBe(
      'StartTime%3E=1970-01-01T00%3A00%3A00Z&PageSize=7&ConductorSid=CN5',
    );
  });

  it('are a header where all of its kind are', async () => {
    await using server = await startRecorder();

    await runPreloaded(
      server.url,
      program(`client.calls('CA1').update({ xTwilioWebhookEnabled: 'true', status: 'completed' })`),
    );

    const { form, headers } = server.only();
    expect(form).toEqual({ Status: 'completed' });
    expect(headers['x-twilio-webhook-enabled']).toBe('true');
  });

  it('stay as they are in a JSON body', async () => {
    await using server = await startRecorder();
    const content = { friendly_name: 'a', language: 'en', types: { 'twilio/text': { body: 'b' } } };

    await runPreloaded(
      server.url,
      program(`const content = { toJSON: () => (${JSON.stringify(content)}) };
        client.content.v1.contents.create(Object.create(content));`),
    );

    expect(JSON.parse(server.only().body)).toEqual(content);
  });

  it('leave the classes of twilio what they are', async () => {
    await using server = await startRecorder(() => ({ body: { sid: 'ES1' } }));

    const { stdout } = await runPreloaded(
      server.url,
      program(`const { SyncListInstance } = require('twilio/lib/rest/sync/v1/service/syncList');
        client.sync.v1.services('IS1').syncLists.create({ extra: 'a' })
          .then((list) => console.log(list instanceof SyncListInstance));`),
    );

    expect(stdout).toBe('true\n');
    expect(server.only().form).toEqual({ Extra: 'a' });
  });

  it('do not change the object of the caller', async () => {
    await using server = await startRecorder(() => ({ body: participant }));

    const { stdout } = await runPreloaded(
      server.url,
      program(`const given = Object.freeze({ conductorSid: 'CN1' });
        ${create}(given).then(() => console.log(JSON.stringify(given)));`),
    );

    expect(stdout).toBe('{"conductorSid":"CN1"}\n');
  });

  it('come back as fields of the instance, before a call-back sees it', async () => {
    const binding = { type: 'phone', conductor_sid: conductorSid };
    await using server = await startRecorder(({ method }) => ({
      body:
        method === 'POST'
          ? { ...participant, voice_binding: binding }
          : { participants: [{ ...participant, voice_binding: binding }] },
    }));

    const { stdout } = await runPreloaded(
      server.url,
      program(`${create}({ identity: 'a' }, (error, made) => {
        const json = (it) => console.log(JSON.stringify([it.voiceBinding, it.toJSON().voiceBinding]));
        json(made);
        ${create.replace('.create', '.each')}(json);
      })`),
    );

    const line = JSON.stringify([binding, binding]);
    expect(stdout).toBe(`${line}\n${line}\n`);
  });
});
