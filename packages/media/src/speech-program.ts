import { runBounded, type BoundedRun, type BoundedRunOutcome } from './run-bounded.ts';
import { SpeechError } from './speech-engine.ts';

/** A program of an engine. */
export interface SpeechProgram extends BoundedRun {
  /** The Debian package that has it. */
  readonly packageName: string;
  /** What is said of output beyond `maxOutputBytes`. */
  readonly tooLong: string;
}

/** What a program left behind. */
export type FinishedProgram = Extract<BoundedRunOutcome, { kind: 'exited' }>;

/** How a program failed that said nothing about it. */
export function exitOf({ code, signal }: FinishedProgram): string {
  return code === null ? `it was killed by ${signal ?? 'something'}` : `exit code ${code}`;
}

/**
 * Runs a program to its end, whatever its exit code.
 *
 * @throws SpeechError when it cannot be run, exceeds a bound or is aborted.
 */
export async function runSpeechProgram(program: SpeechProgram): Promise<FinishedProgram> {
  const { command, signal } = program;
  if (signal?.aborted === true) throw wasAborted(signal);
  const outcome = await runBounded(program);
  switch (outcome.kind) {
    case 'exited':
      return outcome;
    case 'not-started':
      throw outcome.cause.code === 'ENOENT'
        ? new SpeechError(
            'ENGINE_MISSING',
            `The program "${command}" was not found: install the package ${program.packageName}`,
            { cause: outcome.cause },
          )
        : new SpeechError('FAILED', `Cannot run "${command}": ${outcome.cause.message}`, {
            cause: outcome.cause,
          });
    case 'timed-out':
      throw new SpeechError('TIMEOUT', `${command} did not finish within ${program.timeoutMs} ms`);
    case 'too-long':
      throw new SpeechError('FAILED', program.tooLong);
    case 'aborted':
      throw wasAborted(signal);
  }
}

function wasAborted(signal: AbortSignal | undefined): SpeechError {
  return new SpeechError('FAILED', 'Speech was aborted', { cause: signal?.reason });
}
