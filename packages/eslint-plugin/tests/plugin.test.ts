import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import plugin from 'eslint-plugin-tutti';
import { ESLint, Linter } from 'eslint';
import { describe, expect, it } from 'vitest';
import { readCorpus, writeProject } from '../../doctor/tests/_corpus.ts';

// The plugin has types of its own, so that it needs none of ESLint's.
const recommended = plugin.configs.recommended as unknown as Linter.Config;
const root = fileURLToPath(new URL('../../../', import.meta.url));
const lintable = Object.keys(plugin.rules);

const corpus = readCorpus();
const isJavaScript = (path: string): boolean => /\.m?js$/.test(path);
// ESLint looks at one file at a time, and knows of no tests.
const ofProject: ReadonlySet<string> = new Set([
  'clean-tests-of-a-project',
  'webhook-guarded-by-another-file',
]);
const ofJavaScript = corpus.filter(
  ({ name, broken }) => [...broken.keys()].some(isJavaScript) && !ofProject.has(name),
);

/** What ESLint says of a project, as the corpus writes it. */
async function lint(files: ReadonlyMap<string, string>): Promise<string[]> {
  using project = writeProject(files);
  const eslint = new ESLint({
    cwd: project.root,
    overrideConfigFile: true,
    errorOnUnmatchedPattern: false,
    overrideConfig: [
      { ...recommended, languageOptions: { parserOptions: { ecmaFeatures: { jsx: true } } } },
    ],
  });
  const results = await eslint.lintFiles(['**/*.js', '**/*.mjs']);
  return results.flatMap(({ filePath, messages }) =>
    messages
      .filter(({ ruleId }) => ruleId !== null)
      .map(
        ({ ruleId, line }) =>
          `${ruleId?.replace('tutti/', '')} ${filePath.slice(project.root.length + 1)}:${line}`,
      ),
  );
}

describe('the plugin in ESLint', () => {
  it.each(ofJavaScript)('finds in $name what the doctor finds', async ({ broken, finds }) => {
    const expected = finds
      // The lint rule about SIDs in the code speaks of placeholders too.
      .map((line) => line.replace('no-placeholder-sid', 'no-hard-coded-sid'))
      .filter((line) => lintable.some((rule) => line.startsWith(`${rule} `)))
      .filter((line) => isJavaScript(line.replace(/:\d+$/, '')));

    expect((await lint(broken)).sort()).toEqual(expected.sort());
  });

  it.each(ofJavaScript)('finds nothing in the repaired $name', async ({ repaired }) => {
    expect(await lint(repaired)).toEqual([]);
  });

  it.each([
    [
      'a name, wherever it is used',
      'const sid = process.env.CONVERSATION_SID; open(sid); f({ sid }); x.sid = y.sid;',
      'const conversationSid = process.env.CONVERSATION_SID; open(conversationSid); f({ sid: conversationSid }); x.sid = y.sid;',
    ],
    [
      'a variable in place of a literal',
      "start('CH3f2a91c07be64d58a1c9e0b7d4526f8e');",
      'start(process.env.CONVERSATION_SID);',
    ],
    [
      'the parameter that was meant',
      "require('twilio')(a, b).calls.create({ statusCallbacks: 'https://example.com' });",
      "require('twilio')(a, b).calls.create({ statusCallback: 'https://example.com' });",
    ],
  ])('suggests %s', (_, given, wanted) => {
    const linter = new Linter({ cwd: root });
    const messages = linter.verify(
      given,
      [
        {
          ...recommended,
          languageOptions: { sourceType: 'commonjs' },
        },
      ],
      join(root, 'sample.js'),
    );

    const [suggestion] = messages.flatMap(({ suggestions = [] }) => suggestions);
    const { fix } = suggestion ?? {};
    expect(fix && given.slice(0, fix.range[0]) + fix.text + given.slice(fix.range[1])).toBe(wanted);
  });
});

describe('the plugin in oxlint', () => {
  it('is loaded, and finds in TypeScript what it finds in ESLint', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tutti-oxlint-'));
    writeFileSync(
      join(folder, '.oxlintrc.json'),
      JSON.stringify({
        categories: { correctness: 'off' },
        jsPlugins: [join(root, 'packages/eslint-plugin/dist/index.js')],
        rules: plugin.configs.recommended.rules,
      }),
    );
    writeFileSync(
      join(folder, 'bind.ts'),
      'export const conductorSid: string | undefined = process.env.VOICE_APP_SID;\n',
    );
    const oxlint = join(root, 'node_modules/.bin/oxlint');

    const { stdout } = spawnSync(oxlint, ['--format=json', 'bind.ts'], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 15_000,
    });
    rmSync(folder, { recursive: true });

    expect(JSON.parse(stdout)).toMatchObject({
      diagnostics: [
        {
          code: 'tutti(sid-kind-matches-parameter)',
          message: expect.stringContaining('`VOICE_APP_SID` is an Application SID') as string,
          labels: [{ span: { line: 1 } }],
        },
      ],
    });
  });
});
