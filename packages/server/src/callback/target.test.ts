import { describe, expect, test } from 'vitest';
import { urlProblem } from '../base/url-problem.ts';
import { readTarget } from './target.ts';

describe('the URL of a webhook', () => {
  test.each([
    'http:///a',
    'http:a',
    'http:/a',
    'http:\\\\a',
    'http://a\\@b/',
    'http://a:65536/',
    'http://a/\n',
    'ftp://a',
  ])('%j is refused where it is set and where it is used', (url) => {
    expect(urlProblem(`${url}b`)).toBeDefined();
    expect(readTarget(`${url}b`)).toMatchObject({ ok: false });
  });

  test('keeps a port of 0, at which nobody listens', () => {
    expect(urlProblem('http://a:0/')).toBeUndefined();
    expect(readTarget('http://a:0/')).toMatchObject({
      ok: true,
      target: { port: 0, host: 'a:0', href: 'http://a:0/' },
    });
  });

  test('may have any line end of Unicode in its fragment, which is not sent', () => {
    expect(readTarget('http://a/#\u2028')).toMatchObject({ target: { href: 'http://a/' } });
  });

  test('keeps no host that only looks like the one that is asked', () => {
    expect(readTarget('http://\u212aelvin.example/')).toMatchObject({
      target: { hostname: 'kelvin.example', host: 'kelvin.example' },
    });
  });
});
