import { parseSipUri } from '@tutti/sip';
import { expect, it } from 'vitest';
import { addressOfUri } from './addresses.ts';

it.for([
  ['sip:+15551234567@trunk', '+15551234567'],
  ['sip:15551234567@trunk', '+15551234567'],
  ['sip:desk.1+a=b,c/d@host:5070', 'sip:desk.1+a=b,c/d@host'],
  ['sip:host', 'sip:host'],
  ['tel:+15551234567', '+15551234567'],
  ['tel:911;phone-context=example.com', 'tel:911'],
  ['urn:service:sos', 'urn:service:sos'],
  ['tel:1\u0085\u{1f4a9}', 'tel:1%C2%85%F0%9F%92%A9'],
  ['sip:%1b%5d0;pwn%07%0aX@evil', 'sip:%1B%5D0%3Bpwn%07%0AX@evil'],
  ['sip:a%20b%40c%3Fd%22%3C@host', 'sip:a%20b%40c%3Fd%22%3C@host'],
  ['sip:zo%C3%AB%E2%80%AE@host', 'sip:zo%C3%AB%E2%80%AE@host'],
] as const)('%s is shown as %s', ([written, shown]) => {
  const uri = parseSipUri(written);
  if (!uri.ok) throw new Error(uri.error.message);

  expect(addressOfUri(uri.value)).toBe(shown);
});
