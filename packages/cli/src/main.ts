import { createRequire } from 'node:module';
import { nearestName } from '@tutti/ids';
import { commands } from './commands.ts';
import { CommandError } from './command-error.ts';
import { commandHelp, helpText } from './help-text.ts';

// A reader that has seen enough, as head(1), is no fault of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const [name = 'help', ...rest] = process.argv.slice(2);
const isHelp = (word: string): boolean => word === '--help' || word === '-h';

const [topic] = rest;
if (isHelp(name) || (name === 'help' && (topic === undefined || isHelp(topic)))) {
  console.log(helpText());
} else if (name === '--version') {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  console.log(version);
} else {
  try {
    process.exitCode = await run(name === 'help' ? (topic ?? '') : name);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    console.error(`tutti: ${error.message}`);
    process.exitCode = error.exitCode;
  }
}

async function run(called: string): Promise<number> {
  const command = commands.get(called);
  if (command === undefined) {
    const nearest = nearestName(called, [...commands.keys()]);
    const meant = nearest === undefined ? '' : `; did you mean ${nearest}?`;
    throw new CommandError(`there is no command ${called}${meant} (see tutti help)`, 2);
  }
  if (!asksForHelp()) return command.run(rest);
  console.log(commandHelp(command));
  return 0;
}

/** What stands behind `--` is another program's. */
function asksForHelp(): boolean {
  const end = rest.indexOf('--');
  return name === 'help' || rest.slice(0, end === -1 ? rest.length : end).some(isHelp);
}
