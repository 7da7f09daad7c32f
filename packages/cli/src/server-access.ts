import { join } from 'node:path';
import { readCredentials } from '@tutti/server/credentials';
import { CommandError } from './command-error.ts';
import { printable } from './printable.ts';

/** A server on this machine or near it answers well within this. */
const ANSWER_MS = 10_000;

/** How a command reaches the server that runs. */
export interface ServerAccess {
  readonly url: string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly apiKey: string | undefined;
  readonly apiSecret: string | undefined;
}

/** What the server said: JSON, as everything it answers. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Reads `credentials.env` of the data directory; the environment's TUTTI_URL, and its TWILIO_ACCOUNT_SID with
 * TWILIO_AUTH_TOKEN, go first unless the directory was named.
 *
 * @throws CommandError when there is nothing to go by.
 */
export async function findServer(data: string | undefined): Promise<ServerAccess> {
  const path = join(data ?? process.env['TUTTI_DATA'] ?? '.tutti', 'credentials.env');
  const file = await readFile(path);
  const env: typeof file = data === undefined ? process.env : {};
  const isOwnPair = env.TWILIO_ACCOUNT_SID && env.TWILIO_AUTH_TOKEN;
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken } = isOwnPair ? env : file;
  const url = env.TUTTI_URL || file.TUTTI_URL;
  if (!url || !accountSid || !authToken) {
    throw new CommandError(
      `no server is known: ${path} is not there. Start one with tutti start, or name its directory with --data.`,
    );
  }
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new CommandError(`TUTTI_URL=${url}: expected a URL as http://127.0.0.1:8080`);
  }
  // A key is of its account: that of the file is of no use to another one.
  const key = env.TWILIO_API_KEY && env.TWILIO_API_SECRET ? env : file;
  const hasKey = key === env || accountSid === file.TWILIO_ACCOUNT_SID;
  return {
    url: url.replace(/\/+$/, ''),
    accountSid,
    authToken,
    apiKey: hasKey ? key.TWILIO_API_KEY : undefined,
    apiSecret: hasKey ? key.TWILIO_API_SECRET : undefined,
  };
}

async function readFile(path: string): ReturnType<typeof readCredentials> {
  try {
    return await readCredentials(path);
  } catch (error) {
    throw new CommandError(`cannot read ${path}: ${error instanceof Error ? error.message : ''}`);
  }
}

/** How to ask, if not by GET and for as long as it takes. */
export interface Asking {
  readonly signal?: AbortSignal;
  /** Instead of ten seconds. */
  readonly timeoutMs?: number;
  /** Sent by POST; a list is sent as so many values. */
  readonly form?: Readonly<Record<string, string | readonly string[]>>;
  readonly method?: 'DELETE';
}

/** Asks the server. @throws CommandError when it does not answer, or with no JSON, or `signal` ended it. */
export async function ask(
  { url, accountSid, authToken }: ServerAccess,
  path: string,
  { signal, form, method, timeoutMs = ANSWER_MS }: Asking = {},
): Promise<Answer> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await fetch(url + path, {
      ...(method !== undefined && { method }),
      ...(form !== undefined && { method: 'POST', body: encode(form) }),
      headers: {
        authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`,
      },
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
    const body = answer.status === 204 ? {} : await answer.json();
    return { status: answer.status, body: body as Record<string, unknown> };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new CommandError(
      `the server at ${url} does not answer (${cause instanceof Error ? cause.message : 'no reason'}). Start it with tutti start.`,
    );
  }
}

function encode(form: NonNullable<Asking['form']>): URLSearchParams {
  const sent = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) {
    for (const one of typeof value === 'string' ? [value] : value) sent.append(name, one);
  }
  return sent;
}

/** As `ask`, for what must succeed. @throws CommandError with the refusal's own words. */
export async function askFor(
  server: ServerAccess,
  path: string,
  asking: Asking = {},
): Promise<Answer['body']> {
  const { status, body } = await ask(server, path, asking);
  if (status === 200 || status === 201 || status === 204) return body;
  const message = typeof body['message'] === 'string' ? body['message'] : `HTTP ${status}`;
  throw new CommandError(`the server at ${server.url} refused: ${printable(message)}`);
}
