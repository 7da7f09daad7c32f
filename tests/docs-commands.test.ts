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

  it.each([
    ['README.md', ''],
    ['packages/cli/README.md', ''],
    // It tells what each command reads that works on a server's data.
    ['docs/configuration.md', '--data'],
  ])('%s mentions every command', (path, flag) => {
    const wanted = [...commands].filter(([, { usage }]) => usage.includes(flag));
    const text = textOf(path);

    expect(wanted.length).toBeGreaterThan(0);
    expect(
      wanted
        .map(([name]) => name)
        .filter((name) => !new RegExp(`(\`|tutti )${name}\\b`).test(text)),
    ).toEqual([]);
  });

  it('is all to be found from the README, but for the pages of single errors', () => {
    const readme = textOf('README.md');
    const unlinked = pages.filter(
      (path) => /^docs\/[^/]+\.md$/.test(path) && !readme.includes(`](${path})`),
    );

    expect(unlinked).toEqual([]);
  });
});
