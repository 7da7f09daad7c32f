import { createHash } from 'node:crypto';
import {
  explainSignature,
  parseRawRequest,
  signatureToJson,
  tellSignature,
  type ReceivedRequest,
} from '@tutti/doctor';
import {
  getExpectedTwilioSignature,
  validateIncomingRequest,
} from 'twilio/lib/webhooks/webhooks.js';
import { describe, expect, it } from 'vitest';

const authToken = '12345678901234567890123456789012';
const tokens = [{ name: 'TWILIO_AUTH_TOKEN', value: authToken }] as const;
const voice = 'https://shop.example.com/voice';
const call = {
  CallSid: 'CA00000000000000000000000000000001',
  From: '+15550001111',
  Body: "it's 5 o",
};
const form = new URLSearchParams(call).toString();
const json = '{"eventType":"CONVERSATION_CREATED","n":[1,2]}';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

interface Sent {
  readonly url: string;
  readonly parameters?: Record<string, unknown>;
  readonly token?: string;
}

const sign = ({ url, parameters = {}, token = authToken }: Sent): string =>
  getExpectedTwilioSignature(token, url, parameters);

function signed(sent: Sent, received: ReceivedRequest): ReceivedRequest {
  return { ...received, headers: { ...received.headers, 'X-Twilio-Signature': sign(sent) } };
}

/** What the official middleware says of the same request. */
function isValidByTwilio(request: ReceivedRequest): boolean {
  const { url, body = '', headers = {} } = request;
  const isJson = body.startsWith('{');
  const values = new URLSearchParams(isJson ? '' : body);
  const parameters = Object.fromEntries(
    [...values.keys()].map((name) => {
      const all = values.getAll(name);
      return [name, all.length > 1 ? all : all[0]];
    }),
  );
  return validateIncomingRequest(
    {
      protocol: '',
      host: '',
      headers: { host: '' },
      header: () => headers['X-Twilio-Signature'] ?? '',
      originalUrl: '',
      rawBody: body,
      body: (isJson ? JSON.parse(body) : parameters) as object,
      hostname: '',
    } as never,
    authToken,
    { url },
  );
}

const causesOf = (request: ReceivedRequest, others: readonly string[] = []): string[] => {
  const more = others.map((value, index) => ({ name: `OTHER_${index + 1}`, value }));
  const explanation = explainSignature({ ...request, tokens: [...tokens, ...more] });
  for (const language of ['en', 'zh'] as const) {
    expect(tellSignature(explanation, language)).not.toMatch(/undefined|\[object/);
    expect(tellSignature(explanation, language)).not.toContain(authToken);
  }
  expect(signatureToJson(explanation, 'en')).toHaveProperty('validates', isValidByTwilio(request));
  return 'differences' in explanation
    ? explanation.differences.map(({ cause }) => cause)
    : [explanation.verdict];
};

describe('explainSignature', () => {
  it.each([
    [
      'https://example.com/voice?a=1&b=2',
      'CallSid=CA00000000000000000000000000000001&From=%2B15550001111&To=%2B15550002222',
      '3W3zfcOopdpgPXs0t5FVa63qhKU=',
    ],
    ['https://example.com/voice', '', 'yRJuuu0oKlcZrDytugKp1sGBP44='],
    ['https://example.com:8443/hook', 'B=2&A=1&a=3&Empty=', 'NfLX2snULoOSXdk4KPOnvXvFFxg='],
    [
      'https://example.com/multi',
      'Filters=onMessageAdded&Filters=onConversationAdded&Filters=onMessageAdded',
      'tEJJUDF9tDNR3JXbUCNsV/AAhOA=',
    ],
    [
      'https://example.com/u',
      `Body=${encodeURIComponent('héllo 😀')}`,
      '1luCoNVvsmh5bDaRjudrpLIRAYU=',
    ],
    [
      'https://example.com/json?bodySHA256=6c8106eb7339935659a6c6c6d6e25c4d9a8ae42e755bff4ab0946cb8edff70f6',
      '{"eventType":"CONVERSATION_CREATED"}',
      'fvpiTTPL4kz5FUbo6CU7/mZObTE=',
    ],
  ])('takes what is signed as it was received: %s', (url, body, signature) => {
    const request = { url, body, headers: { 'X-Twilio-Signature': signature } };

    expect(isValidByTwilio(request)).toBe(true);
    expect(causesOf(request)).toEqual([]);
    expect(explainSignature({ ...request, tokens }).verdict).toBe('valid');
  });

  it.each<[string, string[], Sent, ReceivedRequest]>([
    [
      'ends TLS at a proxy',
      ['scheme'],
      { url: voice, parameters: call },
      { url: 'http://shop.example.com/voice', body: form },
    ],
    [
      'is behind a proxy that changes scheme, port and host',
      ['scheme', 'port', 'host'],
      { url: voice, parameters: call },
      {
        url: 'http://app:3000/voice',
        body: form,
        headers: { 'X-Forwarded-Host': 'shop.example.com' },
      },
    ],
    [
      'is reached at a port that the program does not know',
      ['port'],
      { url: 'https://shop.example.com:8443/voice', parameters: call },
      { url: voice, body: form },
    ],
    [
      'has another host',
      ['host'],
      { url: voice, parameters: call },
      { url: 'https://10.0.0.7/voice', body: form, headers: { Host: 'shop.example.com' } },
    ],
    [
      'has a slash added',
      ['trailing-slash'],
      { url: voice, parameters: call },
      { url: `${voice}/`, body: form },
    ],
    [
      'has a slash taken away',
      ['trailing-slash'],
      { url: `${voice}/?a=1`, parameters: call },
      { url: `${voice}?a=1`, body: form },
    ],
    [
      'has its path cut by a proxy',
      ['path-prefix'],
      { url: 'https://shop.example.com/api/voice', parameters: call },
      { url: voice, body: form, headers: { 'X-Forwarded-Prefix': '/api' } },
    ],
    [
      "has ' where %27 was signed, in its path",
      ['percent-encoding'],
      { url: 'https://shop.example.com/o%27neill', parameters: call },
      { url: "https://shop.example.com/o'neill", body: form },
    ],
    [
      'has characters escaped that were signed bare',
      ['percent-encoding'],
      { url: `${voice}/été`, parameters: call },
      { url: `${voice}/%C3%A9t%C3%A9`, body: form },
    ],
    [
      'has its query sorted',
      ['query-order'],
      { url: `${voice}?b=2&a=1&c=3`, parameters: call },
      { url: `${voice}?a=1&b=2&c=3`, body: form },
    ],
    [
      'has a query parameter added',
      ['query-added'],
      { url: `${voice}?b=2`, parameters: call },
      { url: `${voice}?b=2&trace=7f`, body: form },
    ],
    [
      'has lost its query',
      ['request-line'],
      { url: `${voice}?b=2`, parameters: call },
      { url: voice, body: form, target: '/voice?b=2' },
    ],
    [
      'has lost its user and password',
      ['userinfo'],
      { url: 'https://tutti:pass@shop.example.com/voice', parameters: call },
      {
        url: voice,
        body: form,
        headers: { Authorization: `Basic ${Buffer.from('tutti:pass').toString('base64')}` },
      },
    ],
    [
      'keeps its fragment',
      ['fragment'],
      { url: voice, parameters: call },
      { url: `${voice}#rc=2`, body: form },
    ],
    [
      'has lost bodySHA256',
      ['body-hash-dropped'],
      { url: `${voice}?bodySHA256=${sha256(json)}` },
      { url: voice, body: json },
    ],
    [
      'has JSON that is taken as a form',
      ['json-as-form'],
      { url: voice },
      { url: voice, body: json },
    ],
    [
      'has JSON that was printed anew',
      ['body-reencoded'],
      { url: `${voice}?bodySHA256=${sha256(json)}` },
      {
        url: `${voice}?bodySHA256=${sha256(json)}`,
        body: JSON.stringify(JSON.parse(json), null, 4),
      },
    ],
    [
      'has JSON that was changed',
      ['body-changed'],
      { url: `${voice}?bodySHA256=${sha256(json)}` },
      { url: `${voice}?bodySHA256=${sha256(json)}`, body: json.replace('CREATED', 'REMOVED') },
    ],
    [
      'has a form with + in place of %2B',
      ['body-reencoded'],
      { url: voice, parameters: { From: '+15550001111' } },
      { url: voice, body: 'From=+15550001111' },
    ],
    [
      'has a form read as Latin-1',
      ['body-reencoded'],
      { url: voice, parameters: { Body: 'é' } },
      { url: voice, body: `Body=${encodeURIComponent('Ã©')}` },
    ],
    [
      'has a form that was not signed',
      ['form-not-signed'],
      { url: voice },
      { url: voice, body: form },
    ],
  ])('says why a request is refused that %s', (_, causes, sent, received) => {
    const request = signed(sent, received);

    expect(isValidByTwilio(request)).toBe(false);
    expect(causesOf(request)).toEqual(causes);
  });

  it.each<[string, string[], Sent, ReceivedRequest]>([
    [
      'a port that was not signed',
      ['port'],
      { url: voice, parameters: call },
      { url: 'https://shop.example.com:8443/voice', body: form },
    ],
    [
      'the default port that was signed',
      ['port'],
      { url: 'https://shop.example.com:443/voice', parameters: call },
      { url: voice, body: form },
    ],
    [
      "' where %27 was signed, in the query",
      ['percent-encoding'],
      { url: `${voice}?q=o%27neill`, parameters: call },
      { url: `${voice}?q=o'neill`, body: form },
    ],
    [
      '+ where %20 was signed, in the query',
      ['percent-encoding'],
      { url: `${voice}?name=a%20b`, parameters: call },
      { url: `${voice}?name=a+b`, body: form },
    ],
  ])('names what the official validator bears with: %s', (_, causes, sent, received) => {
    const request = signed(sent, received);

    expect(isValidByTwilio(request)).toBe(true);
    expect(causesOf(request)).toEqual(causes);
    expect(tellSignature(explainSignature({ ...request, tokens }), 'en')).toContain('bears with');
  });

  it('finds the token that signed: the secondary one, or the secret of an API key', () => {
    const secret = 'Zq0Zq0Zq0Zq0Zq0Zq0Zq0Zq0Zq0Zq0Zq';
    const request = signed(
      { url: voice, parameters: call, token: secret },
      { url: voice, body: form },
    );

    const explanation = explainSignature({
      ...request,
      tokens: [...tokens, { name: 'TWILIO_API_SECRET', value: secret }],
    });

    expect(isValidByTwilio(request)).toBe(false);
    expect(causesOf(request, [secret])).toEqual(['token']);
    expect(explanation).toMatchObject({ verdict: 'invalid', signedWith: 'TWILIO_API_SECRET' });
    expect(tellSignature(explanation, 'en')).not.toContain(secret);
  });

  it('owns up to what it cannot explain', () => {
    const request = signed({ url: voice, token: 'another' }, { url: voice, body: form });

    expect(causesOf(request)).toEqual(['unexplained']);
    expect(causesOf({ url: voice, body: form })).toEqual(['missing']);
    expect(causesOf({ url: voice, headers: { 'X-Twilio-Signature': 'abc' } })).toEqual([
      'malformed',
    ]);
    expect(() => explainSignature({ url: 'voice', tokens })).toThrow('voice is no URL');
  });

  it('shows no password of a URL', () => {
    const url = 'https://tutti:s3cret@shop.example.com/voice';
    const request = signed(
      { url, parameters: call },
      { url: url.replace('https', 'http'), body: form },
    );

    const told = tellSignature(explainSignature({ ...request, tokens }), 'en');

    expect(told).toContain('https://tutti:***@shop.example.com/voice');
    expect(told).not.toContain('s3cret');
  });

  it('reads a request as it came over the wire', () => {
    const signature = sign({ url: voice, parameters: call });
    const raw = [
      'POST /voice HTTP/1.1',
      'Host: shop.example.com',
      'Content-Type: application/x-www-form-urlencoded; charset=UTF-8',
      `Content-Length: ${form.length}`,
      `X-Twilio-Signature: ${signature}`,
      '',
      form,
      '',
    ];

    for (const lineEnd of ['\n', '\r\n']) {
      const read = parseRawRequest(raw.join(lineEnd));
      if (!read.ok) throw new Error(read.error);
      expect(read.value).toMatchObject({ url: 'http://shop.example.com/voice', body: form });
      expect(explainSignature({ ...read.value, tokens })).toMatchObject({
        verdict: 'invalid',
        signedUrl: voice,
        differences: [{ cause: 'scheme' }],
      });
    }
  });

  it.each([
    ['', 'is no request line'],
    ['hello', 'is no request line'],
    ['POST /voice HTTP/1.1\nHost', 'is no header'],
    ['POST /voice HTTP/1.1\n\nA=1', 'no Host header'],
  ])('says why %j is no request', (text, why) => {
    expect(parseRawRequest(text)).toEqual({ ok: false, error: expect.stringContaining(why) });
  });
});
