import { readFile as readText } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { CarryOut, labelOfStep } from '../apply/carry-out.ts';
import type { Configuration } from '../apply/configuration.ts';
import { look } from '../apply/look.ts';
import { keyOf, variableOf } from '../apply/names.ts';
import { planSteps, type Plan, type Step } from '../apply/plan.ts';
import { readFile } from '../apply/read-file.ts';
import { compareStore, openStore, type SidStore, type StoreChange } from '../apply/sid-store.ts';
import { countSteps, tellSteps } from '../apply/tell-plan.ts';
import { readArguments } from '../arguments.ts';
import { CommandError } from '../command-error.ts';
import { printable } from '../printable.ts';
import { findServer, type ServerAccess } from '../server-access.ts';

const options = {
  check: { type: 'boolean' },
  prune: { type: 'boolean' },
  yes: { type: 'boolean' },
  data: { type: 'string' },
} as const;

/** What a place of SIDs is to say, and how it differs. */
interface StorePlan {
  readonly store: SidStore;
  readonly set: readonly string[];
  readonly remove: readonly string[];
}

/**
 * Makes the account what a file says, after it was shown how it differs: 0 when it is so; with --check nothing is
 * changed, and 1 says that it differs. A file or server that cannot be read is 2 (thrown).
 */
export async function apply(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, options, 'apply', 1);
  const [path = 'tutti.yaml'] = positionals;
  const isCheck = values.check === true;
  const prunes = values.prune === true;
  if (isCheck && values.yes === true) {
    throw new CommandError('--check changes nothing, and --yes is for changes: give one.', 2);
  }
  const configuration = await readConfiguration(path);
  for (const note of configuration.left) console.error(`note: ${printable(note)}`);

  const { server, plan, stores } = await orCannotLook(async () => {
    const found = await findServer(values.data);
    const actual = await look(found, configuration, prunes);
    const steps = planSteps(configuration, actual, prunes);
    if (steps.problems.length > 0) {
      throw new CommandError(
        steps.problems.map((problem) => `${path}: ${problem}`).join('\ntutti: '),
      );
    }
    return {
      server: found,
      plan: steps,
      stores: await planStores(configuration, steps, path, prunes),
    };
  });

  for (const line of tellSteps(plan)) console.log(line);
  const written = stores.filter(({ set, remove }) => set.length + remove.length > 0);
  for (const { store, set, remove } of written) {
    console.log(printable(`~ ${store.where}`));
    if (set.length > 0) console.log(`    to write: ${set.join(', ')}`);
    if (remove.length > 0) console.log(printable(`    to remove: ${remove.join(', ')}`));
  }
  if (plan.steps.length === 0 && written.length === 0) {
    console.log(isCheck ? `no drift: ${server.url} is as ${path} says` : 'nothing to do');
    return 0;
  }
  const counts = countSteps(plan.steps) || 'SIDs to write';
  if (isCheck) {
    console.log(`drift: ${counts}. tutti apply ${path} sets it right.`);
    return 1;
  }
  if (values.yes !== true && !(await isConfirmed(counts, server))) return 1;
  const sids = await carryOut(server, configuration, plan, path);
  await writeStores(configuration, written, sids);
  return 0;
}

async function readConfiguration(path: string): Promise<Configuration> {
  let text: string;
  try {
    text = await readText(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      `cannot read ${path}: ${reason}. tutti apply FILE names another one.`,
      2,
    );
  }
  // eslint-disable-next-line node/no-process-env -- ${NAME} of the file is the caller's environment
  const reading = readFile(text, path, process.env);
  if (reading.ok) return reading.configuration;
  throw new CommandError(reading.problems.map(printable).join('\ntutti: '), 2);
}

/** For the part that only looks: whatever keeps it from that is 2. */
async function orCannotLook<T>(looking: () => Promise<T>): Promise<T> {
  try {
    return await looking();
  } catch (error) {
    throw error instanceof CommandError ? new CommandError(error.message, 2) : error;
  }
}

/** What every SID is written as; those of what is not made yet are undefined. */
function variablesOf(
  { wanted }: Configuration,
  sids: ReadonlyMap<string, string>,
): ReadonlyMap<string, string | undefined> {
  return new Map(wanted.map((one) => [variableOf(one), sids.get(keyOf(one))]));
}

async function planStores(
  configuration: Configuration,
  { sids }: Plan,
  path: string,
  prunes: boolean,
): Promise<StorePlan[]> {
  const variables = variablesOf(configuration, sids);
  const plans: StorePlan[] = [];
  for (const destination of configuration.destinations) {
    const store = openStore(destination, configuration.project, dirname(path));
    plans.push({ store, ...compareStore(await store.read(), variables, prunes) });
  }
  return plans;
}

/** Asks on a terminal. @throws CommandError where there is none. */
async function isConfirmed(counts: string, server: ServerAccess): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new CommandError(
      `${counts}; nothing was changed: there is no terminal to ask on. Give --yes to apply it.`,
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    const question = terminal.question(`Apply this to ${server.url}? (yes/no) `);
    const answer = await Promise.race([question, closed]);
    if (/^y(es)?$/i.test(answer.trim())) return true;
    console.log('nothing was changed');
    return false;
  } finally {
    terminal.close();
  }
}

/** SIDs of everything, by `keyOf`. @throws CommandError saying what was done and what was not. */
async function carryOut(
  server: ServerAccess,
  { project }: Configuration,
  { steps, sids }: Plan,
  path: string,
): Promise<ReadonlyMap<string, string>> {
  const work = new CarryOut(server, project, sids);
  for (const [index, step] of steps.entries()) {
    try {
      const sid = await work.do(step);
      console.log(printable(`${done[step.does]} ${labelOfStep(step)} ${sid}`));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const place = step.does === 'remove' ? path : `${path}:${step.wanted.line}`;
      throw new CommandError(
        `${place}: ${labelOfStep(step)}: ${error.message}\n${tellRest(steps, index)}`,
      );
    }
  }
  return work.sids;
}

const done = { create: 'made', change: 'changed', remove: 'removed' } as const;

function tellRest(steps: readonly Step[], failed: number): string {
  const list = (some: readonly Step[]): string => some.map(labelOfStep).join(', ') || 'nothing';
  return [
    `done: ${list(steps.slice(0, failed))}`,
    `not done: ${list(steps.slice(failed))}; no SIDs were written`,
    'Run it again when that is put right: it goes on from here.',
  ]
    .map(printable)
    .join('\n');
}

/** @throws CommandError after all were tried. */
async function writeStores(
  configuration: Configuration,
  stores: readonly StorePlan[],
  sids: ReadonlyMap<string, string>,
): Promise<void> {
  const variables = variablesOf(configuration, sids);
  const failures: string[] = [];
  for (const { store, set, remove } of stores) {
    const change: StoreChange = {
      set: new Map(
        set.flatMap((name) => {
          const sid = variables.get(name);
          return sid === undefined ? [] : [[name, sid] as const];
        }),
      ),
      remove,
    };
    try {
      await store.write(change);
      console.log(printable(`wrote ${store.where}`));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      failures.push(error.message);
    }
  }
  if (failures.length === 0) return;
  const again = 'Everything else was done; run it again to write the SIDs.';
  throw new CommandError(`${failures.join('\ntutti: ')}\n${again}`);
}
