import type { AuditRule, Fault } from '../view.ts';

export const conversationWithoutConductor: AuditRule = {
  name: 'conversation-without-conductor',
  find: ({ conductors, participants }) => {
    const conducted = new Set<string>(conductors.map(({ conversationSid }) => conversationSid));
    const faults = new Map<string, Fault>();
    for (const { sid, conversationSid } of participants) {
      if (conducted.has(conversationSid) || faults.has(conversationSid)) continue;
      faults.set(conversationSid, {
        sids: [conversationSid, sid],
        where: `/conversations/v1/Conversations/${conversationSid}/Conductors`,
        text: `Conversation ${conversationSid} has a participant with a voice binding (${sid}) and no Conductor that is open: nothing joins its calls, and they do not reach the conversation.`,
        fix: 'Open a Conductor in the conversation.',
        request: {
          method: 'POST',
          path: `/conversations/v1/Conversations/${conversationSid}/Conductors`,
          form: {},
        },
      });
    }
    return [...faults.values()];
  },
};
