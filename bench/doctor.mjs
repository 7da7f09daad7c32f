// How long the doctor takes for a project of 2,000 files, against parsing the same files and nothing else.
import { cp, mkdir, mkdtemp, readFile, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSync } from 'oxc-parser';
import { examineProject } from '@tutti/doctor';
import { median } from './statistics.mjs';

const FILES = 2000;
const ROUNDS = 5;
const repository = new URL('../', import.meta.url).pathname;

/** A project made of this repository's own code, as often as it takes. */
async function writeProject(root) {
  const packages = await readdir(join(repository, 'packages'), {
    recursive: true,
    withFileTypes: true,
  });
  const sources = packages
    .filter((entry) => entry.isFile() && /(?<!\.d)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => /\/packages\/[^/]+\/src\//.test(path));
  const paths = [];
  for (let index = 0; index < FILES; index += 1) {
    const folder = join(root, `part-${Math.floor(index / 100)}`);
    await mkdir(folder, { recursive: true });
    const path = join(folder, `file-${index}.ts`);
    await cp(sources[index % sources.length], path);
    paths.push(path);
  }
  await mkdir(join(root, 'node_modules'));
  await symlink(join(repository, 'node_modules/twilio'), join(root, 'node_modules/twilio'));
  return paths;
}

async function parseAlone(paths) {
  let statements = 0;
  for (const path of paths) {
    // The tree is made when it is asked for.
    statements += parseSync(path, await readFile(path, 'utf8')).program.body.length;
  }
  return statements;
}

async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** The median times of both, in turn so that both see the same machine. */
export async function doctorTimes() {
  const root = await mkdtemp(join(tmpdir(), 'tutti-bench-doctor-'));
  const paths = await writeProject(root);
  const parsing = [];
  const examining = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    parsing.push(await timed(() => parseAlone(paths)));
    examining.push(await timed(() => examineProject(root, {})));
  }
  await rm(root, { recursive: true });
  return { files: FILES, parseMs: median(parsing), doctorMs: median(examining) };
}
