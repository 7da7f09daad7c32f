import { access, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { MediaFiles } from '../../src/store/media-files.ts';
import { keepRecording } from '../../src/voice/keep-recording.ts';
import { open, sqlite } from '../store/_engines.ts';

test('a recording that cannot be kept leaves no file behind', async () => {
  await using opened = await open(sqlite);
  const { context } = opened;
  const account = await opened.account();
  const files = new MediaFiles({ kind: 'memory' });
  const sid = context.ids.sid('ME');
  const path = await files.pathOf(sid);
  await writeFile(path, 'sound');
  const actions = { ...context, transact: () => Promise.reject(new Error('the disk is full')) };

  await keepRecording(
    { actions, files, log: context.log },
    {
      accountSid: account.sid,
      conductorSid: context.ids.sid('CN'),
      recorder: { sid, finish: async () => ({ sizeBytes: 5, durationMs: 20, lostMs: 0 }) },
    },
  );

  await expect(access(path)).rejects.toThrow('ENOENT');
  await files.close();
});

test('a recording that could not be written raises an alert', async () => {
  await using opened = await open(sqlite);
  const { context } = opened;
  const { db, log } = context;
  const { sid: accountSid } = await opened.account();
  const files = new MediaFiles({ kind: 'memory' });
  const sid = context.ids.sid('ME');

  await keepRecording(
    { actions: context, files, log },
    {
      accountSid,
      conductorSid: context.ids.sid('CN'),
      recorder: { sid, finish: () => Promise.reject(new Error('ENOSPC: no space left')) },
    },
  );

  const [alert] = await db.selectFrom('alerts').selectAll().execute();
  expect(alert).toMatchObject({ accountSid, errorCode: 75027, resourceSid: sid });
  expect(alert?.alertText).toContain('ENOSPC: no space left');
  await files.close();
});

test('a recording that the disk was too slow for raises an alert', async () => {
  await using opened = await open(sqlite);
  const { context } = opened;
  const { db, log } = context;
  const { sid: accountSid } = await opened.account();
  const files = new MediaFiles({ kind: 'memory' });
  const sid = context.ids.sid('ME');

  await keepRecording(
    { actions: context, files, log },
    {
      accountSid,
      conductorSid: context.ids.sid('CN'),
      recorder: { sid, finish: async () => ({ sizeBytes: 5, durationMs: 40_000, lostMs: 3000 }) },
    },
  );

  const [alert] = await db.selectFrom('alerts').selectAll().execute();
  expect(alert).toMatchObject({ accountSid, errorCode: 75026, resourceSid: sid });
  expect(alert?.alertText).toContain(`${sid}: 3 s of it are lost`);
  await files.close();
});
