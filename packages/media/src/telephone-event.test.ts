import { describe, expect, it } from 'vitest';
import { TelephoneEventReceiver, writeTelephoneEvent } from './telephone-event.ts';

interface Sent {
  readonly rtpTimestamp: number;
  readonly key: string;
  readonly end?: boolean;
  readonly durationTicks?: number;
}

function keysOf(sent: readonly Sent[]): string {
  const receiver = new TelephoneEventReceiver();
  return sent
    .map(({ rtpTimestamp, key, end = false, durationTicks = 160 }) => {
      const bytes = new Uint8Array(4);
      writeTelephoneEvent(bytes, 0, { key, end, durationTicks });
      return receiver.accept(rtpTimestamp >>> 0, bytes, 0, 4) ?? '';
    })
    .join('');
}

describe('telephone events', () => {
  it('are laid out as event, end bit, volume and duration', () => {
    const bytes = new Uint8Array(4);

    writeTelephoneEvent(bytes, 0, { key: '#', end: true, durationTicks: 0x1234 });

    expect([...bytes]).toEqual([11, 0x8a, 0x12, 0x34]);
  });

  it('are one press for all packets of one timestamp, with three end packets', () => {
    const press = (rtpTimestamp: number, key: string): Sent[] => [
      { rtpTimestamp, key },
      { rtpTimestamp, key },
      { rtpTimestamp, key, end: true },
      { rtpTimestamp, key, end: true },
      { rtpTimestamp, key, end: true },
    ];

    expect(keysOf([...press(1000, '5'), ...press(3000, '5'), ...press(5000, 'D')])).toBe('55D');
  });

  it('are a press when only an end packet arrives', () => {
    expect(keysOf([{ rtpTimestamp: 1000, key: '7', end: true }])).toBe('7');
  });

  it('are two presses when the end packets of the first are lost', () => {
    expect(
      keysOf([
        { rtpTimestamp: 1000, key: '1' },
        { rtpTimestamp: 3000, key: '1' },
      ]),
    ).toBe('11');
  });

  it('ignore a straggler of the press before', () => {
    expect(
      keysOf([
        { rtpTimestamp: 1000, key: '1' },
        { rtpTimestamp: 3000, key: '2' },
        { rtpTimestamp: 1000, key: '1', end: true },
      ]),
    ).toBe('12');
  });

  it('are told apart over the wrap of the timestamp', () => {
    expect(
      keysOf([
        { rtpTimestamp: -100, key: '1' },
        { rtpTimestamp: 1500, key: '2' },
      ]),
    ).toBe('12');
  });

  it('are one press when a long key goes on in a second segment', () => {
    expect(
      keysOf([
        { rtpTimestamp: 1000, key: '9', durationTicks: 0xffff },
        { rtpTimestamp: 1000 + 0xffff, key: '9' },
      ]),
    ).toBe('9');
  });

  it('ignore events that are no keys, and truncated ones', () => {
    const receiver = new TelephoneEventReceiver();

    expect(receiver.accept(0, Uint8Array.of(16, 10, 0, 160), 0, 4)).toBeUndefined();
    expect(receiver.accept(0, Uint8Array.of(5, 10, 0), 0, 3)).toBeUndefined();
  });
});
