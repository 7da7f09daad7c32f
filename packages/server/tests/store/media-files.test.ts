import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { randomIds } from '../../src/base/ids.ts';
import { MediaFiles } from '../../src/store/media-files.ts';

it('files are kept again once their directory can be made', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tutti-media-files-'));
  const files = new MediaFiles({ kind: 'file', directory });
  const sid = randomIds.sid('RE');
  await writeFile(join(directory, 'media'), 'no directory');
  await expect(files.pathOf(sid)).rejects.toThrow('EEXIST');

  await rm(join(directory, 'media'));
  await writeFile(await files.pathOf(sid), 'sound');

  expect(await files.dateOf(sid)).toEqual(expect.any(Number));
  await rm(directory, { recursive: true });
});
