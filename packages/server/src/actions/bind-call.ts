import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import { voiceAddress } from '../model/binding.ts';
import { isLive, type Call } from '../model/call.ts';
import type { Conductor } from '../model/conductor.ts';
import type { Participant } from '../model/participant.ts';
import { findCall, lockCall, updateCall } from '../store/calls.ts';
import { lockConductor } from '../store/conductors.ts';
import { findVoiceParticipant, lockVoiceBinding } from '../store/participants.ts';
import type { Tx } from '../store/transact.ts';
import { insertNewParticipant } from './add-participant.ts';
import { announceBoundCall } from './announce-call.ts';
import { systemOrigin, type ActionContext } from './context.ts';
import { findOpenConductor, requireRoom } from './find-conductor.ts';
import { findOpenConversation } from './find-open-conversation.ts';
import { markConductorActive, markConductorReady } from './mark-conductor.ts';

export type CallBinding = Pick<Call, 'conductorSid' | 'conversationSid' | 'participantSid'>;

/** Binds a live call, as `<Connect><Conversation conductorSid>` asks. @throws RequestError of the Conductor */
export async function bindLiveCall(
  context: ActionContext,
  callSid: Sid<'CA'>,
  conductorSid: Sid<'CN'>,
): Promise<Call> {
  return context.transact(async (tx) => {
    const call = await lockCall(tx, callSid);
    if (call === undefined || !isLive(call)) {
      throw refusal('callNotBound', { sid: callSid, problem: 'it has ended.' });
    }
    const conductor = await findOpenConductor(
      tx,
      call.accountSid,
      conductorSid,
      'conductorSid of <Conversation>',
    );
    return bindCall(tx, context, call, conductor);
  });
}

/** Binds a call that has a row; one bound elsewhere moves. @throws RequestError conductorBusy */
export async function bindCall(
  tx: Tx,
  context: ActionContext,
  call: Call,
  conductor: Conductor,
): Promise<Call> {
  if (call.conductorSid === conductor.sid) return call;
  await requireRoom(tx, conductor);
  const { remote, ours } = await sidesOf(tx, call);
  const participant = await participantFor(tx, context, conductor, remote, ours);
  const change = { ...bindingOf(conductor, participant), dateUpdated: context.clock.now() };
  const bound: Call = { ...call, ...change };
  await updateCall(tx, call.sid, change);
  await announceBoundCall(tx, context, call, 'onCallRemoved');
  await announceBoundCall(tx, context, bound, 'onCallAdded');
  if (call.status === 'in-progress') {
    await markConductorActive(tx, context, conductor);
    const left = call.conductorSid && (await lockConductor(tx, call.accountSid, call.conductorSid));
    if (left) await markConductorReady(tx, context, left);
  }
  return bound;
}

/** Who is at the other end. That of an application which was dialled is at the end of the call that dialled it. */
async function sidesOf(tx: Tx, call: Call): Promise<{ remote: string; ours: string }> {
  let own = call;
  while (own.direction === 'outbound-dial' && own.applicationSid !== null) {
    const parent = own.parentCallSid === null ? undefined : await findCall(tx, own.parentCallSid);
    if (parent === undefined) break;
    own = parent;
  }
  const { direction, from, to } = own;
  return direction === 'inbound' ? { remote: from, ours: to } : { remote: to, ours: from };
}

/**
 * The participant of the Conductor's conversation whose voice address is `remote`, or a new one with that
 * voice binding.
 */
export async function participantFor(
  tx: Tx,
  context: Pick<ActionContext, 'ids' | 'clock' | 'metrics' | 'ledger'>,
  conductor: Pick<Conductor, 'sid' | 'accountSid' | 'conversationSid'>,
  remote: string,
  ours: string,
): Promise<Pick<Participant, 'sid'>> {
  const { address } = voiceAddress(remote, 'To');
  const known = await findVoiceParticipant(tx, conductor.conversationSid, address);
  if (known !== undefined) return known;
  // One pair leads to one conversation; called out of another, the new participant has no way in by it.
  const taken = await lockVoiceBinding(tx, conductor.accountSid, address, ours);
  const conversation = await findOpenConversation(
    tx,
    conductor.accountSid,
    conductor.conversationSid,
  );
  return insertNewParticipant(
    tx,
    context,
    conversation,
    {
      identity: null,
      messaging: undefined,
      voice: {
        address,
        proxyAddress: taken === undefined ? ours : null,
        conductorSid: conductor.sid,
      },
      attributes: '{}',
    },
    systemOrigin,
  );
}

export function bindingOf(
  conductor: Pick<Conductor, 'sid' | 'conversationSid'>,
  participant: Pick<Participant, 'sid'>,
): CallBinding {
  return {
    conductorSid: conductor.sid,
    conversationSid: conductor.conversationSid,
    participantSid: participant.sid,
  };
}
