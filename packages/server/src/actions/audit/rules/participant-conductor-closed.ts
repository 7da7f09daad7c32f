import type { Conductor } from '../../../model/conductor.ts';
import type { Participant } from '../../../model/participant.ts';
import { participantPath, type AuditRule, type AuditView, type Fault } from '../view.ts';

export const participantConductorClosed: AuditRule = {
  name: 'participant-conductor-closed',
  find: (view) => {
    const open = new Set<string>(view.conductors.map(({ sid }) => sid));
    return view.participants.flatMap((participant) => {
      const { sid, conductorSid } = participant;
      if (conductorSid === null || open.has(conductorSid)) return [];
      const state = view.closedConductors.has(conductorSid) ? 'is closed' : 'does not exist';
      return {
        sids: [sid, conductorSid, participant.conversationSid],
        where: `${participantPath(participant)} voice_binding.conductor_sid`,
        text: `The voice binding of participant ${sid} names Conductor ${conductorSid}, which ${state}: calls to and from this participant are refused or not bound.`,
        ...rebinding(view, participant),
      };
    });
  },
};

/** Binding a participant to the Conductor of its conversation that one without a choice is given. */
export function rebinding(
  { conductors }: Pick<AuditView, 'conductors'>,
  participant: Participant,
): Pick<Fault, 'fix' | 'request'> {
  const right: Conductor | undefined = conductors.find(
    ({ conversationSid }) => conversationSid === participant.conversationSid,
  );
  if (right === undefined) {
    return {
      fix: `Open a Conductor in conversation ${participant.conversationSid}, and set VoiceBinding.ConductorSid to it.`,
    };
  }
  return {
    fix: `Set VoiceBinding.ConductorSid to ${right.sid}, the oldest Conductor of its conversation that is open.`,
    request: {
      method: 'POST',
      path: participantPath(participant),
      form: { 'VoiceBinding.ConductorSid': right.sid },
    },
  };
}
