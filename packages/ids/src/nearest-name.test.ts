import { describe, expect, it } from 'vitest';
import { nearestName } from './index.ts';

const known = ['ConductorSid', 'ConversationSid', 'StatusCallback', 'StatusCallbackEvent', 'To'];

describe('nearestName', () => {
  it.each([
    ['ConductorsSid', 'ConductorSid'],
    ['conductor_sid', 'ConductorSid'],
    ['StatusCallbackEvents', 'StatusCallbackEvent'],
    ['StatusCallbcak', 'StatusCallback'],
    ['ConversionSid', 'ConversationSid'],
    ['to', 'To'],
  ])('finds for %s the name %s', (given, expected) => {
    expect(nearestName(given, known)).toBe(expected);
  });

  it.each(['Banana', '', 'Xy', 'x'.repeat(5_000)])('finds nothing near %j', (given) => {
    expect(nearestName(given, known)).toBeUndefined();
  });
});
