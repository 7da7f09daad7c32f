import { expect, test } from 'vitest';

import { readInfoDigit } from './info-digit.ts';

test.each([
  ['application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n', { digit: '5', durationMs: 160 }],
  ['application/dtmf-relay', 'Signal= *\nDuration= 250', { digit: '*', durationMs: 250 }],
  ['Application/DTMF-Relay; x=y', 'signal = 11', { digit: '#', durationMs: 250 }],
  ['application/dtmf', 'a', { digit: 'A', durationMs: 250 }],
  ['application/dtmf', '10', { digit: '*', durationMs: 250 }],
  ['application/dtmf', '16', undefined],
  ['application/dtmf-relay', 'Duration=160', undefined],
  ['text/plain', '5', undefined],
])('%s %j is %j', (contentType, body, digit) => {
  expect(readInfoDigit({ contentType, body })).toEqual(digit);
});
