import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { readArguments } from '../arguments.ts';
import { CommandError } from '../command-error.ts';
import { findServer } from '../server-access.ts';

/** Exit codes of a shell: not found, and found but no program. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/** Runs a command with a preload that leads every Twilio call of it, and of its children, to the server. */
export async function run(args: string[]): Promise<number> {
  const dashes = args.indexOf('--');
  const { values } = readArguments(
    dashes === -1 ? [] : args.slice(0, dashes),
    { data: { type: 'string' } },
    'run',
  );
  const [command, ...rest] = args.slice(dashes + 1);
  if (!command || command.startsWith('-')) {
    throw new CommandError('nothing to run. tutti run [--data DIR] -- node app.js', 2);
  }

  const server = await findServer(values.data);
  const preload = createRequire(import.meta.url).resolve('@tutti/client/register');
  const nodeOptions = [process.env['NODE_OPTIONS'], `--require ${JSON.stringify(preload)}`];
  const child = spawn(command, rest, {
    stdio: 'inherit',
    env: {
      ...process.env,
      TWILIO_ACCOUNT_SID: server.accountSid,
      TWILIO_AUTH_TOKEN: server.authToken,
      ...(server.apiKey === undefined ? {} : { TWILIO_API_KEY: server.apiKey }),
      ...(server.apiSecret === undefined ? {} : { TWILIO_API_SECRET: server.apiSecret }),
      TUTTI_URL: server.url,
      NODE_OPTIONS: nodeOptions.filter((option) => option !== undefined && option !== '').join(' '),
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // Ctrl-C reaches the child by itself, being of the same terminal.
      if (signal === 'SIGTERM' || !hasTerminal()) child.kill(signal);
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(spawnError(command, error)));
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

function hasTerminal(): boolean {
  return process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
}

function spawnError(command: string, error: NodeJS.ErrnoException): CommandError {
  if (error.code === 'ENOENT') return new CommandError(`command not found: ${command}`, NOT_FOUND);
  return new CommandError(`cannot run ${command}: ${error.message}`, NOT_EXECUTABLE);
}
