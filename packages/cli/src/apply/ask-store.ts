import { CommandError } from '../command-error.ts';
import { printable } from '../printable.ts';

/** A configuration centre of one's own network answers well within this. */
const ANSWER_MS = 10_000;

/** What a configuration centre is asked for. */
interface Question {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Asks a configuration centre; 404 is an answer. @throws CommandError when it does not answer or refuses. */
export async function askStore(
  name: string,
  url: string,
  question: Question,
): Promise<{ readonly status: number; readonly text: string }> {
  const { origin } = new URL(url);
  try {
    const answer = await fetch(url, { ...question, signal: AbortSignal.timeout(ANSWER_MS) });
    const text = await answer.text();
    if (answer.ok || answer.status === 404) return { status: answer.status, text };
    throw new CommandError(
      `${name} at ${origin} refused with HTTP ${answer.status}: ${printable(text.slice(0, 300).trim())}`,
    );
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(
      `${name} at ${origin} does not answer (${reason}). See that it runs there, or correct its url in the file.`,
    );
  }
}

/** JSON of a configuration centre. @throws CommandError when it is none. */
export function readJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CommandError(`${name} answers with no JSON: ${printable(text.slice(0, 100))}`);
  }
}
