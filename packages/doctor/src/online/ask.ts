/** What could not be looked at, and why. */
export class CannotLook extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CannotLook';
  }
}

export interface Asking {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | URLSearchParams;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly text: string;
}

const ANSWER_MS = 10_000;

/** One HTTP request. @throws CannotLook where nobody answers in time. */
export async function ask(url: string, asking: Asking = {}): Promise<Answer> {
  const { signal, timeoutMs = ANSWER_MS, ...request } = asking;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await fetch(url, {
      ...request,
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
    return {
      status: answer.status,
      contentType: answer.headers.get('content-type') ?? undefined,
      text: await answer.text(),
    };
  } catch (error) {
    signal?.throwIfAborted();
    throw new CannotLook(reasonOf(error, timeoutMs), { cause: error });
  }
}

/** As `ask`, for an answer in JSON. @throws CannotLook where it is none. */
export async function askJson(
  url: string,
  asking: Asking = {},
): Promise<{ readonly status: number; readonly body: unknown }> {
  const { status, text } = await ask(url, asking);
  try {
    return { status, body: JSON.parse(text) as unknown };
  } catch (cause) {
    throw new CannotLook(`it answers with ${status} and no JSON`, { cause });
  }
}

function reasonOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  const { cause } = error;
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0], timeoutMs);
  return cause instanceof Error ? cause.message : error.message;
}
