import { nearestName } from '@tutti/ids';
import { parseTwiml, type TwimlResult } from '@tutti/twiml';

/** Reads a document; its warnings name what was probably meant. */
export function readTwiml(text: string): TwimlResult {
  return parseTwiml(text, nearestName);
}
