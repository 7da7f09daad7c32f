import {
  createEspeakEngine,
  createPocketsphinxEngine,
  createSynthesisService,
  createTranscriptionService,
  type RecognitionEngine,
  type SpeechEngine,
} from '@tutti/media';
import type { Recognition, Synthesis } from './config/speech.ts';

/** The engine that hears words, as configured. */
export function openRecognition(recognition: Recognition): RecognitionEngine {
  if (recognition.kind === 'command') return createPocketsphinxEngine(recognition);
  const { url, key, model } = recognition;
  return createTranscriptionService({ url, key: key?.reveal(), model });
}

/** The engine that speaks, as configured. */
export function openSynthesis(synthesis: Synthesis): SpeechEngine {
  if (synthesis.kind === 'command') return createEspeakEngine(synthesis);
  const { url, key, model, voice } = synthesis;
  return createSynthesisService({ url, key: key?.reveal(), model, voice });
}
