import type { Conversation } from '../model/conversation.ts';
import { lockConversationsDue } from '../store/conversations.ts';
import { systemOrigin, type ActionContext } from './context.ts';
import { applyChange } from './update-conversation.ts';

const BATCH = 100;

/** Moves conversations whose timers have run out; returns how many. Twilio: conversations/states-timers */
export async function runConversationTimers(context: ActionContext): Promise<number> {
  const { clock } = context;
  return context.transact(async (tx) => {
    const due = await lockConversationsDue(tx, clock.now(), BATCH);
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
