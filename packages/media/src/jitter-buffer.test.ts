import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JitterBuffer } from './jitter-buffer.ts';

/** Code words stand for themselves, so that a frame shows which packet it came from. */
const identity = Int16Array.from({ length: 256 }, (_, byte) => byte);

class Rig {
  readonly buffer = new JitterBuffer();
  readonly start: number;
  readonly #frame = new Int16Array(160);

  constructor(start = 0) {
    this.start = start;
  }

  /** Sends packet number `index`, whose samples all have the value `index + 1`. */
  send(index: number, samples = 160): boolean {
    const bytes = new Uint8Array(samples).fill(index + 1);
    const rtpTimestamp = (this.start + index * samples) >>> 0;
    return this.buffer.insert(rtpTimestamp, bytes, 0, samples, identity);
  }

  /** The value in the middle of the next frame, or what was played in its place. */
  read(): number | string {
    const outcome = this.buffer.read(this.#frame);
    return outcome === 'audio' ? (this.#frame[80] ?? 0) : outcome;
  }

  /** One tick of a calm network: a packet comes, then a frame is played. */
  step(index: number): number | string {
    this.send(index);
    return this.read();
  }
}

describe('JitterBuffer', () => {
  it('plays nothing before the first packet', () => {
    expect(new Rig().read()).toBe('idle');
  });

  it('plays a steady stream one frame after it came', () => {
    const rig = new Rig();

    expect([0, 1, 2, 3, 4].map((index) => rig.step(index))).toEqual(['concealed', 1, 2, 3, 4]);
  });

  it('plays on over the wrap of the timestamp', () => {
    const rig = new Rig(0xffffffff - 200);

    expect([0, 1, 2, 3, 4].map((index) => rig.step(index))).toEqual(['concealed', 1, 2, 3, 4]);
  });

  it('plays whole frames again after a packet shorter than a frame', () => {
    const { buffer } = new Rig();
    const frame = new Int16Array(160);
    let rtpTimestamp = 0;
    const step = (samples: number): string => {
      buffer.insert(rtpTimestamp, new Uint8Array(samples).fill(7), 0, samples, identity);
      rtpTimestamp += samples;
      return buffer.read(frame);
    };

    step(160);
    step(60);
    step(160);
    step(160);

    expect([step(160), frame]).toEqual(['audio', new Int16Array(160).fill(7)]);
  });

  it('puts reordered packets back in order', () => {
    const rig = new Rig();

    rig.send(0);
    rig.send(2);
    rig.send(1);

    expect([rig.read(), rig.read(), rig.read(), rig.read()]).toEqual(['concealed', 1, 2, 3]);
  });

  it('goes on with the last sound for a lost packet, and stays in time', () => {
    const rig = new Rig();

    const heard = [rig.step(0), rig.step(1), rig.read(), rig.step(3), rig.step(4), rig.step(5)];

    expect(heard).toEqual(['concealed', 1, 2, 'concealed', 4, 5]);
  });

  it('drops a packet whose time has passed', () => {
    const rig = new Rig();
    [0, 1, 2, 3, 4].forEach((index) => rig.step(index));

    expect(rig.send(2)).toBe(false);
  });

  it('waits longer after packets came late, and loses none of them', () => {
    const rig = new Rig();
    const heard = [rig.step(0), rig.step(1)];
    // Packets 2 to 4 are three ticks late and come together.
    heard.push(rig.read(), rig.read(), rig.read());
    [2, 3, 4].forEach((index) => rig.send(index));
    heard.push(...[5, 6, 7].map((index) => rig.step(index)));

    expect(heard).toEqual(['concealed', 1, 2, 'concealed', 'concealed', 3, 4, 5]);
  });

  it('shortens the wait again when the network is calm', () => {
    const rig = new Rig();
    rig.step(0);
    rig.read();
    Array.from({ length: 6 }).forEach(() => rig.read());
    [1, 2, 3, 4, 5, 6].forEach((index) => rig.send(index));

    const delays = Array.from({ length: 400 }, (_, i) => {
      const heard = rig.step(7 + i);
      return { heard, delayMs: rig.buffer.delayMs };
    });

    expect(delays[0]?.delayMs).toBe(120);
    expect(delays.at(-1)?.delayMs).toBeLessThanOrEqual(45 - 20);
    expect(delays.map(({ heard }) => heard)).not.toContain('concealed');
    expect(rig.buffer.skippedFrames).toBe(0);
  });

  it.each([
    ['fast', 1.005],
    ['slow', 0.995],
  ])('keeps its delay when the sender is %s, and nobody hears how', (_name, pace) => {
    const sine = Int16Array.from({ length: 256 }, (__, byte) => (byte - 128) * 100);
    const buffer = new JitterBuffer();
    const frame = new Int16Array(160);
    const jumps: number[] = [];
    const delays: number[] = [];
    const outcomes = new Map<string, number>();
    let last = 0;
    let sent = 0;
    for (let tick = 0; tick < 3000; tick += 1) {
      for (; sent <= tick * pace; sent += 1) {
        const bytes = Uint8Array.from(
          { length: 160 },
          (__, i) => 128 + 100 * Math.sin((2 * Math.PI * 200 * (sent * 160 + i)) / 8000),
        );
        buffer.insert(sent * 160, bytes, 0, 160, sine);
      }
      const outcome = buffer.read(frame);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      delays.push(buffer.delayMs);
      for (const sample of frame) {
        jumps.push(Math.abs(sample - last));
        last = sample;
      }
    }

    expect(outcomes).toEqual(
      new Map([
        ['concealed', 1],
        ['audio', 2999],
      ]),
    );
    expect(Math.max(...delays)).toBeLessThan(80);
    // A sine of this level and frequency moves by 1571 at most between two samples.
    expect(jumps.reduce((most, jump) => Math.max(most, jump), 0)).toBeLessThan(1571 * 1.3);
    expect(buffer.skippedFrames).toBe(0);
  });

  it('starts afresh after a pause in which timestamps went on', () => {
    const rig = new Rig();
    [0, 1, 2].forEach((index) => rig.step(index));
    Array.from({ length: 100 }).forEach(() => rig.read());

    expect([100, 101, 102].map((index) => rig.step(index))).toEqual(['concealed', 101, 102]);
  });

  it('starts afresh after a pause in which timestamps stood still', () => {
    const rig = new Rig();
    [0, 1, 2].forEach((index) => rig.step(index));
    Array.from({ length: 100 }).forEach(() => rig.read());

    expect([3, 4, 5].map((index) => rig.step(index))).toEqual(['concealed', 4, 5]);
  });

  it('skips to the newest frames when a burst exceeds its bound', () => {
    const rig = new Rig();
    Array.from({ length: 50 }, (_, index) => rig.send(index));

    const next = rig.read();

    expect(next).toBeGreaterThan(40);
    expect(rig.buffer.skippedFrames).toBeGreaterThan(0);
  });

  it('follows a sender whose clock jumps back', () => {
    const rig = new Rig(1_000_000);
    [0, 1, 2].forEach((index) => rig.step(index));
    const restarted = (index: number): boolean =>
      rig.buffer.insert(index * 160, new Uint8Array(160).fill(index + 50), 0, 160, identity);

    restarted(0);
    rig.read();
    restarted(1);

    expect(rig.read()).toBe(50);
  });

  it.each([80, 240, 320, 480])('plays packets of %i samples without a gap', (samples) => {
    const rig = new Rig();
    const heard: (number | string)[] = [];
    let sent = 0;
    for (let tick = 0; tick < 48; tick += 1) {
      while (sent * samples <= tick * 160) {
        rig.send(sent, samples);
        sent += 1;
      }
      heard.push(rig.read());
    }

    expect(heard.slice(1)).not.toContain('concealed');
    expect(heard[0]).toBe('concealed');
  });

  it('plays every packet in order and in time again, whatever was lost or late before', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.array(fc.integer({ min: -1, max: 4 }), { minLength: 1, maxLength: 120 }),
        (start, delays) => {
          const rig = new Rig(start);
          for (let tick = 0; tick < delays.length; tick += 1) {
            delays.forEach((delay, index) => {
              if (delay >= 0 && index + delay === tick) {
                rig.send(index);
              }
            });
            rig.read();
          }

          const heard = Array.from({ length: 60 }, (_, i) => Number(rig.step(delays.length + i)));

          const last = heard.slice(-20);
          expect(last).toEqual(last.map((_, i) => (last[0] ?? 0) + i));
          expect(rig.buffer.delayMs).toBeLessThanOrEqual(200);
        },
      ),
    );
  });
});
