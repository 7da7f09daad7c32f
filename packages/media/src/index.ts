export { AnswerDetector } from './answer-detector.ts';
export type { AnswerDetectorOptions, AnswerVerdict } from './answer-detector.ts';
export { AudioBridge } from './audio-bridge.ts';
export type { AddLegOptions } from './audio-bridge.ts';
export {
  dtmfSource,
  loopSource,
  samplesSource,
  sequenceSource,
  silenceSource,
  toneSource,
} from './audio-source.ts';
export type { AudioSource } from './audio-source.ts';
export { createSrtpKeys } from './create-srtp-keys.ts';
export { decodeAudio } from './decode-audio.ts';
export type { DecodedAudio } from './decode-audio.ts';
export { DtmfDetector } from './dtmf-detector.ts';
export type { DialOptions } from './dtmf-dialer.ts';
export { createEspeakEngine } from './espeak-engine.ts';
export type { EspeakOptions } from './espeak-engine.ts';
export { decodeG711, encodeG711, G711 } from './g711.ts';
export type { CodecName } from './g711.ts';
export type { LegFrames, MediaDirection, MediaLegStats, MediaRemote } from './leg-runtime.ts';
export type { MediaClock } from './media-clock.ts';
export { loadAudio } from './load-audio.ts';
export { MediaEngine } from './media-engine.ts';
export type { MediaEngineOptions, MediaEngineStats, OpenLegOptions } from './media-engine.ts';
export { MediaError } from './media-error.ts';
export type { MediaErrorCode } from './media-error.ts';
export { MediaLeg } from './media-leg.ts';
export { Mp3Encoder } from './mp3-encoder.ts';
export type { PlayEnd, PlayOptions } from './play-queue.ts';
export { createPocketsphinxEngine } from './pocketsphinx-engine.ts';
export type { PocketsphinxOptions } from './pocketsphinx-engine.ts';
export { recognizeRecording } from './recognize-recording.ts';
export type { RecognitionEngine, RecognitionRequest, Recognized } from './recognition-engine.ts';
export { resample } from './resample.ts';
export type { RemoteReception } from './rtcp-session.ts';
export type { PortRange } from './rtp-socket.ts';
export { isSound, SpeechDetector } from './speech-detector.ts';
export { SpeechError } from './speech-engine.ts';
export type { SpeechEngine, SpeechErrorCode, SpeechRequest } from './speech-engine.ts';
export type { SpeechRun, SpeechStyle } from './speech-style.ts';
export { SpeechListener } from './speech-listener.ts';
export type { ListenOptions, SpeechResult } from './speech-listener.ts';
export type { SpeechServiceOptions } from './speech-service.ts';
export type { SrtpKey, SrtpSuite } from './srtp-key.ts';
export { createSynthesisService } from './synthesis-service.ts';
export type { SynthesisServiceOptions } from './synthesis-service.ts';
export { ToneMeter } from './tone-meter.ts';
export { createTranscriptionService } from './transcription-service.ts';
export { encodeWav, wavHeader } from './wav.ts';
export type { Result } from './wav.ts';
