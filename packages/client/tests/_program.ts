import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const clientFolder = join(here, '..');
export const repositoryModules = join(here, '../../../node_modules');
export const preload = join(clientFolder, 'preload/register.cjs');
export const accountSid = `AC${'0'.repeat(31)}1`;

/** A user's own folder, outside of the repository, with some packages installed. */
export interface ProgramFolder extends AsyncDisposable {
  readonly path: string;
  write(name: string, text: string): Promise<void>;
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function makeFolder(...packages: string[]): Promise<ProgramFolder> {
  const path = await mkdtemp(join(tmpdir(), 'tutti-client-'));
  for (const name of packages) {
    const link = join(path, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(repositoryModules, name), link);
  }
  return {
    path,
    async write(name, text) {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), text);
    },
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** Runs node in a folder; the environment is what is given and nothing that tests inherit. */
export function runNode(
  folder: string,
  args: readonly string[],
  env: Record<string, string | undefined> = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { PATH: process.env['PATH'], ...env }, timeout: 15_000 };
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}

/** Runs one program text as `tutti run` runs it, with twilio and axios installed beside it. */
export async function runPreloaded(
  url: string | undefined,
  text: string,
  options: { name?: string; env?: Record<string, string>; args?: readonly string[] } = {},
): Promise<Outcome> {
  const { name = 'program.cjs', env = {}, args = [] } = options;
  await using folder = await makeFolder('twilio', 'axios');
  await folder.write(name, text);
  return await runNode(folder.path, [...args, name], {
    NODE_OPTIONS: `--require "${preload}"`,
    TUTTI_URL: url,
    TWILIO_ACCOUNT_SID: accountSid,
    TWILIO_AUTH_TOKEN: 'token',
    ...env,
  });
}
