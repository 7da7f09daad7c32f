import type TwilioSDK from 'twilio';
import { CallInstance } from 'twilio/lib/rest/api/v2010/account/call.js';
import type { CallListInstanceCreateOptions } from 'twilio/lib/rest/api/v2010/account/call.js';
import passThrough from '../preload/pass-through.cjs';
import { pathPart, placePath, send } from './resource.ts';
import type { Callback, Version } from './resource.ts';

/**
 * Options to pass to call a participant. `conductorSid` is the voice binding's unless given, `from`
 * its proxy address; without `url`, `twiml` and `applicationSid` the call joins the bridge.
 */
export type ParticipantCallListInstanceCreateOptions = Omit<
  CallListInstanceCreateOptions,
  'to' | 'from'
> & { from?: string };

/** Calls to one participant. */
export interface ParticipantCallListInstance {
  /** Call the participant; the call is bound to the participant's Conductor. */
  create(callback?: Callback<CallInstance>): Promise<CallInstance>;
  create(
    params: ParticipantCallListInstanceCreateOptions,
    callback?: Callback<CallInstance>,
  ): Promise<CallInstance>;
  toJSON(): object;
}

/** The participant that is called. */
interface ParticipantCallSolution {
  readonly chatServiceSid?: string;
  readonly conversationSid: string;
  readonly participantSid: string;
}

type CallResource = ConstructorParameters<typeof CallInstance>[1];

/** The list object of a participant's calls. */
export function ParticipantCallListInstance(
  version: Version,
  solution: ParticipantCallSolution,
): ParticipantCallListInstance {
  const participant = pathPart('participantSid', solution.participantSid);
  const uri = `${placePath(solution)}/Participants/${participant}/Calls`;
  const make = (payload: CallResource): CallInstance => {
    const { account_sid: accountSid, sid } = payload;
    const { api } = version.domain.twilio as TwilioSDK.Twilio;
    const call = new CallInstance(api.v2010, payload, accountSid, sid);
    passThrough.addFields(call, payload);
    return call;
  };
  const create = (
    params?: ParticipantCallListInstanceCreateOptions | Callback<CallInstance>,
    callback?: Callback<CallInstance>,
  ): Promise<CallInstance> =>
    typeof params === 'function'
      ? create(undefined, params)
      : send(version, 'create', { uri, params, callback, make });
  return { create, toJSON: () => solution };
}
