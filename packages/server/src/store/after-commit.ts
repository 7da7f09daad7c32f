import type { Transact, Tx } from './transact.ts';

/** Of the action that runs in a transaction; on SQLite actions share one, and run one after another. */
const waiting = new WeakMap<Tx, (() => void)[]>();

/**
 * Does `what` once the action that runs in `tx` is committed, and once only, however often it is run: for what no
 * database undoes, such as counting.
 */
export function afterCommit(tx: Tx, what: () => void): void {
  waiting.get(tx)?.push(what);
}

/** `transact` that minds `afterCommit`. */
export function withAfterCommit(transact: Transact): Transact {
  return async (action) => {
    let last: (() => void)[] = [];
    const result = await transact((tx) => {
      last = [];
      waiting.set(tx, last);
      return action(tx);
    });
    for (const each of last) each();
    return result;
  };
}
