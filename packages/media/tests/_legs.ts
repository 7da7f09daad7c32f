import type { MediaEngine, MediaLeg, MediaRemote } from '../src/index.ts';
import { ToneMeter } from '../src/index.ts';

/** Two legs of one engine, connected to each other over loopback. */
export async function openPair(
  engine: MediaEngine,
  options: Partial<Omit<MediaRemote, 'host' | 'port'>> = {},
): Promise<[MediaLeg, MediaLeg]> {
  const a = await engine.openLeg({ host: '127.0.0.1' });
  const b = await engine.openLeg({ host: '127.0.0.1' });
  a.connect({ host: '127.0.0.1', port: b.localPort, codec: 'PCMU', ...options });
  b.connect({ host: '127.0.0.1', port: a.localPort, codec: 'PCMU', ...options });
  return [a, b];
}

/** Resolves when what the leg receives satisfies the condition. */
export function heard(leg: MediaLeg, condition: (meter: ToneMeter) => boolean): Promise<void> {
  const meter = new ToneMeter();
  return new Promise((resolve) => {
    const remove = leg.onAudio((frame) => {
      meter.push(frame);
      if (condition(meter)) {
        remove();
        resolve();
      }
    });
  });
}

/** Collects keys until `count` have come. */
export function digits(leg: MediaLeg, count: number): Promise<string> {
  return new Promise((resolve) => {
    let all = '';
    const remove = leg.onDigit((digit) => {
      all += digit;
      if (all.length === count) {
        remove();
        resolve(all);
      }
    });
  });
}
