import { describe, expect, it } from 'vitest';
import { AnswerDetector, type AnswerVerdict } from './answer-detector.ts';

const THRESHOLDS = {
  timeoutMs: 30_000,
  speechThresholdMs: 2400,
  speechEndThresholdMs: 1200,
  silenceTimeoutMs: 5000,
};

type Sound = (second: number) => number;

const tone =
  (frequencyHz: number, amplitude = 8000): Sound =>
  (second) =>
    amplitude * Math.sin(2 * Math.PI * frequencyHz * second);

/** Four syllables a second, of a voice that rises and falls. */
const voice: Sound = (second) => {
  const phase = 2 * Math.PI * (140 * second + 3 * Math.sin(2 * second));
  const harmonics = [1, 2, 3, 4, 5, 6].map((n) => Math.sin(n * phase) / n);
  const syllable = Math.abs(Math.sin(4 * Math.PI * second));
  return 5000 * syllable * harmonics.reduce((sum, each) => sum + each, 0);
};

const silence: Sound = () => 0;

/** What a bad line makes of nothing. */
const hum: Sound = (second) => 300 * Math.sin(12_345 * second) * Math.cos(54_321 * second ** 2);

/** One sound after another, each for its milliseconds, then silence for a minute. */
function heard(
  parts: readonly (readonly [Sound, number])[],
  options: { readonly untilMessageEnd?: boolean } = {},
): { readonly verdict: AnswerVerdict | undefined; readonly elapsedMs: number } {
  const detector = new AnswerDetector({ ...THRESHOLDS, ...options });
  for (const [sound, durationMs] of [...parts, [silence, 60_000] as const]) {
    for (let at = 0; at < durationMs; at += 20) {
      const frame = Int16Array.from({ length: 160 }, (_, i) => sound(at / 1000 + i / 8000));
      const verdict = detector.push(sound === silence ? undefined : frame);
      if (verdict !== undefined) return { verdict, elapsedMs: detector.elapsedMs };
    }
  }
  return { verdict: undefined, elapsedMs: detector.elapsedMs };
}

const untilMessageEnd = { untilMessageEnd: true };

describe('AnswerDetector', () => {
  it('takes a short word and the silence after it for a person', () => {
    const word = [[silence, 400] as const, [voice, 600] as const];

    const { verdict, elapsedMs } = heard(word);

    expect(verdict).toBe('human');
    expect(elapsedMs).toBeGreaterThan(2000);
    expect(elapsedMs).toBeLessThan(2300);
    expect(heard(word, untilMessageEnd).verdict).toBe('human');
  });

  it('takes who talks on for a machine, as soon as it has talked for long', () => {
    const { verdict, elapsedMs } = heard([[voice, 9000]]);

    expect(verdict).toBe('machine-start');
    expect(elapsedMs).toBeGreaterThan(2300);
    expect(elapsedMs).toBeLessThan(2800);
  });

  it('bridges the pauses between words', () => {
    const word = [[voice, 500] as const, [silence, 800] as const];

    expect(heard([...word, ...word, ...word, ...word]).verdict).toBe('machine-start');
  });

  it('waits for the beep of a machine, or for the end of what it says', () => {
    const greeting = [voice, 4000] as const;

    const beeped = heard([greeting, [silence, 600], [tone(1000), 400]], untilMessageEnd);
    const late = heard([greeting, [silence, 1100], [tone(1400), 800]], untilMessageEnd);
    const ended = heard([greeting], untilMessageEnd);
    const endless = heard([[voice, 60_000]], untilMessageEnd);

    expect(beeped.verdict).toBe('machine-end-beep');
    expect(beeped.elapsedMs).toBeGreaterThanOrEqual(5000);
    expect(beeped.elapsedMs).toBeLessThan(5200);
    expect(late.verdict).toBe('machine-end-beep');
    expect(ended.verdict).toBe('machine-end-silence');
    expect(endless).toEqual({ verdict: 'machine-end-other', elapsedMs: 30_000 });
  });

  it('takes a beep for a machine, however little was said', () => {
    const parts = [[voice, 700] as const, [silence, 300] as const, [tone(850), 500] as const];

    expect(heard(parts).verdict).toBe('machine-start');
    expect(heard(parts, untilMessageEnd).verdict).toBe('machine-end-beep');
  });

  it('knows a fax by the tone it answers with, and by that it calls with', () => {
    const reversed: Sound = (second) => tone(2100)(second) * (second % 0.9 < 0.45 ? 1 : -1);

    expect(heard([[tone(2100), 3000]])).toEqual({ verdict: 'fax', elapsedMs: 1000 });
    expect(heard([[reversed, 3000]]).verdict).toBe('fax');
    expect(heard([[tone(1100), 500]]).verdict).toBe('fax');
  });

  it('leaves it open who is there when nobody speaks, whatever the line hums', () => {
    const open = { verdict: 'unknown', elapsedMs: 5000 };

    expect(heard([])).toEqual(open);
    expect(heard([[hum, 10_000]])).toEqual(open);
    expect(heard([[tone(200), 40]])).toEqual(open);
  });

  it('gives its first verdict again', () => {
    const detector = new AnswerDetector({ ...THRESHOLDS, silenceTimeoutMs: 20 });

    expect(detector.push(undefined)).toBe('unknown');
    expect(detector.push(new Int16Array(160))).toBe('unknown');
    expect(detector.elapsedMs).toBe(20);
  });
});
