import type { DialogInfo } from './call-dialog.ts';

const KEYS = /^[0-9A-D*#]$/;

/** A key told by INFO. */
export interface InfoDigit {
  readonly digit: string;
  /** How long it was pressed; 250 when the peer does not say. */
  readonly durationMs: number;
}

/**
 * Reads the key of an INFO: `application/dtmf-relay` (`Signal=5` and `Duration=160`) and
 * `application/dtmf` (`5`), which phones send although no RFC defines them.
 */
export function readInfoDigit({ contentType, body }: DialogInfo): InfoDigit | undefined {
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/dtmf') return digitOf(body, undefined);
  if (type !== 'application/dtmf-relay') return undefined;
  return digitOf(field(body, 'signal'), field(body, 'duration'));
}

function field(body: string, name: string): string | undefined {
  for (const line of body.split(/\r?\n/)) {
    const equals = line.indexOf('=');
    if (line.slice(0, Math.max(0, equals)).trim().toLowerCase() === name) {
      return line.slice(equals + 1);
    }
  }
  return undefined;
}

function digitOf(text = '', duration = ''): InfoDigit | undefined {
  // Events 10 and 11 are what some send for * and #: RFC 4733 §3.2, table 3.
  const written = text.trim().toUpperCase().replace(/^10$/, '*').replace(/^11$/, '#');
  if (!KEYS.test(written)) return undefined;
  const ms = /^\s*\d{1,5}\s*$/.test(duration) ? Number(duration) : 250;
  return { digit: written, durationMs: ms };
}
