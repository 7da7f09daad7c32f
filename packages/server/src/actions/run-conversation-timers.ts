import type { Conversation } from '../model/conversation.ts';
import { lockConversationsDue } from '../store/conversations.ts';
import { systemOrigin, type ActionContext } from './context.ts';
import { applyChange } from './update-conversation.ts';

/** Conversations moved in one transaction: others wait behind it. */
export const TIMERS_BATCH = 100;

/** Moves a batch of conversations whose timers have run out; returns how many. Twilio: conversations/states-timers */
export async function runConversationTimers(context: ActionContext): Promise<number> {
  const { clock } = context;
  return context.transact(async (tx) => {
    const due = await lockConversationsDue(tx, clock.now(), TIMERS_BATCH);
    for (const conversation of due) {
      const state = nextState(conversation, clock.now());
      await applyChange(tx, context, conversation, { state }, 'TIMER', systemOrigin);
    }
    return due.length;
  });
}

function nextState({ dateClosed }: Conversation, now: number): Conversation['state'] {
  return dateClosed !== null && dateClosed <= now ? 'closed' : 'inactive';
}
