import { findMainAccount, touchMainAccount } from '../store/accounts.ts';
import type { ActionContext } from './context.ts';

/**
 * Reads and writes, changing nothing.
 *
 * @throws OutletError when the database does not do its part.
 */
export async function probeStore({ db, transact }: ActionContext): Promise<void> {
  await findMainAccount(db);
  await transact(touchMainAccount);
}
