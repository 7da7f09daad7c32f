import { describe, expect, it } from 'vitest';
import { DtmfDialer } from './dtmf-dialer.ts';

/** One character per tick: the key while it sounds, `.` for a repeated end, `-` for nothing. */
function run(dialer: DtmfDialer, ticks: number): string {
  return Array.from({ length: ticks }, () => {
    const tick = dialer.next();
    return tick === undefined ? '-' : tick.kind === 'tone' ? tick.key : '.';
  }).join('');
}

describe('DtmfDialer', () => {
  it('sends each key with two repeats of its end and a gap', async () => {
    const dialer = new DtmfDialer();
    const dial = dialer.dial('1#', { toneMs: 60, gapMs: 80 });

    expect(run(dialer, 15)).toBe('111..--###..---');
    await dial;
  });

  it('marks the last frame of a key', () => {
    const dialer = new DtmfDialer();
    void dialer.dial('5', { toneMs: 40 });

    expect([dialer.next(), dialer.next(), dialer.next()]).toEqual([
      { kind: 'tone', key: '5', index: 0, last: false },
      { kind: 'tone', key: '5', index: 1, last: true },
      { kind: 'ended', key: '5', frames: 2 },
    ]);
  });

  it('waits half a second for w and a second for W', () => {
    const dialer = new DtmfDialer();
    void dialer.dial('w1W2', { toneMs: 40, gapMs: 60 });

    expect(run(dialer, 25 + 5 + 50 + 2)).toBe(`${'-'.repeat(25)}11..-${'-'.repeat(50)}22`);
  });

  it('takes small letters for keys and keeps tones long enough to be heard', () => {
    const dialer = new DtmfDialer();
    void dialer.dial('a', { toneMs: 1, gapMs: 1 });

    expect(run(dialer, 5)).toBe('AA..-');
  });

  it('dials one string after another', () => {
    const dialer = new DtmfDialer();
    void dialer.dial('1', { toneMs: 40, gapMs: 60 });
    void dialer.dial('2', { toneMs: 40, gapMs: 60 });

    expect(run(dialer, 10)).toBe('11..-22..-');
  });

  it('ends the key that sounds when aborted, and drops the rest', async () => {
    const dialer = new DtmfDialer();
    const abort = new AbortController();
    const dial = dialer.dial('12', { toneMs: 200, signal: abort.signal });

    const before = run(dialer, 3);
    abort.abort();

    expect(before + run(dialer, 5)).toBe('111..---');
    await dial;
  });

  it('resolves at once when aborted while waiting', async () => {
    const dialer = new DtmfDialer();
    const abort = new AbortController();
    const dial = dialer.dial('W1', { signal: abort.signal });
    run(dialer, 3);

    abort.abort();

    await dial;
    expect(run(dialer, 3)).toBe('---');
  });

  it('refuses what is not a key', async () => {
    await expect(new DtmfDialer().dial('1-2')).rejects.toMatchObject({ code: 'INVALID_DIGITS' });
  });
});
