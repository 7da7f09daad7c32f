import { commands } from './commands.ts';
import { CommandError } from './command-error.ts';
import { helpText } from './help-text.ts';

const [name = 'help', ...rest] = process.argv.slice(2);

if (['help', '--help', '-h'].includes(name)) {
  console.log(helpText());
} else {
  const command = commands.get(name);
  if (command === undefined) {
    console.error(`tutti: there is no command ${name}.\n\n${helpText()}`);
    process.exitCode = 2;
  } else {
    try {
      process.exitCode = await command.run(rest);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      console.error(`tutti: ${error.message}`);
      process.exitCode = error.exitCode;
    }
  }
}
