export type {
  TwimlDocument,
  TwimlError,
  TwimlResult,
  TwimlWarning,
  UnsupportedVerb,
  Verb,
} from './document.ts';
export type { UnsupportedNoun } from './known-names.ts';
export { parseTwiml } from './parse-twiml.ts';
export type { ConnectVerb, ConversationNoun } from './verbs/connect.ts';
export type { DialVerb } from './verbs/dial.ts';
export type { NumberNoun, SipNoun } from './verbs/dial-nouns.ts';
export type { GatherVerb } from './verbs/gather.ts';
export type { HangupVerb } from './verbs/hangup.ts';
export type { PauseVerb } from './verbs/pause.ts';
export type { PlayVerb } from './verbs/play.ts';
export type { RedirectVerb } from './verbs/redirect.ts';
export type { RejectVerb } from './verbs/reject.ts';
export type { SayVerb } from './verbs/say.ts';
