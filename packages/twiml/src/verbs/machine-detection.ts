import { optional, present, withDefault } from '../attributes.ts';
import { method, oneOf, url, wholeNumber } from '../values.ts';
import type { Method } from '../values.ts';

/** Finding out whether a machine has answered. Source: Twilio: voice/answering-machine-detection. */
export interface MachineDetection {
  /** `DetectMessageEnd`: not before a machine's greeting is over. */
  readonly mode: 'Enable' | 'DetectMessageEnd';
  readonly timeoutSec: number;
  /** Who speaks longer is a machine. */
  readonly speechThresholdMs: number;
  /** So much silence ends what is said. */
  readonly speechEndThresholdMs: number;
  /** So much silence at first leaves it open. */
  readonly silenceTimeoutMs: number;
  /** Told what was found. */
  readonly statusCallback?: string;
  readonly statusCallbackMethod: Method;
}

// Twilio: errors 21263.
const BAD = 21263;

export const machineDetectionRows = {
  machineDetection: optional(oneOf('Enable', 'DetectMessageEnd'), BAD),
  machineDetectionTimeout: withDefault(wholeNumber(3, 59), 30, BAD),
  machineDetectionSpeechThreshold: withDefault(wholeNumber(1000, 6000), 2400, BAD),
  machineDetectionSpeechEndThreshold: withDefault(wholeNumber(500, 5000), 1200, BAD),
  machineDetectionSilenceTimeout: withDefault(wholeNumber(2000, 10_000), 5000, BAD),
  amdStatusCallback: optional(url, BAD),
  amdStatusCallbackMethod: withDefault(method, 'POST', BAD),
} as const;

/** The values of `machineDetectionRows`; nothing when it is not asked for. */
export function toMachineDetection(values: {
  readonly machineDetection: MachineDetection['mode'] | undefined;
  readonly machineDetectionTimeout: number;
  readonly machineDetectionSpeechThreshold: number;
  readonly machineDetectionSpeechEndThreshold: number;
  readonly machineDetectionSilenceTimeout: number;
  readonly amdStatusCallback: string | undefined;
  readonly amdStatusCallbackMethod: Method;
}): { readonly machineDetection?: MachineDetection } {
  const { machineDetection: mode, amdStatusCallback: statusCallback } = values;
  if (mode === undefined) return {};
  return {
    machineDetection: {
      mode,
      timeoutSec: values.machineDetectionTimeout,
      speechThresholdMs: values.machineDetectionSpeechThreshold,
      speechEndThresholdMs: values.machineDetectionSpeechEndThreshold,
      silenceTimeoutMs: values.machineDetectionSilenceTimeout,
      ...present({ statusCallback }),
      statusCallbackMethod: values.amdStatusCallbackMethod,
    },
  };
}
