import type { Instant } from '../base/clock.ts';
import { deleteExpired, findStretch, type ExpiringTable } from '../store/expired.ts';
import type { ActionContext } from './context.ts';

/** Rows looked at in one transaction: others wait behind it. */
const BATCH = 500;

export interface RemovedExpired {
  readonly removed: number;
  /** Where to go on; undefined when what follows is too young. */
  readonly nextSeq: number | undefined;
}

/** Removes what in a batch of `table` was made before `before` and is finished. Starts after `afterSeq`, 0 at first. */
export async function removeExpired(
  context: Pick<ActionContext, 'transact'>,
  table: ExpiringTable,
  before: Instant,
  afterSeq: number,
): Promise<RemovedExpired> {
  return context.transact(async (tx) => {
    const stretch = await findStretch(tx, table, afterSeq, BATCH);
    if (stretch === undefined) return { removed: 0, nextSeq: undefined };
    const removed = await deleteExpired(tx, table, stretch, before);
    const goesOn = stretch.count === BATCH && stretch.lastCreated < before;
    return { removed, nextSeq: goesOn ? stretch.lastSeq : undefined };
  });
}
