import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { realClock } from './real-clock.ts';

/** A program to run, and what it may cost. */
export interface BoundedRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly stdin: string;
  readonly timeoutMs: number;
  /** Output beyond this ends the run. */
  readonly maxOutputBytes: number;
  readonly signal: AbortSignal | undefined;
}

/** How a run ended. */
export type BoundedRunOutcome =
  | {
      readonly kind: 'exited';
      /** Null: it was killed, by `signal`. */
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
      stdout: Buffer;
      stderr: string;
    }
  | { readonly kind: 'not-started'; readonly cause: NodeJS.ErrnoException }
  | { readonly kind: 'timed-out' | 'too-long' | 'aborted' };

const MAX_STDERR_CHARACTERS = 2000;

/** Runs a program without a shell; it is killed when it exceeds a bound. Never rejects. */
export function runBounded(run: BoundedRun): Promise<BoundedRunOutcome> {
  let child: ChildProcessWithoutNullStreams;
  try {
    child = spawn(run.command, run.args, { stdio: 'pipe' });
  } catch (cause) {
    // Some failures to fork are thrown, such as a lack of memory; others come as an event.
    const error = cause instanceof Error ? cause : new Error(String(cause));
    return Promise.resolve({ kind: 'not-started', cause: error });
  }
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let outputBytes = 0;
    let stderr = '';

    const settle = (outcome: BoundedRunOutcome): void => {
      cancelTimeout();
      run.signal?.removeEventListener('abort', onAbort);
      child.kill('SIGKILL');
      resolve(outcome); // Later calls change nothing.
    };
    const onAbort = (): void => settle({ kind: 'aborted' });
    const cancelTimeout = realClock.after(run.timeoutMs, () => settle({ kind: 'timed-out' }));
    run.signal?.addEventListener('abort', onAbort, { once: true });

    child.on('error', (cause) => settle({ kind: 'not-started', cause }));
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      outputBytes += chunk.length;
      if (outputBytes > run.maxOutputBytes) {
        settle({ kind: 'too-long' });
      }
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(0, MAX_STDERR_CHARACTERS);
    });
    child.on('close', (code, signal) => {
      const stdout = Buffer.concat(chunks);
      settle({ kind: 'exited', code, signal, stdout, stderr: stderr.trim() });
    });
    // A program that ends without reading its input breaks the pipe; its exit code says why.
    child.stdin.on('error', () => undefined);
    child.stdin.end(run.stdin);
  });
}
