import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { parseCode } from '../code/code-file.ts';
import { guardedModules, ownModules } from '../code/guarded-modules.ts';

// A file without these mounts no router.
const mounts = /\.(?:use|register|addHook|all)\s*\(/;
const middlewareOfNext = /^(.*?)(?:middleware|proxy)\.[cm]?[jt]s$/;
const extensions = ['.js', '.ts', '.mjs', '.cjs', '.mts', '.cts', '.jsx', '.tsx'];

/**
 * The files whose routes another file guards: the routers that are mounted behind
 * `twilio.webhook()` or its like, what they load, and the routes of a Next.js application whose
 * middleware looks at signatures.
 *
 * @param code The project's files of code, relative to its folder.
 */
export async function guardedFiles(
  root: string,
  code: readonly string[],
): Promise<ReadonlySet<string>> {
  const all: ReadonlySet<string> = new Set(code);
  const guarded = new Set<string>();
  const add = (file: string, modules: readonly string[]): void => {
    for (const module of modules) {
      const found = fileOf(file, module, all);
      if (found !== undefined) guarded.add(found);
    }
  };
  for (const file of code) {
    const text = await readFile(join(root, file), 'utf8');
    const folder = middlewareOfNext.exec(file)?.[1];
    if (folder !== undefined && /x-twilio-signature/i.test(text)) {
      for (const route of code) {
        if (/^(?:app|pages)\//.test(below(folder, route) ?? '')) guarded.add(route);
      }
    }
    const parsed = mounts.test(text) ? parseCode(file, text) : undefined;
    if (parsed?.ok === true) add(file, guardedModules(parsed));
  }
  // A set is walked to its end, also when it grows.
  for (const file of guarded) {
    const parsed = parseCode(file, await readFile(join(root, file), 'utf8'));
    if (parsed.ok) add(file, ownModules(parsed));
  }
  return guarded;
}

const below = (folder: string, path: string): string | undefined =>
  path.startsWith(folder) ? path.slice(folder.length) : undefined;

/** The file that a module is: with or without its ending, which may be that of what TypeScript makes of it. */
function fileOf(from: string, module: string, all: ReadonlySet<string>): string | undefined {
  const path = posix.join(posix.dirname(from), module);
  const stem = path.replace(/\.[cm]?jsx?$/, '');
  const others = extensions.flatMap((ending) => [`${stem}${ending}`, `${path}/index${ending}`]);
  return [path, ...others].find((file) => all.has(file));
}
