// Twilio: voice/twiml. Verbs that this version does not carry out.
export const unsupportedVerbNames: readonly string[] = [
  'Echo',
  'Enqueue',
  'Leave',
  'Pay',
  'Prompt',
  'Queue',
  'Record',
  'Refer',
  'Sms',
  'Start',
  'Stop',
];

/** Every verb of voice TwiML. */
export const verbNames: readonly string[] = [
  'Say',
  'Play',
  'Pause',
  'Gather',
  'Redirect',
  'Reject',
  'Hangup',
  'Dial',
  'Connect',
  ...unsupportedVerbNames,
];

// Twilio: voice/twiml/dial#nouns.
export const unsupportedDialNouns: readonly string[] = [
  'Application',
  'Client',
  'Conference',
  'Queue',
  'Sim',
  'WhatsApp',
];

// Twilio: voice/twiml/connect#nouns.
export const unsupportedConnectNouns: readonly string[] = [
  'AiSession',
  'Assistant',
  'Autopilot',
  'ConversationRelay',
  'ConversationRelaySession',
  'Room',
  'Stream',
  'VirtualAgent',
];

/** A noun that Twilio has and this version does not carry out. */
export interface UnsupportedNoun {
  readonly noun: 'Unsupported';
  readonly name: string;
}
