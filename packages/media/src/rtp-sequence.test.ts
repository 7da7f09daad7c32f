import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RtpSequence } from './rtp-sequence.ts';

function feed(sequence: RtpSequence, numbers: readonly number[]): string[] {
  return numbers.map((number) => sequence.accept(number & 0xffff));
}

describe('RtpSequence', () => {
  it('counts gaps as loss until the missing packet comes', () => {
    const sequence = new RtpSequence();

    feed(sequence, [10, 11, 14, 15]);
    const lostBefore = sequence.lost;
    feed(sequence, [12]);

    expect([lostBefore, sequence.lost]).toEqual([2, 1]);
  });

  it('goes on over the wrap from 65535 to 0', () => {
    const sequence = new RtpSequence();

    expect(feed(sequence, [65534, 65535, 0, 1])).toEqual(Array(4).fill('accepted'));
    expect(sequence.lost).toBe(0);
  });

  it('refuses a duplicate, so that it hides no loss', () => {
    const sequence = new RtpSequence();

    expect(feed(sequence, [5, 6, 6, 8])).toEqual(['accepted', 'accepted', 'duplicate', 'accepted']);
    expect(sequence.lost).toBe(1);
  });

  it('takes a packet that was reordered before the first', () => {
    const sequence = new RtpSequence();

    expect(feed(sequence, [0, -1, 1])).toEqual(['accepted', 'accepted', 'accepted']);
    expect(sequence.lost).toBe(0);
  });

  it('believes a large jump only when a second packet follows it', () => {
    const sequence = new RtpSequence();

    expect(feed(sequence, [1, 20_000, 2, 30_000, 30_001, 30_002])).toEqual([
      'accepted',
      'suspect',
      'accepted',
      'suspect',
      'restarted',
      'accepted',
    ]);
    expect(sequence.lost).toBe(0);
  });

  it('keeps the loss of earlier senders', () => {
    const sequence = new RtpSequence();

    feed(sequence, [1, 3]);
    sequence.restart();
    feed(sequence, [500, 502]);

    expect(sequence.lost).toBe(2);
  });

  it('counts exactly what is missing, from any start and in any local order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffff }),
        fc.array(fc.boolean(), { minLength: 2, maxLength: 300 }),
        (start, kept) => {
          const sequence = new RtpSequence();
          const numbers = kept.flatMap((keep, index) =>
            keep || index === 0 || index === kept.length - 1 ? [start + index] : [],
          );
          // Swap neighbours, but leave the first in place.
          for (let i = 1; i + 1 < numbers.length; i += 2) {
            [numbers[i], numbers[i + 1]] = [numbers[i + 1] ?? 0, numbers[i] ?? 0];
          }

          feed(sequence, numbers);

          expect(sequence.lost).toBe(kept.length - numbers.length);
        },
      ),
    );
  });
});
