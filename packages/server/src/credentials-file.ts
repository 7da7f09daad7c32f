import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What `credentials.env` holds, for `tutti run`, for the shell and for any dotenv reader. */
export interface Credentials {
  readonly TWILIO_ACCOUNT_SID: string;
  readonly TWILIO_AUTH_TOKEN: string;
  readonly TWILIO_API_KEY: string;
  readonly TWILIO_API_SECRET: string;
  readonly TUTTI_URL: string;
}

/** The variables of a `credentials.env`; empty when there is none. */
export async function readCredentials(path: string): Promise<Partial<Credentials>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return {};
    throw error;
  }
  const entries = text.matchAll(/^([A-Z_]+)=(.*)$/gm);
  return Object.fromEntries([...entries].map(([, name, value = '']) => [name, value.trim()]));
}

/** Writes the file for its owner alone; a reader sees the old or the new one, never half of it. */
export async function writeCredentials(path: string, credentials: Credentials): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const lines = Object.entries(credentials).map(([name, value]) => `${name}=${value}\n`);
  const draft = `${path}.new`;
  // The mode is that of a file newly made: one left over would keep its own.
  await rm(draft, { force: true });
  await writeFile(draft, lines.join(''), { mode: 0o600 });
  await rename(draft, path);
}
