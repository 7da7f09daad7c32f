import { createRequire } from 'node:module';
import { commands } from './commands.ts';
import { CommandError } from './command-error.ts';
import { commandHelp, helpText } from './help-text.ts';

// A reader that has seen enough, as head(1), is no fault of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const [name = 'help', ...rest] = process.argv.slice(2);
const isHelp = (word: string | undefined): boolean => word === '--help' || word === '-h';

if (name === 'help' || isHelp(name)) {
  console.log(helpText());
} else if (name === '--version') {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  console.log(version);
} else {
  try {
    process.exitCode = await run();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    console.error(`tutti: ${error.message}`);
    process.exitCode = error.exitCode;
  }
}

async function run(): Promise<number> {
  const command = commands.get(name);
  if (command === undefined) {
    throw new CommandError(`there is no command ${name} (see tutti help)`, 2);
  }
  if (!isHelp(rest[0])) return command.run(rest);
  console.log(commandHelp(command));
  return 0;
}
