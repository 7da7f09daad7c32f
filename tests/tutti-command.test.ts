import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../packages/cli/src/commands.ts';
import { root } from './_files.ts';

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tutti-command-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Runs the built command in an empty directory, as `npx tutti` does. */
function tutti(...args: readonly string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [join(root, 'packages/cli/bin/tutti.js'), ...args], {
    cwd: directory,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

describe('tutti', () => {
  it.each(['help', '--help', '-h'])('%s tells every command', async (argument) => {
    const { code, stdout } = await tutti(argument);

    expect(code).toBe(0);
    expect(commands.size).toBeGreaterThan(0);
    for (const name of commands.keys()) expect(stdout).toContain(`tutti ${name}`);
  });

  it('refuses a command that it does not have with exit code 2', async () => {
    const { code, stdout, stderr } = await tutti('strat');

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('strat');
    expect(stderr).toContain('tutti help');
  });

  it('refuses an option that a command does not have with exit code 2', async () => {
    const { code, stderr } = await tutti('start', '--prot', '8080');

    expect(code).toBe(2);
    expect(stderr).toContain('--prot');
  });

  it('names every setting that cannot be used', async () => {
    const { code, stderr } = await tutti('start', '--port', 'http', '--sip-port', '70000');

    expect(code).toBe(2);
    expect(stderr).toContain('TUTTI_PORT=http');
    expect(stderr).toContain('TUTTI_SIP_PORT=70000');
  });

  it('explains a SID without a server', async () => {
    const { code, stdout } = await tutti('sid', 'CN0a1b2c3O4d5e6f708192a3b4c5d6e7f8');

    expect(code).toBe(1);
    expect(stdout).toContain('character 10 is "O"');
  });

  it('says what is to be done when no server is known', async () => {
    const { code, stderr } = await tutti('run', '--', 'node', '--version');

    expect(code).toBe(1);
    expect(stderr).toContain('tutti start');
  });
});
