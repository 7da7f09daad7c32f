import { readConfig, readEnv, type Config, type Env } from '@tutti/server';
import { CommandError } from './command-error.ts';

/** The server's settings: flags stand for variables of the environment and go before them. @throws CommandError */
export function readSettings(flags: Env): Config {
  const config = readConfig({ ...readEnv(), ...flags });
  if (!config.ok) throw new CommandError(config.problems.join('\ntutti: '), 2);
  return config.value;
}
