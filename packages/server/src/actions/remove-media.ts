import type { Sid } from '@tutti/ids';
import { deleteMediaOf, type MediaOwner } from '../store/media.ts';
import type { Tx } from '../store/transact.ts';
import { notify } from './announce.ts';
import type { ActionContext } from './context.ts';

/** Removes the media of what is being deleted; their files go once the transaction stands. */
export async function removeMedia(
  tx: Tx,
  context: Pick<ActionContext, 'clock'>,
  accountSid: Sid<'AC'>,
  owner: MediaOwner,
): Promise<void> {
  const mediaSids = await deleteMediaOf(tx, owner);
  if (mediaSids.length === 0) return;
  notify(tx, context, { accountSid }, accountSid, { kind: 'media-removed', mediaSids });
}
