import type { HttpMethod } from './voice-urls.ts';

/** How it is found out who answers a call. Twilio: voice/answering-machine-detection */
export interface MachineDetection {
  /** Whether the end of a machine's greeting is waited for. */
  readonly untilMessageEnd: boolean;
  readonly timeoutMs: number;
  readonly speechThresholdMs: number;
  readonly speechEndThresholdMs: number;
  readonly silenceTimeoutMs: number;
  /** Whether the call goes on meanwhile, and what was found is told by itself. */
  readonly isAsync: boolean;
  readonly statusCallback: string | null;
  readonly statusCallbackMethod: HttpMethod;
}

/** Twilio: voice/answering-machine-detection#answeredby */
export type AnsweredBy =
  | 'human'
  | 'fax'
  | 'unknown'
  | 'machine_start'
  | 'machine_end_beep'
  | 'machine_end_silence'
  | 'machine_end_other';
