import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What of a project is looked at; paths are relative to it, with slashes. */
export interface ProjectFiles {
  readonly env: readonly string[];
  readonly code: readonly string[];
  /** Files that are too large to be anybody's own code. */
  readonly leftOut: readonly string[];
}

const codeFile = /\.(?:[cm]?[jt]s|[jt]sx)$/;
const envFileName = /^(?:\.env(?:\..+)?|.+\.env|\.dev\.vars)$/;
const generated = /\.(?:d\.[cm]?ts|min\.[cm]?js)$/;
const skipped: ReadonlySet<string> = new Set([
  'node_modules',
  'bower_components',
  'dist',
  'build',
  'out',
  'coverage',
  'vendor',
  '__pycache__',
]);
const LARGEST_BYTES = 1_000_000;
const LONGEST_LINE = 5000;

/** Finds a project's environment files and source code, in the order of their names. */
export async function findFiles(root: string): Promise<ProjectFiles> {
  const env: string[] = [];
  const code: string[] = [];
  const leftOut: string[] = [];
  const visit = async (folder: string): Promise<void> => {
    const entries = await readdir(join(root, folder), { withFileTypes: true });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        // `.git`, `.next`, `.tutti`: nobody writes code there.
        if (!skipped.has(entry.name) && !entry.name.startsWith('.')) await visit(path);
      } else if (entry.isFile()) {
        const isCode = codeFile.test(entry.name) && !generated.test(entry.name);
        if (!isCode && !isEnvFile(entry.name)) continue;
        const { size } = await stat(join(root, path));
        (size > LARGEST_BYTES ? leftOut : isCode ? code : env).push(path);
      }
    }
  };
  await visit('');
  return { env, code, leftOut };
}

/** Whether a file of this name holds variables of the environment. */
export const isEnvFile = (name: string): boolean => envFileName.test(name);

/** Whether a file shows what to fill in, or is for tests: `.env.example`, `.env.test`. */
export const isTemplateFile = (path: string): boolean =>
  /\.(?:example|sample|template|dist|defaults?|test)$|(?:^|[./])(?:example|sample|template)\./i.test(
    path,
  );

/** Whether a file is of tests: made-up SIDs belong there. */
export const isTestFile = (path: string): boolean =>
  /(?:^|\/)(?:tests?|__tests__|__mocks__|spec|fixtures?|e2e|mocks?)\/|[._-](?:test|spec|mock|fixture)s?\.[cm]?[jt]sx?$/i.test(
    path,
  );

/** Whether a text of code is a bundle's: most of it stands in lines that nobody writes. */
export function isMinified(text: string): boolean {
  const long = text.split('\n').filter((line) => line.length > LONGEST_LINE);
  return long.reduce((sum, line) => sum + line.length, 0) > text.length / 2;
}
