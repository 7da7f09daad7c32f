import { describe, expect, it } from 'vitest';
import { CookieJar } from '../../src/callback/cookie-jar.ts';
import { readTarget, type Target } from '../../src/callback/target.ts';

function target(url: string): Target {
  const read = readTarget(url);
  if (!read.ok) throw new Error(read.problem);
  return read.target;
}

/** The `Cookie` header for `asked` after `from` set the cookies. */
function sent(from: string, setCookies: readonly string[], asked: string): string | undefined {
  const jar = new CookieJar();
  jar.store(target(from), setCookies);
  return jar.header(target(asked));
}

describe('a cookie', () => {
  it.each([
    ['http://h.test/voice/a', 'http://h.test/voice/b?x=1', 'a=1'],
    ['http://h.test/voice/a', 'http://h.test/voice/deep/c', 'a=1'],
    ['http://h.test/voice/a', 'http://h.test:8080/voice/b', 'a=1'],
    ['http://h.test/voice/a', 'http://h.test/voices', undefined],
    ['http://h.test/voice/a', 'http://h.test/', undefined],
    ['http://h.test/voice', 'http://h.test/other', 'a=1'],
    ['http://h.test/', 'http://other.test/', undefined],
    ['http://h.test/', 'http://sub.h.test/', undefined],
  ])('set by %s goes to %s as %s', (from, asked, expected) => {
    expect(sent(from, ['a=1'], asked)).toBe(expected);
  });

  it.each([
    ['a=1; Path=/', 'http://www.h.test/x', 'a=1'],
    ['a=1; path=/x', 'http://www.h.test/x', 'a=1'],
    ['a=1; path=/x', 'http://www.h.test/xy', undefined],
    ['a=1; Path=x', 'http://www.h.test/', 'a=1'],
    ['a=1; Domain=.H.test', 'http://api.h.test/', 'a=1'],
    ['a=1; Domain=h.test', 'http://h.test/', 'a=1'],
    ['a=1; Domain=other.test', 'http://other.test/', undefined],
    ['a=1; Domain=other.test', 'http://www.h.test/', undefined],
    ['a=1; Domain=test', 'http://h.test/', undefined],
    ['a=1; Secure', 'http://www.h.test/', undefined],
    ['a=1; Secure; HttpOnly', 'https://www.h.test/', 'a=1'],
    ['a=1; Max-Age=0', 'http://www.h.test/', undefined],
    ['a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'http://www.h.test/', 'a=1'],
    ['a=x=y', 'http://www.h.test/', 'a=x=y'],
    ['a=', 'http://www.h.test/', 'a='],
    ['=1', 'http://www.h.test/', undefined],
    ['novalue', 'http://www.h.test/', undefined],
    ['a=1\r\nX-Evil: 1', 'http://www.h.test/', undefined],
    [`a=${'x'.repeat(5000)}`, 'http://www.h.test/', undefined],
  ])('%j of www.h.test goes to %s as %s', (setCookie, asked, expected) => {
    expect(sent('http://www.h.test/', [setCookie], asked)).toBe(expected);
  });

  it('of an address does not match by its last digits', () => {
    expect(sent('http://10.0.0.1/', ['a=1; Domain=0.0.1'], 'http://10.0.0.1/')).toBeUndefined();
  });
});

describe('a jar', () => {
  it('sends the newest value once, longer paths first', () => {
    const set = ['a=1; Path=/', 'b=1; Path=/x', 'a=2; Path=/', 'a=3; Path=/x'];

    expect(sent('http://h.test/', set, 'http://h.test/x')).toBe('b=1; a=3; a=2');
  });

  it('holds fifty cookies and lets the oldest go', () => {
    const set = Array.from({ length: 60 }, (_, i) => `c${i}=1`);

    const header = sent('http://h.test/', set, 'http://h.test/') ?? '';

    expect(header.split('; ')).toHaveLength(50);
    expect(header).not.toContain('c9=');
    expect(header).toContain('c10=');
  });

  it('has nothing to send while it is empty', () => {
    expect(new CookieJar().header(target('http://h.test/'))).toBeUndefined();
  });
});
