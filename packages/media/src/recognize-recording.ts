import { FRAME_MS, FRAME_SAMPLES } from './frame.ts';
import type { RecognitionEngine, RecognitionRequest } from './recognition-engine.ts';
import { SpeechDetector } from './speech-detector.ts';

/** Shorter than the end of a sentence, longer than a breath between words. */
const SILENCE_MS = 600;
/** Before speech is noticed, somebody has spoken for a moment, and breathed in. */
const BEFORE_FRAMES = (300 + SpeechDetector.startsAfterMs) / FRAME_MS;
/** Whoever speaks longer without a breath is cut: engines have a time limit for what they are given. */
const MAX_UTTERANCE_FRAMES = 20_000 / FRAME_MS;

/** Samples from `start` to before `end`. */
interface Utterance {
  readonly start: number;
  readonly end: number;
}

/**
 * Recognises all that is said in a recording, one utterance after another; empty when nothing was understood.
 *
 * @throws SpeechError
 */
export async function recognizeRecording(
  engine: RecognitionEngine,
  { samples, ...request }: RecognitionRequest,
): Promise<string> {
  const transcripts: string[] = [];
  for (const { start, end } of utterancesOf(samples)) {
    if (request.signal?.aborted === true) break;
    const { transcript } = await engine.recognize({
      ...request,
      samples: samples.subarray(start, end),
    });
    if (transcript !== '') transcripts.push(transcript);
  }
  return transcripts.join(' ');
}

/** Where somebody speaks in 8 kHz mono. */
function utterancesOf(samples: Int16Array): Utterance[] {
  const utterances: Utterance[] = [];
  let startFrame: number | undefined;
  let frame = 0;
  const end = (): void => {
    if (startFrame === undefined) return;
    utterances.push({ start: startFrame * FRAME_SAMPLES, end: frame * FRAME_SAMPLES });
    startFrame = undefined;
  };
  const detector = new SpeechDetector((isSpeaking) => {
    if (isSpeaking) startFrame = Math.max(0, frame - BEFORE_FRAMES);
    else end();
  }, SILENCE_MS);
  for (; frame * FRAME_SAMPLES < samples.length; frame += 1) {
    detector.push(samples.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES));
    if (startFrame === undefined || frame - startFrame < MAX_UTTERANCE_FRAMES) continue;
    end();
    startFrame = frame;
  }
  end();
  return utterances;
}
