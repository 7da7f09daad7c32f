import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A small project of somebody's: broken, with what must be found, and repaired. */
export interface Case {
  readonly name: string;
  /** `rule file:line`, in the order of the report. Empty for what is correct as it is. */
  readonly finds: readonly string[];
  /** Rules of an audit, where the project has a `tutti.yaml` that is applied to a new account. */
  readonly audits: readonly string[];
  readonly broken: ReadonlyMap<string, string>;
  readonly repaired: ReadonlyMap<string, string>;
}

const folder = fileURLToPath(new URL('corpus/', import.meta.url));
const twilio = fileURLToPath(new URL('../../../node_modules/twilio', import.meta.url));

/**
 * The projects of the corpus. A file holds one: a sentence, `finds:` and `audits:` lines, then the
 * files, each after `=== broken/PATH`, `=== repaired/PATH` or `=== both/PATH`.
 */
export function readCorpus(): Case[] {
  return readdirSync(folder)
    .sort()
    .map((file) => readCase(file.replace(/\.txt$/, ''), readFileSync(join(folder, file), 'utf8')));
}

function readCase(name: string, text: string): Case {
  const [head = '', ...parts] = text.split(/^=== /m);
  const broken = new Map<string, string>();
  const repaired = new Map<string, string>();
  for (const part of parts) {
    const [title = '', ...lines] = part.split('\n');
    const slash = title.indexOf('/');
    const path = title.slice(slash + 1);
    const content = lines.join('\n');
    const twin = title.slice(0, slash);
    if (!['broken', 'repaired', 'both'].includes(twin)) throw new Error(`${name}: === ${title}`);
    if (twin !== 'repaired') broken.set(path, content);
    if (twin !== 'broken') repaired.set(path, content);
  }
  const told = (label: string): string[] =>
    [...head.matchAll(new RegExp(`^${label}: (.+)$`, 'gm'))].map(([, line = '']) => line);
  return { name, finds: told('finds'), audits: told('audits'), broken, repaired };
}

/** Writes a project into a folder of its own, with the `twilio` of this repository. */
export function writeProject(files: ReadonlyMap<string, string>): Disposable & { root: string } {
  const root = mkdtempSync(join(tmpdir(), 'tutti-corpus-'));
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  mkdirSync(join(root, 'node_modules'));
  symlinkSync(twilio, join(root, 'node_modules/twilio'));
  return {
    root,
    [Symbol.dispose]() {
      rmSync(root, { recursive: true });
    },
  };
}
