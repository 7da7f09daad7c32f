import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whether a project's `package.json` has `@tutti/client`, or a script with `tutti run`. */
export function startsWithTutti(root: string): boolean {
  try {
    return /"@tutti\/client"\s*:|\btutti run\b/.test(
      readFileSync(join(root, 'package.json'), 'utf8'),
    );
  } catch {
    // A folder without one has neither.
    return false;
  }
}
