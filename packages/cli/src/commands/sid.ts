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
    printUses(known.uses ?? []);
  }
  return explanation.kind === 'sid' && known.resource?.['found'] !== false ? 0 : 1;
}

interface Known {
  readonly resource?: Readonly<Record<string, unknown>>;
  /** The latest uses of it, newest first. */
  readonly uses?: readonly Use[];
  readonly problem?: string;
}

/** As the server tells of a use; other fields are for `--json`. */
interface Use {
  readonly outcome: string;
  readonly parameter: string;
  readonly method: string | null;
  readonly path: string | null;
  readonly call_sid: string | null;
  readonly request_sid: string | null;
  readonly error_code: string | null;
  readonly occurrences: number;
  readonly date_last_occurred: string;
}

const USES_SHOWN = 10;

/** Without a server the explanation alone is worth having. */
async function lookUp(given: string, data: string | undefined): Promise<Known> {
  try {
    const server = await findServer(data);
    const path = `/v1/Sids/${encodeURIComponent(given)}`;
    const resource = await askFor(server, path);
    const { uses } = await askFor(server, `${path}/Uses?PageSize=${USES_SHOWN}`);
    return { resource, uses: uses as Use[] };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { problem: `Not looked up: ${error.message}` };
  }
}

function printResource(resource: Readonly<Record<string, unknown>>): void {
  for (const name of ['state', 'url', 'date_created', 'date_deleted']) {
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

function printUses(uses: readonly Use[]): void {
  if (uses.length > 0) console.log('latest uses:');
  for (const use of uses) {
    const by = [use.method, use.path, use.call_sid, use.request_sid].filter(
      (part) => part !== null,
    );
    const of = by.length === 0 ? 'by the server itself' : by.join(' ');
    const code = use.error_code === null ? '' : ` (${use.error_code})`;
    const times = use.occurrences === 1 ? '' : ` ${use.occurrences} times`;
    const line = `  ${use.date_last_occurred} ${use.outcome}${code}${times} as ${use.parameter}: ${of}`;
    console.log(printable(line));
  }
}
