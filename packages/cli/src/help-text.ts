import { commands, type Command } from './commands.ts';

/** What `tutti help` prints. */
export function helpText(): string {
  return ['Usage:', ...[...commands.values()].map(commandHelp)].join('\n');
}

/** What `tutti COMMAND --help` prints. */
export function commandHelp({ usage, does }: Command): string {
  return `  tutti ${usage}\n      ${does}`;
}
