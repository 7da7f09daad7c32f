import { readFile } from 'node:fs/promises';
import { CommandError } from './command-error.ts';

/**
 * The access tokens that `--token` gives, by what to call them: each is a token, or a file that holds one.
 *
 * @throws CommandError for what is neither.
 */
export async function readTokens(given: readonly string[]): Promise<Record<string, string>> {
  const tokens: Record<string, string> = {};
  for (const [index, text] of given.entries()) {
    // A token has two full stops and no slash, a file that is called so is given as ./NAME.
    if (/^[\w-]+\.[\w-]+\.[\w-]*$/.test(text)) {
      tokens[index === 0 ? '--token' : `--token (${index + 1})`] = text;
      continue;
    }
    const value = await readFile(text, 'utf8').catch(() => undefined);
    if (value === undefined) {
      throw new CommandError(`--token ${text} is neither an access token nor a file.`, 2);
    }
    tokens[text] = value.trim();
  }
  return tokens;
}
