import { describe, expect, it } from 'vitest';
import { samplesSource } from './audio-source.ts';
import { BridgeMixer } from './bridge-mixer.ts';
import type { MixerSeat } from './bridge-mixer.ts';

function seat(value: number | undefined, audience?: MixerSeat): MixerSeat {
  return {
    input: new Int16Array(160).fill(value ?? 0),
    isSpeaking: value !== undefined,
    audience,
    hearing: undefined,
  };
}

function mixerOf(seats: readonly MixerSeat[]): BridgeMixer {
  const mixer = new BridgeMixer((error) => {
    throw error;
  });
  seats.forEach((each) => mixer.add(each));
  return mixer;
}

/** The one value a party hears throughout the frame; undefined is silence. */
function heard(each: MixerSeat): number | undefined {
  const values = [...new Set(each.hearing)];
  expect(values.length).toBeLessThanOrEqual(1);
  return values[0];
}

describe('BridgeMixer', () => {
  it('lets two parties hear each other', () => {
    const seats = [seat(100), seat(200)];

    mixerOf(seats).tick();

    expect(seats.map(heard)).toEqual([200, 100]);
  });

  it('lets each of many hear all the others and not itself', () => {
    const seats = [seat(1), seat(10), seat(100), seat(1000), seat(undefined)];

    mixerOf(seats).tick();

    expect(seats.map(heard)).toEqual([1110, 1101, 1011, 111, 1111]);
  });

  it('lets one who whispers be heard by its audience alone, and hear everyone', () => {
    const agent = seat(10);
    const quiet = seat(undefined);
    const seats = [seat(1), agent, quiet, seat(100, agent), seat(1000, quiet)];
    const mixer = mixerOf(seats);
    const mixes: number[] = [];
    mixer.mixListeners.add((frame) => mixes.push(frame[0] ?? 0));

    mixer.tick();

    expect(seats.map(heard)).toEqual([10, 101, 1011, 11, 11]);
    expect(mixes).toEqual([11]);
  });

  it('lets nobody hear one who whispers to somebody else, nor two of whom one whispers', () => {
    const [left, right] = [seat(1), seat(10, seat(100))];

    mixerOf([left, right]).tick();

    expect([left, right].map(heard)).toEqual([0, 1]);
  });

  it('clips what is too loud, and only for those who hear it', () => {
    const seats = [seat(30_000), seat(20_000), seat(-25_000)];

    mixerOf(seats).tick();

    expect(seats.map(heard)).toEqual([-5000, 5000, 32767]);
  });

  it('gives silence to one who is alone', () => {
    const seats = [seat(100)];

    mixerOf(seats).tick();

    expect(seats.map(heard)).toEqual([undefined]);
  });

  it('gives the whole mix to listeners', () => {
    const mixer = mixerOf([seat(20_000), seat(20_000)]);
    const mixes: number[] = [];
    const remove = mixer.mixListeners.add((frame) => mixes.push(frame[0] ?? 0));

    mixer.tick();
    remove();
    mixer.tick();

    expect(mixes).toEqual([32767]);
  });

  it('adds a play to what everybody hears, for as long as it lasts', async () => {
    const seats = [seat(1), seat(2)];
    const mixer = mixerOf(seats);
    const play = mixer.plays.play(samplesSource(new Int16Array(320).fill(500)));

    const ticks = [1, 2, 3].map(() => {
      mixer.tick();
      return seats.map(heard);
    });

    expect(ticks).toEqual([
      [502, 501],
      [502, 501],
      [2, 1],
    ]);
    expect(await play).toBe('finished');
  });

  it('leaves silence behind for one who is removed', () => {
    const seats = [seat(1), seat(2), seat(3)];
    const mixer = mixerOf(seats);
    mixer.tick();

    seats.slice(1, 2).forEach((each) => mixer.remove(each));
    mixer.tick();

    expect(seats.map(heard)).toEqual([3, undefined, 1]);
  });
});
