import { CommandError } from './command-error.ts';

/** What the disk or the database says is for the user; anything else is a bug of ours and stays what it is. */
export function toldInOneLine(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const isTheirs =
    error.name === 'OutletError' || (error as NodeJS.ErrnoException).syscall !== undefined;
  return isTheirs ? new CommandError(error.message) : error;
}
