import type { AddressResult } from './address-result.ts';

declare const e164Brand: unique symbol;

/** A phone number as ITU-T E.164 §6 counts it: `+`, country code, at most 15 digits in all. */
export type E164 = string & { readonly [e164Brand]: true };

// "+" and 2 to 15 digits, the first of which is not 0.
const shape = /^\+[1-9][0-9]{1,14}$/;

/** Tells whether a value is a phone number in canonical form, without blanks or punctuation. */
export function isE164(text: unknown): text is E164 {
  return typeof text === 'string' && text.length <= 16 && shape.test(text);
}

/**
 * Reads a phone number, taking away the visual separators that people write.
 * Source: RFC 3966 §5.1.1 (visual separators).
 */
export function parseE164(text: string): AddressResult<E164> {
  if (text.length > 40)
    return { ok: false, error: { message: 'A phone number is not that long.' } };
  const bare = text.trim().replaceAll(/[ ().\-\u00a0]/g, '');
  if (isE164(bare)) return { ok: true, value: bare };
  return { ok: false, error: { message: explain(text, bare) } };
}

function explain(text: string, bare: string): string {
  if (bare === '') return 'The phone number is empty.';
  if (!/^\+?[0-9]+$/.test(bare)) return 'A phone number is "+" followed by digits only.';
  // A form body that was not percent-encoded turns "+" into a blank.
  if (/^ [1-9]/.test(text)) {
    return `The phone number begins with a blank instead of "+": encode "+" as %2B in form data.`;
  }
  if (bare.startsWith('00')) {
    return `Write the phone number as "+${bare.slice(2)}", without the prefix 00.`;
  }
  if (!bare.startsWith('+')) {
    return 'Write the phone number in E.164 form: "+", the country code, then the number.';
  }
  if (bare.startsWith('+0')) return 'No country code begins with 0.';
  return 'A phone number in E.164 form has at most 15 digits.';
}
