import type { Sid } from '@tutti/ids';
import { afterCommit } from '../store/after-commit.ts';
import type { Tx } from '../store/transact.ts';
import type { ActionContext } from './context.ts';
import type { UseSource } from './sid-ledger.ts';

const own: UseSource = { method: null, route: null };

/** Tells the ledger of a SID that the server made by itself, for a call or beside what was asked for: no answer tells of it. */
export function noteMade(
  tx: Tx,
  { ledger }: Pick<ActionContext, 'ledger'>,
  made: { readonly accountSid: Sid<'AC'>; readonly sid: string },
): void {
  afterCommit(tx, () =>
    ledger.note(own, {
      accountSid: made.accountSid,
      sid: made.sid,
      outcome: 'made',
      place: 'answer',
      parameter: 'sid',
    }),
  );
}
