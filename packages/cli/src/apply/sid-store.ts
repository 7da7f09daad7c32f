import type { Destination } from './configuration.ts';
import { ConsulStore } from './consul-store.ts';
import { EnvFile } from './env-file.ts';
import { EtcdStore } from './etcd-store.ts';

/** What becomes of the names in a place that SIDs are written to. */
export interface StoreChange {
  readonly set: ReadonlyMap<string, string>;
  readonly remove: readonly string[];
}

/** A place that SIDs are written to, under names of variables. */
export interface SidStore {
  /** As people know it. */
  readonly where: string;
  /** What stands there of the project. @throws CommandError when it cannot be read. */
  read(): Promise<ReadonlyMap<string, string>>;
  /** @throws CommandError when it cannot be written. */
  write(change: StoreChange): Promise<void>;
}

/** `directory` is where the path of a file begins. */
export function openStore(destination: Destination, project: string, directory: string): SidStore {
  switch (destination.kind) {
    case 'env':
      return new EnvFile(destination.path, project, directory);
    case 'etcd':
      return new EtcdStore(destination);
    case 'consul':
      return new ConsulStore(destination);
  }
}

/** How a place differs from what it should say: an undefined SID is not known yet. Names no longer in use go if `prune`. */
export function compareStore(
  present: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, string | undefined>,
  prune: boolean,
): { readonly set: readonly string[]; readonly remove: readonly string[] } {
  const set = [...wanted].flatMap(([name, sid]) =>
    sid === undefined || present.get(name) !== sid ? [name] : [],
  );
  return { set, remove: prune ? [...present.keys()].filter((name) => !wanted.has(name)) : [] };
}
