import type { Instant } from './clock.ts';

let lastSecond = { second: Number.NaN, text: '' };

/** `2026-11-22T10:00:00Z`, as the product APIs write dates. Twilio: usage/twilios-response */
export function isoDate(instant: Instant): string {
  // Writing a date costs as much as reading a row, and those of one answer are mostly of one second.
  const second = Math.floor(instant / 1000);
  if (second !== lastSecond.second) {
    lastSecond = { second, text: `${new Date(instant).toISOString().slice(0, 19)}Z` };
  }
  return lastSecond.text;
}

let lastInstant = { instant: Number.NaN, text: '' };

/** `2026-11-22T10:00:00.123Z`, as webhooks write dates. */
export function isoDateMs(instant: Instant): string {
  if (instant !== lastInstant.instant) {
    lastInstant = { instant, text: new Date(instant).toISOString() };
  }
  return lastInstant.text;
}

/** `Sun, 22 Nov 2026 10:00:00 +0000`, as the 2010 API writes dates (RFC 2822 §3.3). */
export function rfc2822Date(instant: Instant): string {
  return new Date(instant).toUTCString().replace('GMT', '+0000');
}
