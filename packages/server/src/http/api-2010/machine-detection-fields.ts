import { alertNamed, type AlertSaid } from '../../actions/raise-alert.ts';
import type { MachineDetection } from '../../model/machine-detection.ts';
import type { HttpMethod } from '../../model/voice-urls.ts';
import { integer, oneOf } from '../fields.ts';
import type { FormValues } from '../form.ts';

/** Twilio: voice/answering-machine-detection */
export const machineDetectionFields = {
  MachineDetection: oneOf(['Enable', 'DetectMessageEnd', '']),
  MachineDetectionTimeout: integer(3, 59),
  MachineDetectionSpeechThreshold: integer(1000, 6000),
  MachineDetectionSpeechEndThreshold: integer(500, 5000),
  MachineDetectionSilenceTimeout: integer(2000, 10_000),
};

type Values = Partial<FormValues<typeof machineDetectionFields>>;

/** What the parameters come to; null when nobody asks who answers. */
export function readMachineDetection(
  { SendDigits, ...values }: Values & { readonly SendDigits?: string | undefined },
  told: {
    readonly isAsync: boolean;
    readonly statusCallback: string | null;
    readonly statusCallbackMethod: HttpMethod | undefined;
  },
): MachineDetection | null {
  const mode = values.MachineDetection ?? '';
  // Twilio: voice/api/call-resource#senddigits
  if (mode === '' || SendDigits !== undefined) return null;
  return {
    untilMessageEnd: mode === 'DetectMessageEnd',
    timeoutMs: (values.MachineDetectionTimeout ?? 30) * 1000,
    speechThresholdMs: values.MachineDetectionSpeechThreshold ?? 2400,
    speechEndThresholdMs: values.MachineDetectionSpeechEndThreshold ?? 1200,
    silenceTimeoutMs: values.MachineDetectionSilenceTimeout ?? 5000,
    isAsync: told.isAsync,
    statusCallback: told.statusCallback,
    statusCallbackMethod: told.statusCallbackMethod ?? 'POST',
  };
}

/** What of them has no effect as it was given. */
export function machineDetectionWarnings(
  values: Values & {
    readonly SendDigits?: string | undefined;
    readonly AsyncAmd?: boolean | undefined;
    readonly AsyncAmdStatusCallback?: string | undefined;
  },
): AlertSaid[] {
  const isAsked = (values.MachineDetection ?? '') !== '';
  const callback = values.AsyncAmdStatusCallback ?? '';
  const problems: string[] = [];
  if (isAsked && values.SendDigits !== undefined) {
    problems.push('SendDigits was given too: nobody listens for a machine.');
  }
  if (callback !== '' && values.AsyncAmd !== true) {
    problems.push('AsyncAmdStatusCallback is asked only with AsyncAmd=true.');
  }
  if (!isAsked && (values.AsyncAmd === true || callback !== '')) {
    problems.push('MachineDetection was not given: nobody listens for a machine.');
  }
  const warnings: AlertSaid[] = problems.map((problem) =>
    alertNamed('machineDetectionParameters', { problem }),
  );
  if (isAsked && values.AsyncAmd === true && callback === '') {
    warnings.push(alertNamed('machineDetectionCallbackMissing', {}));
  }
  return warnings;
}
