import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnvFile } from '../env/parse-env-file.ts';
import { isEnvFile, isTemplateFile } from '../project/find-files.ts';
import type { NamedSecret } from './signing.ts';

/** What may have signed a webhook: the first is what one is validated with. */
const secretNames = [
  'TWILIO_AUTH_TOKEN',
  'TWILIO_SECONDARY_AUTH_TOKEN',
  'TWILIO_API_SECRET',
  'TWILIO_API_KEY_SECRET',
] as const;

/** The secrets among variables that may have signed a webhook; `where` tells of the file that they stand in. */
export function signingSecrets(
  variables: Readonly<Record<string, string | undefined>>,
  where?: string,
): NamedSecret[] {
  return secretNames.flatMap((name) => {
    const value = variables[name];
    return value ? [{ name: where === undefined ? name : `${name} (${where})`, value }] : [];
  });
}

/**
 * Those of the environment files that stand in a folder, `.env` first.
 *
 * @throws Error of node:fs where the folder or a file cannot be read.
 */
export async function findSigningSecrets(folder: string): Promise<NamedSecret[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile() && isEnvFile(entry.name) && !isTemplateFile(entry.name))
    .map(({ name }) => name)
    .sort();
  const found: NamedSecret[] = [];
  for (const name of names) {
    const assigned = parseEnvFile(name, await readFile(join(folder, name), 'utf8'));
    const variables = Object.fromEntries(assigned.map(({ name: key, value }) => [key, value]));
    found.push(...signingSecrets(variables, name));
  }
  return found;
}
