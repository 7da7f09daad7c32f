export type { TwimlDocument, TwimlError, TwimlResult, TwimlWarning, Verb } from './document.ts';
export { parseTwiml } from './parse-twiml.ts';
export type { Uncarried, UnsupportedNoun, UnsupportedVerb } from './uncarried.ts';
export type { ConferenceNoun } from './verbs/conference.ts';
export type { ConnectVerb, ConversationNoun } from './verbs/connect.ts';
export type { ConversationRelayNoun } from './verbs/conversation-relay.ts';
export type { DialVerb } from './verbs/dial.ts';
export type { ApplicationNoun, ClientNoun, QueueNoun } from './verbs/named-nouns.ts';
export type { NumberNoun, SipNoun } from './verbs/dial-nouns.ts';
export type { EnqueueVerb, LeaveVerb } from './verbs/enqueue.ts';
export type { GatherVerb } from './verbs/gather.ts';
export type { HangupVerb } from './verbs/hangup.ts';
export type { PauseVerb } from './verbs/pause.ts';
export type { PlayVerb } from './verbs/play.ts';
export type { RecordVerb } from './verbs/record.ts';
export type {
  RecordingCallback,
  RecordingEvent,
  RecordingNoun,
  RecordingTrack,
  Trim,
} from './verbs/recording.ts';
export type { RedirectVerb } from './verbs/redirect.ts';
export type { ReferVerb } from './verbs/refer.ts';
export type { RejectVerb } from './verbs/reject.ts';
export type { SayVerb } from './verbs/say.ts';
export type { SpokenPart, SpokenStyle, SpokenWords } from './verbs/ssml.ts';
export type { StartVerb, StopVerb } from './verbs/start.ts';
export type { StreamNoun } from './verbs/stream.ts';
export type { TranscriptionNoun } from './verbs/transcription.ts';
