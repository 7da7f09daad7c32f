import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';
import { describe, expect, it } from 'vitest';
import { encodeForm, signForm } from '../../src/callback/signature.ts';
import { authToken } from './_customer.ts';

describe('signForm', () => {
  it.each([
    [
      'https://example.com/voice?a=1&b=2',
      {
        CallSid: 'CA00000000000000000000000000000001',
        From: '+15550001111',
        To: '+15550002222',
      },
      '3W3zfcOopdpgPXs0t5FVa63qhKU=',
    ],
    ['https://example.com/voice', {}, 'yRJuuu0oKlcZrDytugKp1sGBP44='],
    [
      'https://example.com:8443/hook',
      { B: '2', A: '1', a: '3', Empty: '' },
      'NfLX2snULoOSXdk4KPOnvXvFFxg=',
    ],
    [
      'https://example.com/multi',
      { Filters: ['onMessageAdded', 'onConversationAdded', 'onMessageAdded'] },
      'tEJJUDF9tDNR3JXbUCNsV/AAhOA=',
    ],
    ['https://example.com/u', { Body: 'héllo 😀' }, '1luCoNVvsmh5bDaRjudrpLIRAYU='],
  ])('makes the signature of the official client for %s', (url, parameters, expected) => {
    expect(signForm(url, parameters, authToken)).toBe(expected);
  });

  it.each([
    ['https://example.com:443/voice', 'https://example.com/voice'],
    ['http://example.com:80/voice?x=:80', 'http://example.com/voice?x=:80'],
    ['wss://example.com:443/relay', 'wss://example.com/relay'],
    ['https://example.com/voice#rc=2&rp=all', 'https://example.com/voice'],
    ['https://[::1]:443/voice', 'https://[::1]/voice'],
  ])('signs %s as %s', (url, signed) => {
    expect(signForm(url, {}, authToken)).toBe(signForm(signed, {}, authToken));
  });

  it.each([
    ['http://example.com:443/voice', 'http://example.com/voice'],
    ['https://example.com:8443/voice', 'https://example.com/voice'],
    ['https://Example.com/voice', 'https://example.com/voice'],
    ['https://example.com/voice/', 'https://example.com/voice'],
    ["https://example.com/voice?q='", 'https://example.com/voice?q=%27'],
    ['https://example.com/@x:443', 'https://example.com/@x'],
  ])('does not normalise %s to %s', (url, other) => {
    expect(signForm(url, {}, authToken)).not.toBe(signForm(other, {}, authToken));
  });

  it('keeps userinfo in the signed text, where the official validator looks for it', () => {
    const signature = signForm('https://user:pass@example.com/voice', { A: '1' }, authToken);

    expect(
      validateRequest(authToken, signature, 'https://user:pass@example.com/voice', { A: '1' }),
    ).toBe(true);
    expect(validateRequest(authToken, signature, 'https://example.com/voice', { A: '1' })).toBe(
      false,
    );
  });

  it('depends on the auth token', () => {
    const url = 'https://example.com/voice';

    expect(signForm(url, {}, authToken)).not.toBe(signForm(url, {}, authToken.slice(1)));
  });
});

describe('encodeForm', () => {
  it('repeats the name for each value of a list and escapes everything that separates', () => {
    expect(encodeForm({ Body: 'a&b=c\r\nd é', Filters: ['x', 'y'], Empty: '' })).toBe(
      'Body=a%26b%3Dc%0D%0Ad+%C3%A9&Filters=x&Filters=y&Empty=',
    );
  });
});
