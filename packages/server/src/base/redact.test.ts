import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSecretName, Redaction, redactText } from './redact.ts';

describe('a name is secret', () => {
  test.each([
    'Authorization',
    'Proxy-Authorization',
    'X-Twilio-Signature',
    'Cookie',
    'Set-Cookie',
    'SipAuthPassword',
    'sip_auth_password',
    'authtoken',
    'AuthToken',
    'X-Api-Key',
    'client_secret',
    'X-Amz-Security-Token',
    'key',
    'sig',
    'pwd',
    'Ocp-Apim-Subscription-Key',
    'subscription-key',
    'code',
    'access_code',
    'auth_code',
    'user_pass',
    'smtp_pass',
    'db_pwd',
    'encryption_key',
    'x-functions-key',
    'auth_key',
    'app_key',
    'AccountKey',
    'signing_key',
    'master_key',
    'hmac',
    'oauth',
    'PHPSESSID',
    'jsessionid',
    'password2',
    'APIKey',
  ])('%s', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  test.each([
    'PageToken',
    'I-Twilio-Idempotency-Token',
    'Sid',
    'Body',
    'FinishOnKey',
    'Author',
    'Digits',
    'max_tokens',
    'tokens_used',
    'Idempotency-Key',
    'status_code',
    'ErrorCode',
    'SipResponseCode',
    'public_key',
    'keyboard',
    'bypass',
  ])('but %s is not', (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});

describe('text', () => {
  test.each([
    ['https://user:p4ss@a.example/x?y=1', 'https://user:***@a.example/x?y=1'],
    ['https://sk_live_1@a.example/', 'https://***@a.example/'],
    ['It is http://a.example/x?token=abc&y=1.', 'It is http://a.example/x?token=***&y=1.'],
    ['sip:bob:p4ss@a.example', 'sip:bob:***@a.example'],
    ['{"password":"a\\"b","n":1}', '{"password":"***","n":1}'],
    ['{ "n": 1,  "m": "x" }', '{ "n": 1,  "m": "x" }'],
    ['{"auth":{"user":"u","secret":["x"]},"n":1}', '{"auth":"***","n":1}'],
    ['{"body":"{\\"apiKey\\":\\"abc\\"}"}', '{"body":"{\\"apiKey\\":\\"***\\"}"}'],
    ['{"token":"abc","more":"cut he', '{"token":"***","more":"cut he'],
    ['cut {"password":"ab', 'cut {"password":"***"'],
    ['x={\\"token\\":\\"abc\\",\\"n\\":1', 'x={\\"token\\":\\"***\\",\\"n\\":1'],
    [
      '<Sip username="u" password="p">sip:a@b</Sip>',
      '<Sip username="u" password="***">sip:a@b</Sip>',
    ],
    ['<a><ApiKey>abc</ApiKey></a>', '<a><ApiKey>***</ApiKey></a>'],
    ['<Token><![CDATA[abc]]></Token>', '<Token>***</Token>'],
    ['POST / HTTP/1.1\r\nCookie: a=b; c=d\r\nHost: x', 'POST / HTTP/1.1\r\nCookie: ***\r\nHost: x'],
    ['sent Bearer abc.def', 'sent Bearer ***'],
    ['next=https%3A%2F%2Fu%3Ap4ss%40a.example', 'next=https%3A%2F%2Fu%3A***%40a.example'],
    ['100 % of PageToken=PAN12', '100 % of PageToken=PAN12'],
    ["{password: 'abc', n: 1}", "{password: '***', n: 1}"],
    ['{password: "a b", n: 1}', '{password: "***", n: 1}'],
    ['it failed, error password: abc here', 'it failed, error password: *** here'],
    ['curl -H "Cookie: a=b; c=d" http://a.example', 'curl -H "Cookie: ***" http://a.example'],
    ['sent ApiKey abc123', 'sent ApiKey ***'],
    [`Digest username="u", response="${'0f'.repeat(16)}"`, 'Digest username="u", response="***"'],
    ['to //u:p4ss@:99999/x', 'to //u:***@:99999/x'],
    ['{"code":20404,"message":"x"}', '{"code":20404,"message":"x"}'],
    ['{"code":"4/0AbCdE"}', '{"code":"***"}'],
    ['http://a.example/?code=4/0AbCdE&code=20404', 'http://a.example/?code=***&code=20404'],
    ['The auth token of AC1 is another.', 'The auth token of AC1 is another.'],
  ])('%j is shown as %j', (text, shown) => {
    expect(redactText(text)).toBe(shown);
  });
});

describe('a form', () => {
  test.each([
    ['SipAuthUsername=u&SipAuthPassword=p%26q&To=x', 'SipAuthUsername=u&SipAuthPassword=***&To=x'],
    ['SipAuth%50assword=p', 'SipAuth%50assword=***'],
    ['Body=a+b%20c&%=1&password=', 'Body=a+b%20c&%=1&password='],
    [
      'Url=https%3A%2F%2Fu%3Ap4ss%40a.example%2F%3Ftoken%3Dabc%26x%3D1&Method=GET',
      'Url=https%3A%2F%2Fu%3A***%40a.example%2F%3Ftoken%3D***%26x%3D1&Method=GET',
    ],
  ])('%j is shown as %j', (form, shown) => {
    expect(new Redaction().form(form)).toBe(shown);
  });
});

test.each([
  ['{"a":"\\ud800 token%3Dabcdef"}', '{"a":"\\ud800 token%3D***"}'],
  ['{"a":"%3Ftoken=abcdef%26b\\udc00%"}', '{"a":"%3Ftoken=***"}'],
  ['{"password":"\\ud800abcdef"}', '{"password":"***"}'],
  [
    'http://a.example/?u=http%3A%2F%2Fu:p@a\ud800',
    'http://a.example/?u=http%3A%2F%2Fu%3A***%40a%EF%BF%BD',
  ],
])('%j, which has half a character, is shown as %j', (text, shown) => {
  expect(redactText(text)).toBe(shown);
});

test('what was a secret in one part is masked in every other', () => {
  const redaction = new Redaction(['the-auth-token-itself']);
  const basic = Buffer.from('AC1:s3cret pass').toString('base64');

  redaction.value('Authorization', `Basic ${basic}`);
  redaction.value('Cookie', 'session=abcdef; theme=dark');
  redaction.form('ApiSecret=hunter%262');

  const body = `the-auth-token-itself ${basic} s3cret+pass abcdef hunter&amp;2 hunter%262 dark`;
  expect(redaction.echoes(body)).toBe('*** *** *** *** *** *** dark');
});

/** A place that a secret may be in; what is written there carries it. */
const plants: Readonly<Record<string, (secret: string) => string>> = {
  userinfo: (secret) => `see https://me:${encodeURIComponent(secret)}@a.example/x now`,
  query: (secret) => `http://a.example/?a=b&api_key=${encodeURIComponent(secret)}&c=d`,
  json: (secret) => JSON.stringify({ a: [{ Password: secret, b: 1 }] }),
  'json in json': (secret) => JSON.stringify({ a: JSON.stringify({ token: secret }) }),
  'cut json': (secret) => JSON.stringify({ a: 1, clientSecret: secret }).slice(0, -1),
  'attribute and element': (secret) =>
    `<Response><Sip password="${escaped(secret)}">x</Sip><Secret>${escaped(secret)}</Secret></Response>`,
  header: (secret) => `HTTP/1.1 200 OK\r\nSet-Cookie: sid=${encodeURIComponent(secret)}\r\n\r\n`,
};

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

/** From every printable character; long enough to be told from an ordinary word. */
const secrets = fc
  .string({
    unit: fc.constantFrom(...Array.from('abcXYZ0189!#$%()*+,-./:;=?@[]^_{|}~<>&"\' é🙂')),
    minLength: 8,
    maxLength: 40,
  })
  .filter((secret) => secret.trim() === secret && /[a-zA-Z0-9]{3}/.test(secret));

describe('a secret planted', () => {
  test.each(Object.entries(plants))('in a %s never shows, nor its echo', (_, plant) => {
    fc.assert(
      fc.property(secrets, (secret) => {
        const redaction = new Redaction();
        const shown = redaction.text(plant(secret));
        const echo = redaction.echoes(`you sent ${secret} or ${encodeURIComponent(secret)}`);

        for (const text of [redaction.echoes(shown), echo]) {
          expect(text).not.toContain(secret);
          expect(text).not.toContain(encodeURIComponent(secret));
          expect(text).not.toContain(JSON.stringify(secret).slice(1, -1));
        }
      }),
    );
  });

  test('in a form or header never shows, whatever else there is', () => {
    fc.assert(
      fc.property(secrets, fc.webQueryParameters(), (secret, rest) => {
        const redaction = new Redaction();
        const nested = `https://u:${encodeURIComponent(secret)}@a.example/`;
        const form = new URLSearchParams({ AuthToken: secret, Url: nested }).toString();
        const parts = [
          redaction.form(`${rest}&${form}`),
          redaction.value('X-Twilio-Signature', secret),
          redaction.text(rest),
        ].map((part) => redaction.echoes(part));

        for (const part of parts) {
          expect(part).not.toContain(secret);
          expect(
            decodeURIComponent(decodeURIComponent(part.replaceAll(/%(?![0-9a-f]{2})/gi, '%25'))),
          ).not.toContain(secret);
        }
      }),
    );
  });
});

describe('four times of a text made to be slow cost a few times as much', () => {
  /** Milliseconds of this process; the least of some, because others use the machine too. */
  function costOf(text: string): number {
    const costs = Array.from({ length: 3 }, () => {
      const before = process.cpuUsage();
      redactText(text);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    });
    // What is less is of the clock's own grain.
    return Math.max(5, Math.min(...costs));
  }

  test.each([
    'a',
    'a.',
    '"',
    '\\"',
    '://',
    'sip:a:',
    '<a ',
    'eyJ-',
    '%25',
    'a=',
    '[',
    '{"a":',
    'Basic ',
    'Basic aaaa ',
    'key="',
    'key:',
    '//a',
    'response="',
  ])('%j', (part) => {
    const short = part.repeat((32 * 1024) / part.length);

    expect(costOf(short.repeat(4))).toBeLessThan(12 * costOf(short));
  });
});
