/** What a two-letter SID prefix means in this product. */
export interface SidKind {
  /** Singular, as a user would say it: `Conversation`. */
  readonly name: string;
  /** Request parameters and webhook fields that carry a SID of this kind, the usual one first. */
  readonly parameters: readonly string[];
  /** What Twilio means by the same letters, where that differs from `name`. */
  readonly twilioName?: string;
}

const kinds = {
  AC: { name: 'Account', parameters: ['AccountSid'] },
  AD: { name: 'Address', parameters: ['AddressSid'] },
  AE: { name: 'Monitor event', parameters: ['EventSid'] },
  AL: { name: 'SIP IP access control list', parameters: ['IpAccessControlListSid'] },
  AP: {
    name: 'Application',
    parameters: ['ApplicationSid', 'VoiceApplicationSid', 'SmsApplicationSid'],
  },
  // Not Twilio's: in none of its specifications do these letters begin a SID.
  BC: { name: 'Audit', parameters: ['AuditSid'] },
  BS: { name: 'Push binding', parameters: ['BindingSid'] },
  BU: { name: 'Regulatory bundle', parameters: ['BundleSid'] },
  BY: { name: 'BYOC trunk', parameters: ['Byoc', 'ByocTrunkSid'] },
  CA: {
    name: 'Call',
    parameters: [
      'CallSid',
      'ParentCallSid',
      'DialCallSid',
      'CallSidToCoach',
      'CallSidEndingConference',
    ],
  },
  CF: { name: 'Conference', parameters: ['ConferenceSid'] },
  CH: { name: 'Conversation', parameters: ['ConversationSid'] },
  CL: { name: 'SIP credential list', parameters: ['CredentialListSid'] },
  // The letters are Twilio's for a Connect App, which this product does not have.
  CN: { name: 'Conductor', parameters: ['ConductorSid'], twilioName: 'Connect App' },
  CP: { name: 'Conference participant insight', parameters: ['ConferenceParticipantSid'] },
  CR: { name: 'Credential', parameters: ['CredentialSid', 'PushCredentialSid'] },
  DY: { name: 'Delivery receipt', parameters: ['DeliveryReceiptSid'] },
  GP: { name: 'Call group', parameters: ['GroupSid'] },
  GT: { name: 'Real-time transcription', parameters: ['TranscriptionSid'] },
  HX: { name: 'Content template', parameters: ['ContentSid'] },
  IG: { name: 'Address configuration', parameters: ['AddressConfigurationSid'] },
  IM: { name: 'Conversation message', parameters: ['MessageSid'] },
  IP: { name: 'SIP IP address', parameters: ['IpAddressSid'] },
  IS: {
    name: 'Conversation service',
    parameters: [
      'ChatServiceSid',
      'DefaultChatServiceSid',
      'AutoCreation.ConversationServiceSid',
      'ServiceSid',
    ],
  },
  KX: { name: 'User-defined message', parameters: ['UserDefinedMessageSid'] },
  MB: { name: 'Conversation participant', parameters: ['ParticipantSid'] },
  ME: { name: 'Media', parameters: ['MediaSid'] },
  MG: {
    name: 'Messaging service',
    parameters: ['MessagingServiceSid', 'DefaultMessagingServiceSid'],
  },
  MM: { name: 'MMS message', parameters: ['MessageSid', 'SmsSid', 'SmsMessageSid'] },
  MZ: { name: 'Media stream', parameters: ['StreamSid'] },
  NE: { name: 'Voice connection policy target', parameters: ['TargetSid'] },
  NO: { name: 'Alert', parameters: ['AlertSid', 'NotificationSid'] },
  NY: { name: 'Voice connection policy', parameters: ['ConnectionPolicySid'] },
  PK: { name: 'Payment session', parameters: ['PaymentSid'] },
  PN: { name: 'Phone number', parameters: ['PhoneNumberSid', 'EmergencyCallerSid'] },
  QU: { name: 'Queue', parameters: ['QueueSid'] },
  RE: { name: 'Recording', parameters: ['RecordingSid'] },
  RI: { name: 'Regulatory identity', parameters: ['IdentitySid'] },
  RL: {
    name: 'Role',
    parameters: [
      'RoleSid',
      'DefaultConversationCreatorRoleSid',
      'DefaultConversationRoleSid',
      'DefaultChatServiceRoleSid',
    ],
  },
  SC: { name: 'Short code', parameters: ['ShortCodeSid'] },
  SD: { name: 'SIP domain', parameters: ['DomainSid'] },
  SK: { name: 'API key', parameters: ['KeySid'] },
  SM: {
    name: 'SMS message',
    parameters: ['MessageSid', 'SmsSid', 'SmsMessageSid', 'ChannelMessageSid'],
  },
  SR: { name: 'SIPREC session', parameters: ['SiprecSid'] },
  TK: { name: 'SIP trunk', parameters: ['TrunkSid'] },
  TR: { name: 'Recording transcription', parameters: ['TranscriptionSid'] },
  US: { name: 'User', parameters: ['UserSid', 'ActorSid'] },
  UT: { name: 'Usage trigger', parameters: ['UsageTriggerSid'] },
  VX: { name: 'ConversationRelay session', parameters: ['SessionId'] },
  WA: { name: 'WhatsApp message', parameters: ['ChannelMessageSid'] },
  WH: { name: 'Conversation webhook', parameters: ['WebhookSid'] },
  ZY: { name: 'User-defined message subscription', parameters: ['SubscriptionSid'] },
} as const satisfies Readonly<Record<string, SidKind>>;

/** The two capital letters that begin a SID of this product. */
export type SidPrefix = keyof typeof kinds;

/** Every kind of SID that this product knows, by prefix. */
export const sidKinds: Readonly<Record<SidPrefix, SidKind>> = kinds;

/** Tells whether two letters begin a SID of this product. */
export function isSidPrefix(letters: string): letters is SidPrefix {
  return Object.hasOwn(kinds, letters);
}

/** Puts "a" or "an" before the name of a kind. */
export function withArticle(name: string): string {
  // S and M are read out as letters, and begin with a vowel then.
  return /^(?:[AEIO]|SMS|MMS)/.test(name) ? `an ${name}` : `a ${name}`;
}
