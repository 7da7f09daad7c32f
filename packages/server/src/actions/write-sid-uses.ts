import { insertSidUses } from '../store/sid-uses.ts';
import type { ActionContext } from './context.ts';

/** Rows written in one transaction: others wait behind it. */
const BATCH = 50;

/** Writes what the ledger has noted. What cannot be written is lost: who uses a SID does not wait for the ledger. */
export async function writeSidUses({
  transact,
  ledger,
}: Pick<ActionContext, 'transact' | 'ledger'>): Promise<void> {
  await ledger.inTurn(async () => {
    const rows = ledger.take();
    for (let start = 0; start < rows.length; start += BATCH) {
      const batch = rows.slice(start, start + BATCH);
      await transact((tx) => insertSidUses(tx, batch));
    }
  });
}
