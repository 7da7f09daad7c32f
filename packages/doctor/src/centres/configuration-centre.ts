import type { Variable } from '../env/examine-variables.ts';

/** A key of a configuration centre and its value. */
export interface Entry {
  readonly key: string;
  readonly value: string;
}

/** Where variables are kept for many programs. */
export interface ConfigurationCentre {
  /** What it is called in a report: `etcd http://127.0.0.1:2379`. */
  readonly name: string;
  /** Every key that begins with the prefix. @throws CannotLook */
  read(prefix: string, signal?: AbortSignal): Promise<readonly Entry[]>;
}

/**
 * The variables that stand in a centre: those of one folder together, as those of one file are. The last part of a
 * key is the variable's name; the key is where it stands.
 */
export function variablesOf(
  centre: ConfigurationCentre,
  entries: readonly Entry[],
): readonly (readonly Variable[])[] {
  const folders = new Map<string, Variable[]>();
  for (const { key, value } of entries) {
    const slash = key.lastIndexOf('/');
    const folder = key.slice(0, slash + 1);
    const variable: Variable = {
      name: key.slice(slash + 1).replaceAll(/[^A-Za-z0-9_]+/g, '_'),
      value,
      place: undefined,
      subject: `${centre.name} ${key}`,
    };
    folders.set(folder, [...(folders.get(folder) ?? []), variable]);
  }
  return [...folders.values()];
}
