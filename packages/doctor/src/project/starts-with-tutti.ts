import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Whether what holds a file has `@tutti/client`, or is started by `tutti run`: some `package.json`
 * from the file's folder up to the project's says so.
 *
 * @param known What was found for folders before; filled.
 */
export function startsWithTutti(
  folder: string,
  root: string,
  known = new Map<string, boolean>(),
): boolean {
  const found =
    known.get(folder) ??
    (saysSo(folder) ||
      (folder.length > root.length && startsWithTutti(dirname(folder), root, known)));
  known.set(folder, found);
  return found;
}

function saysSo(folder: string): boolean {
  try {
    const manifest = readFileSync(join(folder, 'package.json'), 'utf8');
    return /"@tutti\/client"\s*:|\btutti run\b/.test(manifest);
  } catch {
    // A folder without one says nothing.
    return false;
  }
}
