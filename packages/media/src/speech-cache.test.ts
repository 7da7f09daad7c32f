import { describe, expect, it } from 'vitest';
import { SpeechCache } from './speech-cache.ts';

describe('SpeechCache', () => {
  it('forgets the least recently used when full', () => {
    const cache = new SpeechCache(3 * 202);
    const speech = new Int16Array(100);

    ['a', 'b', 'c'].forEach((key) => cache.set(key, speech));
    cache.get('a');
    cache.set('d', speech);

    expect(['a', 'b', 'c', 'd'].filter((key) => cache.get(key) === speech)).toEqual([
      'a',
      'c',
      'd',
    ]);
    expect(cache.sizeBytes).toBe(3 * 202);
  });

  it('does not keep what is larger than all of it', () => {
    const cache = new SpeechCache(100);

    cache.set('a', new Int16Array(100));

    expect([cache.get('a'), cache.sizeBytes]).toEqual([undefined, 0]);
  });

  it('counts an entry that is replaced once', () => {
    const cache = new SpeechCache(1000);

    cache.set('a', new Int16Array(100));
    cache.set('a', new Int16Array(50));

    expect(cache.sizeBytes).toBe(102);
  });
});
