import { describe, expect, it } from 'vitest';
import { commands } from '../packages/cli/src/commands.ts';
import { filesBelow, root, textOf } from './_files.ts';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const pages = filesBelow(
  '.',
  (path) => path.endsWith('.md') && (!path.startsWith('packages/') || path.endsWith('/README.md')),
);

describe('The documentation', () => {
  it('is there', () => {
    expect(pages).toEqual(
      expect.arrayContaining(['README.md', 'CHANGELOG.md', 'docs/architecture.md']),
    );
  });

  it.each(pages)('%s names only commands of tutti that exist', (path) => {
    // In code: `tutti run -- …`, `npx tutti demo`, or at the start of a line of a block.
    const named = [...textOf(path).matchAll(/(?:`|^(?:\$ )?)(?:npx )?tutti ([a-z]+)/gm)].map(
      ([, name = '']) => name,
    );

    // `tutti ready …` is the line that the server prints.
    const unknown = named.filter(
      (name) => !['help', 'ready'].includes(name) && !commands.has(name),
    );
    expect(unknown).toEqual([]);
  });

  it.each(pages)('%s names only scripts of the package that exist', (path) => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    const named = [...textOf(path).matchAll(/npm run ([a-z:]+)/g)].map(([, name = '']) => name);

    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it.each(pages)('%s links only to files that are there', (path) => {
    const links = [...textOf(path).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)];
    const missing = links
      .map(([, target = '']) => target)
      .filter((target) => !existsSync(join(root, dirname(path), target)));

    expect(missing).toEqual([]);
  });

  it('mentions every command', () => {
    const readme = textOf('README.md');

    expect(commands.size).toBeGreaterThan(0);
    expect([...commands.keys()].filter((name) => !readme.includes(`tutti ${name}`))).toEqual([]);
  });
});
