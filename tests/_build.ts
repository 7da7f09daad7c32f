import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Builds every package before the first test; files that are up to date are left alone. */
export function setup(): void {
  const root = fileURLToPath(new URL('..', import.meta.url));
  try {
    execFileSync('npm', ['run', '--silent', 'build'], {
      cwd: root,
      encoding: 'utf8',
      stdio: 'pipe',
    });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`The packages cannot be built (npm run build):\n${stdout}${stderr}`, {
      cause: error,
    });
  }
}
