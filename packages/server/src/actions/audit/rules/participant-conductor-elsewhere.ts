import { participantPath, type AuditRule } from '../view.ts';
import { rebinding } from './participant-conductor-closed.ts';

export const participantConductorElsewhere: AuditRule = {
  name: 'participant-conductor-elsewhere',
  find: (view) => {
    const bySid = new Map(view.conductors.map((conductor) => [conductor.sid, conductor]));
    return view.participants.flatMap((participant) => {
      const { sid, conductorSid, conversationSid } = participant;
      const conductor = conductorSid === null ? undefined : bySid.get(conductorSid);
      if (conductor === undefined || conductor.conversationSid === conversationSid) return [];
      return {
        sids: [sid, conductor.sid, conversationSid, conductor.conversationSid],
        where: `${participantPath(participant)} voice_binding.conductor_sid`,
        text: `Participant ${sid} is in conversation ${conversationSid}, and its voice binding names Conductor ${conductor.sid} of conversation ${conductor.conversationSid}: its calls are heard, and told of, in the wrong conversation.`,
        ...rebinding(view, participant),
      };
    });
  },
};
