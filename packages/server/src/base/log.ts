import { pino, type Logger } from 'pino';

export type Log = Logger;

/** Structured log lines on stderr; stdout belongs to the ready line and to `--json`. */
export function createLog(level: string): Log {
  return pino({ level, base: null }, pino.destination({ dest: 2, sync: true }));
}
