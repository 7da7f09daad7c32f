import { expect, test } from 'vitest';
import { parseUrl } from './parse-url.ts';

test('a URL is read as the URL standard does, however often', () => {
  for (let round = 0; round < 20_000; round += 1) {
    if (parseUrl('http://m\u00fcnchen.de/')?.hostname !== 'xn--mnchen-3ya.de') {
      throw new Error(`Not read in round ${round}`);
    }
  }

  expect(parseUrl('b', 'http://a/c/d')?.href).toBe('http://a/c/b');
  expect(parseUrl('b')).toBeUndefined();
});
