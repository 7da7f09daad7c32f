import { describe, expect, it } from 'vitest';
import { toneSource } from './audio-source.ts';
import { ToneMeter } from './tone-meter.ts';

function meterOf(frequenciesHz: readonly number[], levelDbfs = -20): ToneMeter {
  const frame = new Int16Array(800);
  toneSource({ frequenciesHz, durationMs: 100, levelDbfs }).read(frame);
  const meter = new ToneMeter();
  meter.push(frame);
  return meter;
}

describe('ToneMeter', () => {
  it('measures a tone at its level', () => {
    expect(meterOf([1000], -20).energyDbfs).toBeCloseTo(-20, 1);
    expect(meterOf([1000], 0).energyDbfs).toBeCloseTo(0, 1);
  });

  it('measures silence as minus infinity', () => {
    expect(new ToneMeter().energyDbfs).toBe(-Infinity);
  });

  it('forgets what is older than 100 ms', () => {
    const meter = meterOf([1000]);

    meter.push(new Int16Array(800));

    expect(meter.energyDbfs).toBe(-Infinity);
    expect(meter.has(1000)).toBe(false);
  });

  it('tells a tone from others nearby', () => {
    const meter = meterOf([440]);

    expect([420, 425, 440, 455, 460, 880].filter((hz) => meter.has(hz))).toEqual([440]);
  });

  it('hears each voice of a mix, and none that is not in it', () => {
    const meter = meterOf([300, 500, 700]);

    expect([300, 400, 500, 600, 700].filter((hz) => meter.has(hz))).toEqual([300, 500, 700]);
  });

  it('hears no tone 20 dB below another, and none in near silence', () => {
    const meter = meterOf([1000], -10);
    const faint = new Int16Array(800);
    toneSource({ frequenciesHz: [600], durationMs: 100, levelDbfs: -70 }).read(faint);
    const quiet = new ToneMeter();
    quiet.push(faint);

    expect(meter.has(600)).toBe(false);
    expect(quiet.has(600)).toBe(false);
  });
});
