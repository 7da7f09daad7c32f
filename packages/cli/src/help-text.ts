import { commands } from './commands.ts';

/** What `tutti help` prints. */
export function helpText(): string {
  const lines = [...commands.values()].map(({ usage, does }) => `  tutti ${usage}\n      ${does}`);
  return ['Usage:', ...lines].join('\n');
}
