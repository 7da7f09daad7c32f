import { realClock } from './real-clock.ts';
import { SpeechError } from './speech-engine.ts';

/** An HTTP service of OpenAI's shape. */
export interface SpeechServiceOptions {
  /** What its paths are put after, such as `http://127.0.0.1:8000/v1`. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`; default none. */
  readonly key?: string | undefined;
  /** The service's name of the model. */
  readonly model: string;
  /** An answer that takes longer is given up; default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Requests under way at once; further ones wait; default 8. */
  readonly maxRequests?: number | undefined;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_PROBLEM_CHARACTERS = 300;

/**
 * Posts to a service and reads its whole answer.
 *
 * @throws SpeechError for any answer but 2xx, saying what the service said.
 */
export async function askSpeechService(
  service: SpeechServiceOptions,
  path: string,
  ask: {
    readonly body: FormData | string;
    readonly maxBytes: number;
    readonly signal: AbortSignal | undefined;
  },
): Promise<{ readonly bytes: Uint8Array; readonly contentType: string }> {
  const url = `${service.url.replace(/\/+$/, '')}${path}`;
  const timeoutMs = service.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const timeout = new AbortController();
  const cancel = realClock.after(timeoutMs, () => timeout.abort());
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        ...(service.key === undefined ? {} : { authorization: `Bearer ${service.key}` }),
        ...(typeof ask.body === 'string' ? { 'content-type': 'application/json' } : {}),
      },
      body: ask.body,
      redirect: 'error',
      signal:
        ask.signal === undefined ? timeout.signal : AbortSignal.any([timeout.signal, ask.signal]),
    });
    const bytes = await readBody(response, url, ask.maxBytes);
    if (response.ok) return { bytes, contentType: response.headers.get('content-type') ?? '' };
    const said = new TextDecoder().decode(bytes).slice(0, MAX_PROBLEM_CHARACTERS);
    throw new SpeechError('FAILED', `${url} answered ${response.status}: ${said}`);
  } catch (error) {
    if (error instanceof SpeechError) throw error;
    if (timeout.signal.aborted) {
      throw new SpeechError('TIMEOUT', `${url} did not answer within ${timeoutMs} ms`);
    }
    if (ask.signal?.aborted === true) {
      throw new SpeechError('FAILED', 'Speech was aborted', { cause: ask.signal.reason });
    }
    throw new SpeechError('FAILED', `${url} could not be asked: ${reasonOf(error)}`, {
      cause: error,
    });
  } finally {
    cancel();
  }
}

async function readBody(response: Response, url: string, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxBytes) {
      throw new SpeechError('FAILED', `${url} answered with more than ${maxBytes} bytes`);
    }
  }
  return Buffer.concat(chunks);
}

/** What `fetch` says is "fetch failed"; its cause says why. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
