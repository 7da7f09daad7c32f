import { fuzz } from '../../../../tests/_fuzz/fuzz.ts';
import { mutateBytes } from '../../../../tests/_fuzz/mutate.ts';
import type { Random } from '../../../../tests/_fuzz/random.ts';
import { parseMessage } from '../../src/message/parse-message.ts';
import { type Frame, StreamFramer } from '../../src/transport/stream-framer.ts';
import { makeMessage, nasty, words } from './_messages.ts';

/** What comes of a stream that arrives in these pieces, up to where it breaks. */
function framesOf(pieces: readonly Buffer[]): Frame[] {
  const framer = new StreamFramer();
  const frames: Frame[] = [];
  for (const piece of pieces) {
    frames.push(...framer.push(piece));
    if (frames.at(-1)?.type === 'broken') break;
  }
  return frames;
}

function cut(bytes: Buffer, random: Random): Buffer[] {
  const pieces: Buffer[] = [];
  const most = random.pick([1, 7, 100, 1500]);
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + random.below(Math.max(most, Math.ceil(bytes.length / 300)));
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}

/** Without keep-alives, of which a double one may arrive as two single ones. */
function messagesOf(frames: readonly Frame[]): string {
  return frames
    .filter((frame) => frame.type !== 'ping' && frame.type !== 'pong')
    .map((frame) => (frame.type === 'message' ? frame.bytes.toString('latin1') : frame.reason))
    .join('|');
}

fuzz<Buffer>('A SIP stream', {
  corpus: [...nasty.map((text) => Buffer.from(text)), Buffer.from('\r\n'.repeat(3000))],
  make: (random) => {
    const messages = random.list(3, () => `${makeMessage(random)}${random.maybe('\r\n\r\n')}`);
    return mutateBytes(random, Buffer.from(messages.join('')), { words });
  },
  check: (bytes, random) => {
    const whole = framesOf([bytes]);
    const inPieces = framesOf(cut(bytes, random));
    if (messagesOf(whole) !== messagesOf(inPieces)) {
      throw new Error('Other messages come of the same bytes in pieces');
    }
    let length = 0;
    for (const frame of whole) {
      if (frame.type !== 'message') continue;
      length += frame.bytes.length;
      const parsed = parseMessage(frame.bytes);
      // Where the framer has cut is where the parser must see the end too.
      if (!parsed.ok && parsed.error.code === 'incomplete') throw new Error('Cut too short');
    }
    if (length > bytes.length) throw new Error('More came out than went in');
  },
});
