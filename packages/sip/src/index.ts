export type { CallDialog, DialogEnd, DialogInfo } from './agent/call-dialog.ts';
export type { IncomingCall, RejectOptions } from './agent/incoming-call.ts';
export type { IncomingRegister, RegisterContact } from './agent/incoming-register.ts';
export { type InfoDigit, readInfoDigit } from './agent/info-digit.ts';
export type { InviteOptions } from './agent/invite-options.ts';
export type { OutgoingCall, OutgoingResult } from './agent/outgoing-call.ts';
export { redirectTargets } from './agent/redirect.ts';
export type { IncomingRefer, ReferNotifier, ReferProgress } from './agent/refer.ts';
export type { RegisterOptions, Registration } from './agent/registration.ts';
export type { SipClock } from './clock.ts';
export type { Credentials } from './digest/authenticator.ts';
export {
  answerChallenge,
  type AnswerOptions,
  type ChallengeOptions,
  type DigestAlgorithm,
  type DigestAuthorization,
  type DigestChallenge,
  type DigestError,
  digestSecret,
  formatChallenge,
  parseAuthorization,
  parseChallenge,
  verifyDigest,
  type VerifyOptions,
} from './digest/digest.ts';
export { NonceBook, type NonceBookOptions } from './digest/nonces.ts';
export {
  SipCallError,
  type SipCallErrorCode,
  type SipProblem,
  SipTransportError,
} from './errors.ts';
export { FakeClock } from './fake-clock.ts';
export type { SipIds } from './ids.ts';
export { formatMessage } from './message/format-message.ts';
export { SipHeaders } from './message/headers.ts';
export {
  bodyText,
  sdpOf,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from './message/message.ts';
export {
  formatNameAddr,
  type NameAddr,
  type NameAddrError,
  parseNameAddr,
} from './message/name-addr.ts';
export type { Params } from './message/params.ts';
export { parseMessage, type SipParseError } from './message/parse-message.ts';
export { formatSipUri, parseSipUri, type SipUri, type UriError } from './message/uri.ts';
export type { Result } from './result.ts';
export {
  answerAudioOffer,
  type AudioAnswer,
  type AudioOfferOptions,
  type AudioOptions,
  createAudioOffer,
  readAudioAnswer,
} from './sdp/audio-offer.ts';
export type { CryptoKey, CryptoSuite } from './sdp/crypto.ts';
export { formatSdp } from './sdp/format-sdp.ts';
export type { AudioCodec, Direction, NegotiatedAudio } from './sdp/negotiated-audio.ts';
export { parseSdp } from './sdp/parse-sdp.ts';
export type {
  SdpAttribute,
  SdpConnection,
  SdpError,
  SdpMedia,
  SessionDescription,
} from './sdp/session-description.ts';
export { SipEndpoint, type SipEndpointCounts, type SipEndpointOptions } from './sip-endpoint.ts';
export { isPrivateHost, isSeenElsewhere } from './transport/next-hop.ts';
export type { DroppedCounts, SourceLimits } from './transport/source-guard.ts';
export type { SipTlsOptions } from './transport/stream-driver.ts';
export type { TraceEntry } from './transport/transport-layer.ts';
