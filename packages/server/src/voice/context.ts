import type { MediaEngine, RecognitionEngine, SpeechEngine } from '@tutti/media';
import type { SipEndpoint } from '@tutti/sip';
import type { ActionContext } from '../actions/context.ts';
import type { Log } from '../base/log.ts';
import type { Config } from '../config/config.ts';
import type { MediaFiles } from '../store/media-files.ts';
import type { CallRecording } from './call-recording.ts';
import type { CallStreams } from './call-streams.ts';
import type { CallTranscriptions } from './call-transcriptions.ts';
import type { ConductorBridges } from './conductor-bridges.ts';
import type { Conferences } from './conferences.ts';
import type { Gateways } from './gateways.ts';
import type { LiveCall } from './live-call.ts';
import type { Queues } from './queues.ts';
import type { Registrar } from './registrar.ts';
import type { SipDomains } from './sip-domains.ts';

/** What everything in the voice room shares. */
export interface VoiceContext {
  readonly actions: ActionContext;
  readonly sip: SipEndpoint;
  readonly media: MediaEngine;
  readonly speech: SpeechEngine;
  readonly recognition: RecognitionEngine;
  readonly registrar: Registrar;
  readonly domains: SipDomains;
  /** None without a trunk. */
  readonly gateways: Gateways;
  readonly files: MediaFiles;
  readonly bridges: ConductorBridges;
  readonly conferences: Conferences;
  readonly queues: Queues;
  /** Calls of this node that have not ended, by SID. */
  readonly calls: Map<string, LiveCall>;
  /** Recordings under way of this node, by SID. */
  readonly recordings: Map<string, CallRecording>;
  readonly streams: CallStreams;
  readonly transcriptions: CallTranscriptions;
  /** What URLs of this server begin with, for those who are sent one. */
  readonly publicUrl: () => string;
  readonly config: Config;
  readonly log: Log;
  /** Aborted when the door closes. */
  readonly closing: AbortSignal;
  /** Lets the door wait for `task` when it closes, and logs what the task throws. */
  readonly track: (task: Promise<void>) => void;
}
