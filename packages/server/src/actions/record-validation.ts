import type { Sid } from '@tutti/ids';
import type { OutgoingCallerId, Validation } from '../model/outgoing-caller-id.ts';
import { lockCall, updateCall } from '../store/calls.ts';
import {
  insertOutgoingCallerId,
  lockOutgoingCallerIdDigits,
} from '../store/outgoing-caller-ids.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import { systemOrigin, type ActionContext } from './context.ts';
import { noteMade } from './note-made.ts';
import { recordEvent } from './record-event.ts';

/** Lets the account show the number that was called: who answered has keyed the code. */
export async function recordValidation(context: ActionContext, callSid: Sid<'CA'>): Promise<void> {
  await context.transact(async (tx) => {
    const call = await lockCall(tx, callSid);
    // It was deleted meanwhile, or verifies nothing.
    if (call?.validation == null) return;
    const { accountSid, to } = call;
    const validation = JSON.parse(call.validation) as Validation;
    const callerId =
      (await lockOutgoingCallerIdDigits(tx, accountSid, to)) ??
      (await insert(tx, context, { accountSid, phoneNumber: to, ...validation }));
    const verified: Validation = { ...validation, outgoingCallerIdSid: callerId.sid };
    await updateCall(tx, callSid, { validation: JSON.stringify(verified) });
  });
}

async function insert(
  tx: Tx,
  context: ActionContext,
  {
    accountSid,
    phoneNumber,
    friendlyName,
  }: Pick<OutgoingCallerId, 'accountSid' | 'phoneNumber' | 'friendlyName'>,
): Promise<New<OutgoingCallerId>> {
  const now = context.clock.now();
  const callerId = {
    sid: context.ids.sid('PN'),
    accountSid,
    phoneNumber,
    friendlyName,
    dateCreated: now,
    dateUpdated: now,
  };
  await insertOutgoingCallerId(tx, callerId);
  noteMade(tx, context, callerId);
  await recordEvent(tx, context, systemOrigin, {
    type: 'outgoing-caller-id',
    accountSid,
    resourceSid: callerId.sid,
    current: callerId,
  });
  return callerId;
}
