import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { World } from './world.ts';

/** What the sample printed. */
export interface SampleResult {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs examples/sample.js as `tutti run -- node sample.js` does. */
export function runSample(
  { server }: Pick<World, 'server'>,
  env: Readonly<Record<string, string>>,
): Promise<SampleResult> {
  const sample = fileURLToPath(new URL('../../../../examples/sample.js', import.meta.url));
  const preload = createRequire(import.meta.url).resolve('@tutti/client/register');
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [sample],
      {
        cwd: dirname(sample),
        env: {
          PATH: process.env['PATH'],
          ...env,
          TWILIO_ACCOUNT_SID: server.accountSid,
          TWILIO_AUTH_TOKEN: server.authToken,
          TUTTI_URL: server.url,
          NODE_OPTIONS: `--require ${JSON.stringify(preload)}`,
        },
        timeout: 10_000,
      },
      (_error, stdout, stderr) => resolve({ stdout, stderr }),
    );
  });
}
