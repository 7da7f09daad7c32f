import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { filesBelow, root } from './_files.ts';

/** Rooms of the server, from the lowest floor up. A room imports from lower floors only. */
const floors = [
  ['base'],
  ['config', 'model'],
  ['store', 'bus', 'callback'],
  ['actions'],
  ['http', 'voice', 'chat', 'channels', 'jobs'],
] as const;

/** What each package may import of the others. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  ids: [],
  twiml: [],
  sip: [],
  media: [],
  server: ['ids', 'twiml', 'sip', 'media'],
  client: ['ids'],
  doctor: ['ids', 'twiml', 'client'],
  'eslint-plugin': ['doctor'],
  testkit: ['ids', 'twiml', 'sip', 'media', 'server', 'client'],
  cli: ['ids', 'twiml', 'sip', 'media', 'server', 'client', 'testkit', 'doctor'],
};
const packages = [...Object.keys(mayImport), 'console'];

interface Planted {
  readonly path: string;
  readonly text: string;
  readonly refused: boolean;
}

function inRoom(room: string, specifier: string, refused: boolean, kind = 'import'): Planted {
  const name = specifier.replaceAll(/[^a-z]+/g, '-').replaceAll(/^-|-$/g, '');
  return {
    path: `packages/server/src/${room}/${kind.replaceAll(' ', '-')}-${name}.ts`,
    text: `${kind} { a } from '${specifier}';\nexport const b: ${kind === 'import' ? 'typeof a' : 'a'} | undefined = undefined;\n`,
    refused,
  };
}

const betweenRooms = floors.flatMap((floor, height) =>
  floor.flatMap((room) =>
    floors.flatMap((others, otherHeight) =>
      others
        .filter((other) => other !== room)
        .flatMap((other) => [
          inRoom(room, `../${other}/thing.ts`, otherHeight >= height),
          inRoom(room, `../${other}/thing.ts`, otherHeight >= height, 'import type'),
        ]),
    ),
  ),
);

const doors = floors[4];
const special = [
  ...doors.map((room) => inRoom(room, '../store/transact.ts', true)),
  inRoom('actions', '../store/transact.ts', false),
  ...['base', 'model', 'bus', 'callback', ...doors].map((room) => inRoom(room, 'kysely', true)),
  inRoom('store', 'kysely', false),
  inRoom('model', 'node:fs', true),
  ...floors
    .flat()
    .flatMap((room) => [
      inRoom(room, '../compose.ts', true),
      inRoom(room, '../main.ts', true),
      inRoom(room, '@tutti/testkit', true),
    ]),
];

const betweenPackages = Object.entries(mayImport).flatMap(([name, allowed]) =>
  packages
    .filter((other) => other !== name)
    .map((other): Planted => ({
      path: `packages/${name}/src/import-${other}.ts`,
      text: `import { a } from '@tutti/${other}';\nexport const b: typeof a | undefined = undefined;\n`,
      refused: !allowed.includes(other),
    })),
);

const planted: readonly Planted[] = [...betweenRooms, ...special, ...betweenPackages];
const directory = mkdtempSync(join(tmpdir(), 'tutti-layers-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Report {
  readonly diagnostics: readonly { readonly code?: string; readonly filename: string }[];
  readonly number_of_files: number;
}

/** Lints the planted files by the project's own rules. */
function lint(): Report {
  copyFileSync(join(root, '.oxlintrc.json'), join(directory, '.oxlintrc.json'));
  for (const { path, text } of planted) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/oxlint/bin/oxlint'), '--format=json'],
    { cwd: directory, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  if (!stdout.trimStart().startsWith('{'))
    throw new Error(`oxlint did not run: ${stdout}${stderr}`);
  return JSON.parse(stdout) as Report;
}

describe('The layer rule', () => {
  const report = lint();
  const refused = new Set(
    report.diagnostics
      .filter(({ code }) => code?.includes('no-restricted-imports'))
      .map(({ filename }) => filename.replaceAll('\\', '/')),
  );

  it('is asked of every planted file', () => {
    expect(planted.length).toBeGreaterThan(100);
    expect(new Set(planted.map(({ path }) => path)).size).toBe(planted.length);
    expect(report.number_of_files).toBe(planted.length);
  });

  it('refuses every import upwards or sideways', () => {
    const missed = planted.filter((one) => one.refused && !refused.has(one.path));

    expect(missed.map(({ path, text }) => `${path}: ${text.split('\n')[0] ?? ''}`)).toEqual([]);
  });

  it('allows every import downwards', () => {
    const wronged = planted.filter((one) => !one.refused && refused.has(one.path));

    expect(wronged.map(({ path, text }) => `${path}: ${text.split('\n')[0] ?? ''}`)).toEqual([]);
  });

  it('knows every room and every package that there is', () => {
    const rooms = new Set(
      filesBelow('packages/server/src', (path) => path.split('/').length > 4).map(
        (path) => path.split('/')[3],
      ),
    );
    const present = new Set(filesBelow('packages', () => true).map((path) => path.split('/')[1]));

    expect(rooms.size).toBeGreaterThan(0);
    expect([...rooms].filter((room) => !floors.flat().some((each) => each === room))).toEqual([]);
    expect([...present].filter((name) => !packages.includes(name ?? ''))).toEqual([]);
  });
});
