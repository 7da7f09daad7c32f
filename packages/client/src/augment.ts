import type { Sid } from '@tutti/ids' with { 'resolution-mode': 'import' };
import type { ConductorListInstance, ConductorLookupListInstance } from './conductor-list.ts';
import type { ParticipantCallListInstance } from './participant-call.ts';
import type { SidText } from './sid-text.ts';
import type { TimelineListInstance } from './timeline.ts';

/** How a participant takes part by voice; null fields are not set. */
export interface VoiceBinding {
  readonly type: 'phone' | 'sip' | 'client';
  readonly address: string;
  readonly proxy_address: string | null;
  readonly conductor_sid: Sid<'CN'> | null;
  readonly application_sid: Sid<'AP'> | null;
  readonly call_sid: Sid<'CA'> | null;
}

interface VoiceBindingOptions {
  /** A number, a SIP URI or a `client:` identity. Default: the messaging binding's, the identity. */
  'voiceBinding.address'?: string;
  /** The number, SIP URI or `client:` identity of ours that the participant calls and is called by. */
  'voiceBinding.proxyAddress'?: string;
  /** The Conductor whose calls the participant joins. Default: the Conversation's oldest. */
  'voiceBinding.conductorSid'?: SidText<'CN'>;
}

interface BoundByVoice {
  /** Null without one; undefined in answers of Twilio itself. */
  voiceBinding: VoiceBinding | null;
  /** Calls to this participant. */
  calls(): ParticipantCallListInstance;
}

interface ParticipantParts {
  readonly calls: ParticipantCallListInstance;
}

interface ConversationParts {
  readonly conductors: ConductorListInstance;
  readonly timeline: TimelineListInstance;
}

interface ConversationMethods {
  /** The Conversation's Conductors. */
  conductors(): ConductorListInstance;
  /** What happened in the Conversation, on every channel. */
  timeline(): TimelineListInstance;
}

interface ServiceParts {
  readonly conductors: ConductorLookupListInstance;
}

interface BoundOptions {
  /** Binds the call to this Conductor, and so to its Conversation. */
  conductorSid?: SidText<'CN'>;
}

/* eslint-disable typescript/no-empty-object-type -- merges with an interface of the same name */
declare module 'twilio/lib/base/BaseTwilio.js' {
  interface ClientOpts {
    /**
     * The Tutti server that takes the requests, such as `http://127.0.0.1:8080`; read by
     * `@tutti/client`. Default: TUTTI_URL in `env`, then in the environment; else Twilio.
     */
    baseUrl?: string;
  }
}

declare module 'twilio/lib/rest/conversations/v1/conversation.js' {
  interface ConversationContext extends ConversationParts {}
  interface ConversationContextImpl extends ConversationParts {}
  interface ConversationInstance extends ConversationMethods {}
}

declare module 'twilio/lib/rest/conversations/v1/service/conversation.js' {
  interface ConversationContext extends ConversationParts {}
  interface ConversationContextImpl extends ConversationParts {}
  interface ConversationInstance extends ConversationMethods {}
}

declare module 'twilio/lib/rest/conversations/v1/service.js' {
  interface ServiceContext extends ServiceParts {}
  interface ServiceContextImpl extends ServiceParts {}
}

declare module 'twilio/lib/rest/conversations/v1/conversation/participant.js' {
  interface ParticipantListInstanceCreateOptions extends VoiceBindingOptions {}
  interface ParticipantContextUpdateOptions extends VoiceBindingOptions {}
  interface ParticipantContext extends ParticipantParts {}
  interface ParticipantContextImpl extends ParticipantParts {}
  interface ParticipantInstance extends BoundByVoice {}
}

declare module 'twilio/lib/rest/conversations/v1/service/conversation/participant.js' {
  interface ParticipantListInstanceCreateOptions extends VoiceBindingOptions {}
  interface ParticipantContextUpdateOptions extends VoiceBindingOptions {}
  interface ParticipantContext extends ParticipantParts {}
  interface ParticipantContextImpl extends ParticipantParts {}
  interface ParticipantInstance extends BoundByVoice {}
}

declare module 'twilio/lib/rest/api/v2010/account/call.js' {
  interface CallListInstanceCreateOptions extends BoundOptions {}
  interface CallContextUpdateOptions extends BoundOptions {}
  interface CallInstance {
    /** What the call is bound to; null if to nothing, undefined in answers of Twilio itself. */
    conductorSid: Sid<'CN'> | null;
    conversationSid: Sid<'CH'> | null;
    participantSid: Sid<'MB'> | null;
  }
}
/* eslint-enable typescript/no-empty-object-type */

declare module 'twilio/lib/twiml/VoiceResponse.js' {
  interface ConversationAttributes {
    /** Binds the call to this Conductor, and so to its Conversation. */
    conductorSid?: SidText<'CN'>;
  }
}
