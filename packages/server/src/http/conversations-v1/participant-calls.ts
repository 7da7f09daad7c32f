import { placeCall } from '../../actions/place-call.ts';
import { refusal } from '../../base/app-error.ts';
import { dialFields, readFrom, readTo } from '../api-2010/call-fields.ts';
import { renderCall, toPlace } from '../api-2010/calls.ts';
import { form } from '../form.ts';
import { operation, type Routes } from '../operation.ts';
import { participantOf } from './participants.ts';
import { scoped } from './scope.ts';

const parameters = form(dialFields);

/** Calls a participant at its voice binding, bound to its Conductor. */
export function participantCallRoutes(routes: Routes): void {
  const { context } = routes;
  operation(routes, {
    method: 'POST',
    path: scoped('/Conversations/:ConversationSid/Participants/:ParticipantSid/Calls'),
    parameters,
    status: 201,
    handle: async (request) => {
      const { values } = request;
      const participant = await participantOf(context.db, request, 'ParticipantSid');
      if (participant.voiceAddress === null) {
        throw refusal('noVoiceBinding', {
          sid: participant.sid,
          conversation: participant.conversationSid,
        });
      }
      const to = readTo(participant.voiceAddress);
      const placing = toPlace(values);
      const call = await placeCall(context, {
        ...placing,
        accountSid: participant.accountSid,
        to,
        from: readFrom(values.From ?? participant.voiceProxyAddress ?? undefined, to),
        conductorSid: placing.conductorSid ?? participant.conductorSid,
        conversationSid: participant.conversationSid,
        participantSid: participant.sid,
      });
      return renderCall(call);
    },
  });
}
