import { isoDateMs } from '../base/http-date.ts';
import type { Conductor } from '../model/conductor.ts';
import type { EventParameters } from './announce.ts';

/** What onConductorAdded, onConductorUpdated and onConductorRemoved carry. */
export function conductorParameters(conductor: Omit<Conductor, 'seq'>): EventParameters {
  return {
    ConversationSid: conductor.conversationSid,
    ChatServiceSid: conductor.chatServiceSid,
    ConductorSid: conductor.sid,
    ApplicationSid: conductor.applicationSid,
    UniqueName: conductor.uniqueName,
    FriendlyName: conductor.friendlyName,
    Attributes: conductor.attributes,
    ProxyAddress: conductor.proxyAddress,
    Status: conductor.status,
    Speak: conductor.speak,
    Transcribe: conductor.transcribe,
    Record: conductor.record,
    MaxCalls: String(conductor.maxCalls),
    DateCreated: isoDateMs(conductor.dateCreated),
    DateUpdated: isoDateMs(conductor.dateUpdated),
  };
}
