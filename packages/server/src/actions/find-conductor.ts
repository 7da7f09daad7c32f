import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { Conductor } from '../model/conductor.ts';
import type { Conversation } from '../model/conversation.ts';
import { listLiveStatusesOfConductor } from '../store/calls.ts';
import { findConductor, listOpenConductors, lockConductor } from '../store/conductors.ts';
import { lockConversation } from '../store/conversations.ts';
import type { Db } from '../store/open-store.ts';
import type { Tx } from '../store/transact.ts';

/**
 * The open Conductor `sid`, of `conversation` when one is given.
 *
 * @throws RequestError conductorNotFound, conductorOfOtherConversation, conductorClosed
 */
export async function findOpenConductor(
  tx: Tx,
  accountSid: Sid<'AC'>,
  sid: Sid<'CN'>,
  parameter: string,
  conversation?: Pick<Conversation, 'sid'>,
): Promise<Conductor> {
  const found = await findConductor(tx, accountSid, sid);
  const conductor = found && (await lockForCall(tx, found));
  if (conductor === undefined) {
    throw await conductorNotFound(tx, sid, parameter, conversation?.sid);
  }
  if (conversation !== undefined && conductor.conversationSid !== conversation.sid) {
    const own = await listOpenConductors(tx, conversation.sid);
    throw refusal(
      'conductorOfOtherConversation',
      {
        given: sid,
        actual: conductor.conversationSid,
        wanted: conversation.sid,
        hint: ownConductors(conversation.sid, own),
      },
      { resourceSid: sid, details: { related: own.map((each) => each.sid) } },
    );
  }
  if (conductor.status === 'closed') {
    throw refusal(
      'conductorClosed',
      { given: sid, conversation: conductor.conversationSid },
      { resourceSid: sid },
    );
  }
  return conductor;
}

/**
 * The Conductor as it is now, with its conversation first: whoever takes both takes them in this order, so that two
 * never wait for each other.
 */
export async function lockForCall(tx: Tx, conductor: Conductor): Promise<Conductor | undefined> {
  await lockConversation(tx, conductor.conversationSid);
  return lockConductor(tx, conductor.accountSid, conductor.sid);
}

/** The refusal of a Conductor that is not there, naming those that are. */
export async function conductorNotFound(
  db: Db | Tx,
  given: string,
  parameter: string,
  conversationSid: Sid<'CH'> | undefined,
  status?: number,
): Promise<Error> {
  const own = conversationSid === undefined ? [] : await listOpenConductors(db, conversationSid);
  const hint =
    conversationSid === undefined
      ? 'List them: GET /v1/Conductors. A CN… from Twilio itself is a Connect App and nothing here.'
      : ownConductors(conversationSid, own);
  return refusal(
    'conductorNotFound',
    { given, parameter, hint },
    {
      resourceSid: given,
      details: { related: own.map(({ sid }) => sid) },
      ...(status === undefined ? {} : { status }),
    },
  );
}

function ownConductors(conversationSid: string, own: readonly Conductor[]): string {
  return own.length === 0
    ? `Conversation ${conversationSid} has no Conductor yet. Create one: POST /v1/Conversations/${conversationSid}/Conductors`
    : `The Conductors of Conversation ${conversationSid}: ${own.map(({ sid }) => sid).join(', ')}.`;
}

/** @throws RequestError conductorBusy when no further call may join the Conductor, which the transaction has locked. */
export async function requireRoom(
  tx: Tx,
  conductor: Pick<Conductor, 'sid' | 'maxCalls'>,
): Promise<void> {
  const live = await listLiveStatusesOfConductor(tx, conductor.sid);
  if (live.length < conductor.maxCalls) return;
  throw refusal(
    'conductorBusy',
    {
      given: conductor.sid,
      problem: `it has ${live.length} live calls, and MaxCalls is ${conductor.maxCalls}. Wait for one to end or raise MaxCalls.`,
    },
    { resourceSid: conductor.sid },
  );
}
