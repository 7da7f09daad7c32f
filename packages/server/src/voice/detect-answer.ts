import { AnswerDetector, type AnswerVerdict } from '@tutti/media';
import { recordAnswer } from '../actions/record-answer.ts';
import { deferred } from '../base/deferred.ts';
import type { AnsweredBy, MachineDetection } from '../model/machine-detection.ts';
import { aborted } from './aborted.ts';
import type { Leg } from './leg.ts';
import type { LiveCall } from './live-call.ts';

/**
 * Finds out who answered a call that asks for it, and keeps it. Resolves when it is known, or the call is over; at once
 * when the call is to go on meanwhile.
 */
export async function detectAnswer(live: LiveCall): Promise<void> {
  const { leg, call, context } = live;
  if (call.machineDetection === null || leg === undefined) return;
  const settings = JSON.parse(call.machineDetection) as MachineDetection;
  const detected = detect(live, leg, settings);
  if (settings.isAsync) context.track(detected);
  else await detected;
}

async function detect(live: LiveCall, leg: Leg, settings: MachineDetection): Promise<void> {
  const detector = new AnswerDetector(settings);
  const known = deferred<AnswerVerdict | undefined>();
  const stop = leg.media.onFrames(({ said }) => {
    const verdict = detector.push(said);
    if (verdict !== undefined) known.resolve(verdict);
  });
  void aborted(live.over.signal).then(() => known.resolve(undefined));
  const verdict = await known.promise;
  stop();
  if (verdict === undefined) return;
  await recordAnswer(live.context.actions, live.call.sid, {
    answeredBy: verdict.replaceAll('-', '_') as AnsweredBy,
    machineDetectionMs: detector.elapsedMs,
  });
  await live.refresh();
}
