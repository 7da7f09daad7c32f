import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WavFile } from './wav-file.ts';

const HEADER_BYTES = 44;
const SECOND_SAMPLES = 8000;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tutti-wav-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** Seconds of a level that tells which second it is. */
function writeSeconds(file: WavFile, from: number, to: number): void {
  for (let second = from; second <= to; second += 1) {
    file.write(new Int16Array(SECOND_SAMPLES).fill(second));
  }
}

async function levels(path: string): Promise<number[]> {
  const bytes = await readFile(path);
  const found: number[] = [];
  for (let at = HEADER_BYTES; at < bytes.length; at += 2 * SECOND_SAMPLES) {
    found.push(bytes.readInt16LE(at));
  }
  return found;
}

test('all that is written is in the file', async () => {
  const path = join(directory, 'whole');
  const file = new WavFile(Promise.resolve(path), 1);

  writeSeconds(file, 1, 3);
  const recorded = await file.finish();

  expect(recorded).toEqual({ durationMs: 3000, sizeBytes: HEADER_BYTES + 48_000, lostMs: 0 });
  expect(await levels(path)).toEqual([1, 2, 3]);
});

test('what a slow disk does not take is silent, told of, and leaves the rest at its time', async () => {
  const path = join(directory, 'slow');
  let openDisk = (_path: string): void => undefined;
  const file = new WavFile(new Promise<string>((resolve) => (openDisk = resolve)), 1);

  writeSeconds(file, 1, 34);
  openDisk(path);
  await expect.poll(() => levels(path).catch(() => [])).toHaveLength(30);
  writeSeconds(file, 35, 36);
  const recorded = await file.finish();

  expect(recorded).toMatchObject({ durationMs: 36_000, lostMs: 3000 });
  const seconds = Array.from({ length: 36 }, (_, index) => index + 1);
  expect(await levels(path)).toEqual(seconds.map((s) => (s > 30 && s < 34 ? 0 : s)));
});

test('a file whose end was lost is as long as what was heard', async () => {
  const path = join(directory, 'end');
  let openDisk = (_path: string): void => undefined;
  const file = new WavFile(new Promise<string>((resolve) => (openDisk = resolve)), 1);

  writeSeconds(file, 1, 32);
  const finished = file.finish();
  openDisk(path);

  expect(await finished).toMatchObject({ durationMs: 32_000, lostMs: 2000 });
  expect((await levels(path)).slice(28)).toEqual([29, 30, 0, 0]);
});
