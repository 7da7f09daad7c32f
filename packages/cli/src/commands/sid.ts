import { explainSid } from '@tutti/ids';
import { readArguments } from '../arguments.ts';
import { CommandError } from '../command-error.ts';
import { printable } from '../printable.ts';
import { askFor, findServer } from '../server-access.ts';

/** Says what a text is, and, when a server is there, what it knows of it; 1 when it is no SID or not found there. */
export async function sid(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(
    args,
    { json: { type: 'boolean' }, data: { type: 'string' } },
    'sid',
    1,
  );
  const [given] = positionals;
  if (given === undefined) throw new CommandError('which one? tutti sid CN…', 2);
  const explanation = explainSid(given);
  const known = await lookUp(given, values.data);
  if (values.json === true) {
    console.log(JSON.stringify({ sid: given, explanation, ...known }, null, 2));
  } else {
    console.log(explanation.sentence);
    if (known.problem !== undefined) console.log(known.problem);
    if (known.resource !== undefined) printResource(known.resource);
  }
  return explanation.kind === 'sid' && known.resource?.['found'] !== false ? 0 : 1;
}

interface Known {
  readonly resource?: Readonly<Record<string, unknown>>;
  readonly problem?: string;
}

/** Without a server the explanation alone is worth having. */
async function lookUp(given: string, data: string | undefined): Promise<Known> {
  try {
    const server = await findServer(data);
    return { resource: await askFor(server, `/v1/Sids/${encodeURIComponent(given)}`) };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { problem: `Not looked up: ${error.message}` };
  }
}

function printResource(resource: Readonly<Record<string, unknown>>): void {
  for (const name of ['state', 'url', 'date_created']) {
    const value = resource[name];
    if (typeof value === 'string') console.log(`${name.replace('_', ' ')}: ${printable(value)}`);
  }
  const bound = (resource['bound_to'] ?? {}) as Record<string, string | string[] | null>;
  for (const [name, value] of Object.entries(bound)) {
    const text = Array.isArray(value) ? value.join(', ') : (value ?? '');
    if (text !== '') console.log(`${name}: ${printable(text)}`);
  }
  for (const hint of (resource['hints'] ?? []) as string[]) console.log(printable(hint));
}
