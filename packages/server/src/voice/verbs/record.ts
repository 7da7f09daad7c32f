import { isSound, SpeechError, toneSource } from '@tutti/media';
import type { RecordVerb } from '@tutti/twiml';
import { refusal } from '../../base/app-error.ts';
import { deferred } from '../../base/deferred.ts';
import { SPOKEN_LANGUAGE } from '../../model/conductor.ts';
import type { TranscriptionSettings } from '../../model/transcription.ts';
import { aborted } from '../aborted.ts';
import { recordingParameters, recordLeg } from '../call-recording.ts';
import type { RunningDocument } from '../interpreter.ts';
import type { Leg } from '../leg.ts';
import type { LiveCall } from '../live-call.ts';
import { failDocument, goOn, type Next } from '../next.ts';
import { recordingSettings } from '../recording-settings.ts';
import { resolveUrl } from '../resolve-url.ts';
import { tellAction } from '../tell-action.ts';

const BEEP = { frequenciesHz: [1000], durationMs: 300, levelDbfs: -15 };
const FRAME_MS = 20;

/** Records what the caller says. Twilio: voice/twiml/record */
export async function runRecord(
  live: LiveCall,
  running: RunningDocument,
  verb: RecordVerb,
): Promise<Next> {
  const leg = await live.answer();
  if (leg === undefined) return goOn;
  const url = await resolveUrl(live, running, verb.action);
  if (url === undefined) return failDocument;
  const transcription = await transcriptionOf(live, running, verb);
  if (verb.playBeep) await leg.media.play(toneSource(BEEP), { signal: live.signal });
  if (live.signal.aborted) return goOn;
  const settings = await recordingSettings(live, running, verb, {
    source: 'RecordVerb',
    channels: 1,
    track: 'inbound',
    trim: verb.trim,
  });
  const recording = await recordLeg(live, leg, settings, transcription);
  const { key, isHeard } = await untilOver(live, leg, verb);
  const finished = await recording.stop();
  // Silence is not worth an action. Twilio: voice/twiml/record#timeout
  if (finished === undefined || !isHeard) return goOn;
  const { method } = verb;
  const parameters = recordingParameters(finished);
  if (live.over.signal.aborted) {
    const told = { url, method, parameters: { ...parameters, Digits: 'hangup' } };
    live.context.track(live.ended.then(() => tellAction(live, told)));
    return goOn;
  }
  return {
    kind: 'fetch',
    url,
    method,
    parameters: { ...parameters, ...(key === undefined ? {} : { Digits: key }) },
  };
}

/** What `transcribe` asks for. An engine that is missing is told of before anybody speaks. */
async function transcriptionOf(
  live: LiveCall,
  running: RunningDocument,
  { transcribe, transcribeCallback }: RecordVerb,
): Promise<TranscriptionSettings | undefined> {
  if (!transcribe) return undefined;
  try {
    await live.context.recognition.check(SPOKEN_LANGUAGE);
  } catch (error) {
    if (!(error instanceof SpeechError)) throw error;
    const problem = `<Record transcribe> cannot be transcribed, but is recorded all the same: ${error.message}`;
    await live.alerts.of(refusal('speechEngineMissing', { problem }));
  }
  const callback = transcribeCallback && (await resolveUrl(live, running, transcribeCallback));
  return { callback: callback || null };
}

/** Waits for a key, for silence, for the longest time, or until the caller is gone. */
async function untilOver(
  live: LiveCall,
  leg: Leg,
  verb: RecordVerb,
): Promise<{ readonly key: string | undefined; readonly isHeard: boolean }> {
  const over = deferred<string | undefined>();
  let silentMs = 0;
  let isHeard = false;
  const stops = [
    leg.media.onDigit((digit) => {
      if (verb.finishOnKeys.includes(digit)) over.resolve(digit);
    }),
    leg.media.onFrames(({ said }) => {
      const hasSound = isSound(said);
      isHeard ||= hasSound;
      silentMs = hasSound ? 0 : silentMs + FRAME_MS;
      if (silentMs >= verb.timeoutSec * 1000) over.resolve(undefined);
    }),
    live.context.actions.clock.after(verb.maxLengthSec * 1000, () => over.resolve(undefined)),
  ];
  void aborted(live.signal).then(() => over.resolve(undefined));
  const key = await over.promise;
  for (const stop of stops) stop();
  return { key, isHeard };
}
