import { describe, expect, it } from 'vitest';
import { RtpLatch } from './rtp-latch.ts';

function latch(): RtpLatch {
  const made = new RtpLatch();
  made.signal('192.0.2.1', 4000);
  return made;
}

const target = (each: RtpLatch): string => `${each.address}:${each.port}`;

describe('RtpLatch', () => {
  it('sends where signalling says until a packet comes', () => {
    expect(target(latch())).toBe('192.0.2.1:4000');
  });

  it('follows the source of the first packet, and no other', () => {
    const each = latch();

    const verdicts = [
      each.accept('203.0.113.9', 5000, 0),
      each.accept('198.51.100.66', 6666, 20),
      each.accept('203.0.113.9', 5000, 40),
    ];

    expect(verdicts).toEqual([true, false, true]);
    expect(target(each)).toBe('203.0.113.9:5000');
  });

  it('lets the signalled address win over an earlier source', () => {
    const each = latch();
    each.accept('203.0.113.9', 5000, 0);

    expect(each.accept('192.0.2.1', 4000, 20)).toBe(true);
    expect(target(each)).toBe('192.0.2.1:4000');
  });

  it('follows a source that moved once the old one is silent for a second', () => {
    const each = latch();
    each.accept('203.0.113.9', 5000, 0);

    expect(each.accept('203.0.113.9', 5002, 900)).toBe(false);
    expect(each.accept('203.0.113.9', 5002, 1001)).toBe(true);
    expect(target(each)).toBe('203.0.113.9:5002');
  });

  it('keeps its source over a re-INVITE that changes nothing', () => {
    const each = latch();
    each.accept('203.0.113.9', 5000, 0);

    each.signal('192.0.2.1', 4000);

    expect(target(each)).toBe('203.0.113.9:5000');
  });

  it('starts over when signalling names another address', () => {
    const each = latch();
    each.accept('203.0.113.9', 5000, 0);

    each.signal('192.0.2.7', 4000);

    expect(target(each)).toBe('192.0.2.7:4000');
  });
});
