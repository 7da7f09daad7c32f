import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  answerChallenge,
  type DigestAuthorization,
  formatChallenge,
  parseAuthorization,
  parseChallenge,
  verifyDigest,
} from './digest.ts';

function challenge(header: string) {
  const parsed = parseChallenge(header);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

function authorization(header: string): DigestAuthorization {
  const parsed = parseAuthorization(header);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

describe('the examples of the standards', () => {
  test('RFC 2617 §3.5', () => {
    const header = answerChallenge({
      challenge: challenge(
        'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
      ),
      username: 'Mufasa',
      password: 'Circle Of Life',
      method: 'GET',
      uri: '/dir/index.html',
      cnonce: '0a4f113b',
      count: 1,
    });

    expect(header).toContain('response="6629fae49393a05397450978507c4ef1"');
    expect(header).toContain('opaque="5ccc069c403ebaf9f0171e9517f40e41"');
    expect(header).toContain('qop=auth, nc=00000001');
  });

  test.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('RFC 7616 §3.9.1 with %s', (algorithm, response) => {
    const header = answerChallenge({
      challenge: challenge(
        `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"`,
      ),
      username: 'Mufasa',
      password: 'Circle of Life',
      method: 'GET',
      uri: '/dir/index.html',
      cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
      count: 1,
    });

    expect(header).toContain(`response="${response}"`);
  });
});

describe('a challenge', () => {
  test('without qop is answered as RFC 2069 has it', () => {
    const header = answerChallenge({
      challenge: challenge('Digest realm="r", nonce="n"'),
      username: 'u',
      password: 'p',
      method: 'REGISTER',
      uri: 'sip:r',
      cnonce: 'c',
      count: 1,
    });

    expect(header).not.toContain('cnonce');
    expect(
      verifyDigest({ authorization: authorization(header), method: 'REGISTER', password: 'p' }),
    ).toBe(true);
  });

  test.each([
    ['scheme', 'Basic realm="r"'],
    ['field', 'Digest realm="r"'],
    ['field', 'Digest =x'],
    ['algorithm', 'Digest realm="r", nonce="n", algorithm=SHA-512-256'],
    ['qop', 'Digest realm="r", nonce="n", qop="auth-conf"'],
  ])('that cannot be answered is refused: %s', (code, header) => {
    expect(parseChallenge(header)).toMatchObject({ ok: false, error: { code } });
  });

  test('is written so that it can be read', () => {
    const header = formatChallenge({ realm: 'a "b"', nonce: 'n', stale: true, opaque: 'o' });

    expect(challenge(header)).toEqual({
      realm: 'a "b"',
      nonce: 'n',
      algorithm: 'MD5',
      qop: ['auth'],
      opaque: 'o',
      stale: true,
    });
    expect(() => formatChallenge({ realm: 'a\r\nb', nonce: 'n' })).toThrow(TypeError);
  });
});

describe('verifying', () => {
  const algorithms = ['MD5', 'MD5-sess', 'SHA-256', 'SHA-256-sess'] as const;

  test.each(algorithms)(
    'lets the right password and method through, and nothing else (%s)',
    (algorithm) => {
      fc.assert(
        fc.property(fc.string(), fc.string(), (password, other) => {
          const header = answerChallenge({
            challenge: { realm: 'r', nonce: 'n', algorithm, qop: ['auth'], stale: false },
            username: 'u',
            password,
            method: 'INVITE',
            uri: 'sip:a@b',
            cnonce: 'c',
            count: 7,
          });
          const read = authorization(header);
          const check = (method: string, word: string): boolean =>
            verifyDigest({ authorization: read, method, password: word });
          expect(check('INVITE', password)).toBe(true);
          expect(check('BYE', password)).toBe(false);
          if (other !== password) expect(check('INVITE', other)).toBe(false);
        }),
        { numRuns: 30 },
      );
    },
  );

  test('refuses a qop that is not spoken, and fields that are missing', () => {
    const good: DigestAuthorization = {
      username: 'u',
      realm: 'r',
      nonce: 'n',
      uri: 'sip:a',
      response: 'x',
      algorithm: 'MD5',
    };
    const check = (extra: Partial<DigestAuthorization>): boolean =>
      verifyDigest({ authorization: { ...good, ...extra }, method: 'INVITE', password: 'p' });

    expect(check({ qop: 'auth-int', cnonce: 'c', nc: '1' })).toBe(false);
    expect(check({ qop: 'auth' })).toBe(false);
    expect(check({ algorithm: 'MD5-sess' })).toBe(false);
    expect(check({})).toBe(false);
  });

  test('lets auth-int through with the body it was made for, where nothing else was offered', () => {
    const header = answerChallenge({
      challenge: { realm: 'r', nonce: 'n', algorithm: 'MD5', qop: ['auth-int'], stale: false },
      username: 'u',
      password: 'p',
      method: 'INVITE',
      uri: 'sip:a@b',
      cnonce: 'c',
      count: 1,
      body: Buffer.from('body'),
    });
    const read = authorization(header);
    const check = (body: string): boolean =>
      verifyDigest({
        authorization: read,
        method: 'INVITE',
        password: 'p',
        body: Buffer.from(body),
      });

    expect(read.qop).toBe('auth-int');
    expect([check('body'), check('other')]).toEqual([true, false]);
    expect(verifyDigest({ authorization: read, method: 'INVITE', password: 'p' })).toBe(false);
  });

  test('reading an Authorization never throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseAuthorization(`Digest ${text}`).ok).toBe(false);
        expect(parseChallenge(text).ok).toBe(false);
      }),
    );
  });
});
