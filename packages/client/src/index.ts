import TwilioSDK from 'twilio';
import type twilioParts from '../twilio-parts.cjs';
import './augment.ts';
import type * as augment from './augment.ts';
import { Client } from './client.ts';
import type * as conductor from './conductor.ts';
import type * as conductorList from './conductor-list.ts';
import type * as participantCall from './participant-call.ts';
import type * as timeline from './timeline.ts';

/** Twilio's Conversations API with the Conductors of the account. */
interface WithConductors {
  readonly conversations: {
    readonly v1: twilioParts.V1 & {
      readonly conductors: conductorList.ConductorLookupListInstance;
    };
  };
}

/**
 * A drop-in for `require('twilio')`: the same function with the same properties, whose client goes
 * to the Tutti server named by option `baseUrl` or TUTTI_URL, and knows Conductors.
 */
function twilio(
  accountSid?: string,
  authToken?: string,
  opts?: TwilioSDK.ClientOpts,
): twilio.Twilio {
  return new twilio.Twilio(accountSid, authToken, opts);
}

declare namespace twilio {
  type Twilio = TwilioSDK.Twilio & WithConductors;
  const Twilio: new (
    accountSid?: string,
    authToken?: string,
    opts?: TwilioSDK.ClientOpts,
  ) => Twilio;
  type VoiceBinding = augment.VoiceBinding;
  type ConductorContext = conductor.ConductorContext;
  type ConductorInstance = conductor.ConductorInstance;
  type ConductorContextUpdateOptions = conductor.ConductorContextUpdateOptions;
  type ConductorListInstance = conductorList.ConductorListInstance;
  type ConductorListInstanceCreateOptions = conductor.ConductorListInstanceCreateOptions;
  type ConductorLookupListInstance = conductorList.ConductorLookupListInstance;
  type ConductorLookupContext = conductorList.ConductorLookupContext;
  type ConductorFilters = conductorList.ConductorFilters;
  type ParticipantCallListInstance = participantCall.ParticipantCallListInstance;
  type ParticipantCallListInstanceCreateOptions =
    participantCall.ParticipantCallListInstanceCreateOptions;
  type TimelineListInstance = timeline.TimelineListInstance;
  type TimelineEntryInstance = timeline.TimelineEntryInstance;
  type TimelineFilters = timeline.TimelineFilters;
  export import jwt = TwilioSDK.jwt;
  export import twiml = TwilioSDK.twiml;
  export import RequestClient = TwilioSDK.RequestClient;
  export import RestException = TwilioSDK.RestException;
  export import ApiResponse = TwilioSDK.ApiResponse;
  export import ClientCredentialProviderBuilder = TwilioSDK.ClientCredentialProviderBuilder;
  export import OrgsCredentialProviderBuilder = TwilioSDK.OrgsCredentialProviderBuilder;
  export import NoAuthCredentialProvider = TwilioSDK.NoAuthCredentialProvider;
  export import validateBody = TwilioSDK.validateBody;
  export import validateRequest = TwilioSDK.validateRequest;
  export import validateRequestWithBody = TwilioSDK.validateRequestWithBody;
  export import validateExpressRequest = TwilioSDK.validateExpressRequest;
  export import validateIncomingRequest = TwilioSDK.validateIncomingRequest;
  export import getExpectedBodyHash = TwilioSDK.getExpectedBodyHash;
  export import getExpectedTwilioSignature = TwilioSDK.getExpectedTwilioSignature;
  export import webhook = TwilioSDK.webhook;
  export import ClientOpts = TwilioSDK.ClientOpts;
}

Object.assign(twilio, TwilioSDK, { Twilio: Client });

// oxlint-disable-next-line import/no-default-export -- as twilio has it
export default twilio;
