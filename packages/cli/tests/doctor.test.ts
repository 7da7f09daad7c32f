import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeDirectory, runTutti, tuttiAtTerminal } from './_tutti.ts';

const application = 'AP3f8a1c5e9b2d4f60718293a4b5c6d7e8';

async function project(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await makeDirectory();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

const mixedUp = {
  '.env': `CONDUCTOR_SID=${application}\n`,
  'src/bind.ts': 'export const conductorSid = process.env.VOICE_APP_SID;\n',
};

describe('tutti doctor', () => {
  it('says by file what is wrong, what comes of it and what to do, and leaves with 1', async () => {
    const cwd = await project(mixedUp);

    const { code, stdout, stderr } = await runTutti(['doctor', '--lang', 'en'], { cwd });

    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/^\.env\n {2}1:15 +error {2}CONDUCTOR_SID holds an Application SID/m);
    expect(stdout).toMatch(/^src\/bind\.ts\n {2}1:29 +error /m);
    expect(stdout).toContain('what to do: Pass a Conductor SID (CN…).');
    expect(stdout).toContain('1 environment file and 1 file of code');
    expect(stdout).toContain('no twilio is installed there');
  });

  it.each([
    ['en', 'Looked at 1 of 1 files of code'],
    ['zh', '已检查 1/1 个代码文件'],
  ])('shows at a terminal how far it is, in the language %s', async (language, progress) => {
    const cwd = await project(mixedUp);
    await using terminal = tuttiAtTerminal(['doctor', '--lang', language], { cwd });

    expect(await terminal.exit()).toBe(1);
    expect(terminal.stdout).toContain(progress);
  });

  it('leaves with 0 when nothing is wrong', async () => {
    const root = await project({ '.env': `APPLICATION_SID=${application}\n` });

    const { code, stdout } = await runTutti(['doctor', root, '--lang', 'en'], { cwd: root });

    expect(code).toBe(0);
    expect(stdout).toContain('Nothing is wrong.');
  });

  it('leaves with 2 when it cannot look', async () => {
    const root = await project({});

    const noFolder = await runTutti(['doctor', join(root, 'nowhere')], { cwd: root });
    const noLanguage = await runTutti(['doctor', '--lang', 'tlh'], { cwd: root });
    const twoOutputs = await runTutti(['doctor', '--json', '--sarif'], { cwd: root });

    expect([noFolder.code, noLanguage.code, twoOutputs.code]).toEqual([2, 2, 2]);
    expect(noFolder.stderr).toContain('is no folder');
    expect(noLanguage.stderr).toContain('--lang takes en or zh, not tlh');
  });

  it('speaks Chinese where the locale does, and when told to', async () => {
    const cwd = await project(mixedUp);

    const byLocale = await runTutti(['doctor'], { cwd, env: { LANG: 'zh_CN.UTF-8' } });
    const byFlag = await runTutti(['doctor', '--lang', 'zh'], { cwd, env: { LANG: 'C' } });

    expect(byLocale.stdout).toContain('2 个错误，0 个警告。');
    expect(byFlag.stdout).toBe(byLocale.stdout);
  });

  it('gives JSON and SARIF', async () => {
    const cwd = await project(mixedUp);

    const json = await runTutti(['doctor', '--json', '--lang', 'en'], { cwd });
    const sarif = await runTutti(['doctor', '--sarif', '--lang', 'en'], { cwd });

    expect(JSON.parse(json.stdout)).toMatchObject({
      findings: [
        { rule: 'env-wrong-kind', severity: 'error', file: '.env', line: 1, column: 15 },
        { rule: 'sid-kind-matches-parameter', file: 'src/bind.ts', line: 1 },
      ],
    });
    expect(JSON.parse(sarif.stdout)).toMatchObject({
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'tutti doctor' } },
          results: [
            {
              ruleId: 'env-wrong-kind',
              level: 'error',
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: '.env' },
                    region: { startLine: 1, startColumn: 15 },
                  },
                },
              ],
            },
            { ruleId: 'sid-kind-matches-parameter' },
          ],
        },
      ],
    });
  });

  it('looks at the environment, at a token in a file, and says what it could not look at', async () => {
    const cwd = await project({ 'token.txt': 'eyJ.eyJ' });
    const args = ['doctor', '--lang', 'en'];

    const found = await runTutti(
      [...args, '--token', 'token.txt', '--etcd', 'http://127.0.0.1:1'],
      {
        cwd,
        env: { CONDUCTOR_SID: application },
      },
    );
    const notReached = await runTutti([...args, '--consul', 'http://127.0.0.1:1'], { cwd });

    expect(found.code).toBe(1);
    expect(found.stdout).toContain('The environment of this process\n');
    expect(found.stdout).toContain('token.txt\n');
    expect(found.stdout).toContain('is no JSON Web Token');
    expect(found.stdout).toContain('Could not look at etcd http://127.0.0.1:1: ');
    expect(notReached).toMatchObject({ code: 2, stderr: '' });
  });

  it.each([
    [['--prefix', 'shop/'], 'give --etcd or --consul'],
    [['--etcd', 'nowhere'], 'nowhere is no URL'],
    [['--token', 'nothing'], 'neither an access token nor a file'],
  ])('leaves with 2 for %j', async (args, problem) => {
    const cwd = await project({});

    const { code, stderr } = await runTutti(['doctor', ...args], { cwd });

    expect(code).toBe(2);
    expect(stderr).toContain(problem);
  });
});
