import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { type Frame, StreamFramer } from './stream-framer.ts';

const message = (body: string): string =>
  `OPTIONS sip:a SIP/2.0\r\nTo: x\r\nl : ${Buffer.byteLength(body)}\r\n\r\n${body}`;

function texts(frames: readonly Frame[]): readonly string[] {
  return frames.map((frame) => (frame.type === 'message' ? frame.bytes.toString() : frame.type));
}

test('however a stream is cut, the same messages come out', () => {
  const bodies = fc.array(fc.string({ maxLength: 30 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(bodies, fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (parts, sizes) => {
      const stream = Buffer.from(parts.map((body) => `${message(body)}\r\n`).join(''));
      const framer = new StreamFramer();
      const frames: Frame[] = [];
      let at = 0;
      for (const size of sizes) {
        if (at >= stream.length) break;
        frames.push(...framer.push(stream.subarray(at, at + size)));
        at += size;
      }
      expect(texts(frames).filter((text) => text.startsWith('OPTIONS'))).toEqual(
        parts.map(message),
      );
      expect(framer.partial).toBe(false);
    }),
  );
});

test('two CRLF between messages are a ping, one is a pong', () => {
  const framer = new StreamFramer();

  expect(texts(framer.push(Buffer.from(`\r\n\r\n${message('a')}\r\n${message('b')}`)))).toEqual([
    'ping',
    message('a'),
    'pong',
    message('b'),
  ]);
});

test('a pong may come in two pieces', () => {
  const framer = new StreamFramer();

  expect(framer.push(Buffer.from('\r'))).toEqual([]);
  expect(framer.partial).toBe(true);
  expect(texts(framer.push(Buffer.from('\n')))).toEqual(['pong']);
  expect(framer.partial).toBe(false);
});
