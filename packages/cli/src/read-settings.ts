import { readConfig, readEnv, unreadEnv, type Config, type Env } from '@tutti/server';
import { CommandError } from './command-error.ts';

/**
 * The server's settings: flags stand for variables of the environment and go before them. Says on standard error which
 * variables are no settings. @throws CommandError
 */
export function readSettings(flags: Env): Config {
  for (const problem of unreadEnv()) console.error(`tutti: ${problem}`);
  const config = readConfig({ ...readEnv(), ...flags });
  if (!config.ok) throw new CommandError(config.problems.join('\ntutti: '), 2);
  return config.value;
}
