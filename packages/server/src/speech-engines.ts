import {
  createPocketsphinxEngine,
  createTranscriptionService,
  type RecognitionEngine,
} from '@tutti/media';
import type { Recognition } from './config/speech.ts';

/** The engine that hears words, as configured. */
export function openRecognition(recognition: Recognition): RecognitionEngine {
  if (recognition.kind === 'command') return createPocketsphinxEngine(recognition);
  const { url, key, model } = recognition;
  return createTranscriptionService({ url, key: key?.reveal(), model });
}
