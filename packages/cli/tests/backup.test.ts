import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeDirectory, runTutti, startTutti } from './_tutti.ts';

it('backs up a server that is being written to, and restores what had been acknowledged', async () => {
  const cwd = await makeDirectory();
  const server = await startTutti(cwd);
  const conversation = await server.client.conversations.v1.conversations.create({});
  const messages = server.client.conversations.v1.conversations(conversation.sid).messages;
  const over = new AbortController();
  let acknowledged = 0;
  const write = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await messages.create({ body: 'b' });
      acknowledged += 1;
    }
  };
  const writers = [write(), write(), write()];
  await expect.poll(() => acknowledged, { timeout: 10_000 }).toBeGreaterThan(10);
  const before = acknowledged;

  const made = await runTutti(['backup', 'all.tutti', '--data', cwd], { cwd });
  const during = acknowledged;
  over.abort();
  await Promise.all(writers);
  const restored = await runTutti(['restore', 'all.tutti', '--data', 'second'], { cwd });

  expect(made).toMatchObject({ code: 0, stderr: '' });
  expect(made.stdout).toMatch(
    /^backup of SQLite in all\.tutti: \d+ rows, 0 media files, \d+ bytes\n$/,
  );
  expect(during).toBeGreaterThan(before);
  expect((await stat(join(cwd, 'all.tutti'))).mode & 0o777).toBe(0o600);
  expect(restored).toMatchObject({ code: 0, stderr: '' });
  expect(restored.stdout).toMatch(/^restored the backup of SQLite made .*Z: \d+ rows, 0 media/);
  const second = await startTutti(join(cwd, 'second'));
  expect(second.accountSid).toBe(server.accountSid);
  const kept = await second.client.conversations.v1
    .conversations(conversation.sid)
    .messages.list({ limit: 10_000, pageSize: 100 });
  expect(kept.length).toBeGreaterThanOrEqual(before);
  expect(kept.map(({ index }) => index)).toEqual(kept.map((_, index) => index));
  const next = await second.client.conversations.v1
    .conversations(conversation.sid)
    .messages.create({ body: 'next' });
  expect(next.index).toBe(kept.length);
});

it('says in one line, with exit code 1, what is in the way, and leaves things as they are', async () => {
  const cwd = await makeDirectory();
  const server = await startTutti(cwd);
  await runTutti(['backup', 'all.tutti', '--data', cwd], { cwd });
  await writeFile(join(cwd, 'half.tutti'), 'half');

  for (const [args, problem] of [
    [
      ['backup', 'all.tutti'],
      'all.tutti is there already. Choose another name, or replace it: --overwrite.',
    ],
    [
      ['backup', 'b', '--data', 'nowhere'],
      'there is no database nowhere/tutti.db. Name the data directory with --data',
    ],
    [['backup', 'none/b', '--data', cwd], 'there is no directory none. Make it first.'],
    [
      ['restore', 'none.tutti'],
      'cannot read none.tutti: there is no such file. Name a file that tutti backup wrote.',
    ],
    [
      ['restore', 'half.tutti', '--data', 'x'],
      'half.tutti is no backup of Tutti. Name a file that tutti backup wrote.',
    ],
    [
      ['restore', 'all.tutti', '--data', cwd, '--replace'],
      'another server runs on the data directory',
    ],
  ] as const) {
    const { code, stdout, stderr } = await runTutti(args, { cwd });
    expect({ args, code, stdout }).toEqual({ args, code: 1, stdout: '' });
    expect(stderr).toMatch(/^tutti: [^\n]*\n$/);
    expect(stderr).toContain(problem);
  }
  const inMemory = await runTutti(['backup', 'b'], { cwd, env: { TUTTI_EPHEMERAL: '1' } });

  expect(inMemory).toMatchObject({ code: 1, stderr: expect.stringContaining('in memory') });
  expect((await readdir(cwd)).toSorted()).toEqual(
    expect.arrayContaining(['all.tutti', 'credentials.env', 'half.tutti', 'tutti.db']),
  );
  expect(await readdir(cwd)).not.toContain('nowhere');
  expect(await readdir(cwd)).not.toContain('x');
  expect((await server.client.conversations.v1.conversations.create({})).sid).toMatch(/^CH/);
});

it('puts what a restore replaces aside and says where', async () => {
  const cwd = await makeDirectory();
  const server = await startTutti(cwd);
  await runTutti(['backup', 'all.tutti', '--data', cwd], { cwd });
  server.program.kill('SIGTERM');
  await server.program.exit();

  const refused = await runTutti(['restore', 'all.tutti', '--data', cwd], { cwd });
  const done = await runTutti(['restore', 'all.tutti', '--data', cwd, '--replace'], { cwd });

  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/has data already \(tutti\.db.*--replace/),
  });
  expect(done.code).toBe(0);
  const aside = /what was there before is in (.*)\n/.exec(done.stdout)?.[1] ?? '';
  expect(await readdir(aside)).toEqual(expect.arrayContaining(['credentials.env', 'tutti.db']));
  expect((await startTutti(cwd)).accountSid).toBe(server.accountSid);
});
