import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { readArguments } from '../arguments.ts';
import { CommandError } from '../command-error.ts';
import { findServer } from '../server-access.ts';

/** Runs a command with a preload that leads every Twilio call of it, and of its children, to the server. */
export async function run(args: string[]): Promise<number> {
  const dashes = args.indexOf('--');
  const own = dashes === -1 ? [] : args.slice(0, dashes);
  const [command, ...rest] = dashes === -1 ? args : args.slice(dashes + 1);
  const { values } = readArguments(own, { data: { type: 'string' } }, 'run');
  if (command === undefined || command.startsWith('--data')) {
    throw new CommandError('nothing to run. tutti run -- node app.js', 2);
  }
  const server = await findServer(values.data);
  const preload = createRequire(import.meta.url).resolve('@tutti/client/register');
  const nodeOptions = [process.env['NODE_OPTIONS'], `--require ${JSON.stringify(preload)}`];
  const child = spawn(command, rest, {
    stdio: 'inherit',
    env: {
      // What the user set goes first: their own credentials may be those of another account here.
      TWILIO_ACCOUNT_SID: server.accountSid,
      TWILIO_AUTH_TOKEN: server.authToken,
      ...(server.apiKey === undefined ? {} : { TWILIO_API_KEY: server.apiKey }),
      ...(server.apiSecret === undefined ? {} : { TWILIO_API_SECRET: server.apiSecret }),
      ...process.env,
      TUTTI_URL: server.url,
      NODE_OPTIONS: nodeOptions.filter((option) => option !== undefined && option !== '').join(' '),
    },
  });
  // Ctrl-C reaches the child by itself, being of the same terminal; other ends are passed on.
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGINT', () => undefined);
  process.once('SIGTERM', pass);
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      reject(new CommandError(`cannot run ${command}: ${error.message}`, 127));
    });
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
