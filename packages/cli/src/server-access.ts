import { join } from 'node:path';
import { readCredentials } from '@tutti/server/credentials';
import { CommandError } from './command-error.ts';

/** How a command reaches the server that runs. */
export interface ServerAccess {
  readonly url: string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly apiKey: string | undefined;
  readonly apiSecret: string | undefined;
}

/**
 * Reads `credentials.env` of the data directory; the environment's TUTTI_URL, TWILIO_ACCOUNT_SID and
 * TWILIO_AUTH_TOKEN go first.
 *
 * @throws CommandError when there is nothing to go by.
 */
export async function findServer(data: string | undefined): Promise<ServerAccess> {
  const directory = data ?? process.env['TUTTI_DATA'] ?? '.tutti';
  const path = join(directory, 'credentials.env');
  const file = await readCredentials(path);
  const fromEnv = data === undefined;
  const value = (name: keyof typeof file): string | undefined =>
    (fromEnv ? process.env[name] : undefined) ?? file[name];
  const url = value('TUTTI_URL');
  const accountSid = value('TWILIO_ACCOUNT_SID');
  const authToken = value('TWILIO_AUTH_TOKEN');
  if (url === undefined || accountSid === undefined || authToken === undefined) {
    throw new CommandError(
      `no server is known: ${path} is not there. Start one with tutti start, or name its directory with --data.`,
    );
  }
  return {
    url,
    accountSid,
    authToken,
    apiKey: value('TWILIO_API_KEY'),
    apiSecret: value('TWILIO_API_SECRET'),
  };
}

/** Asks the server; throws CommandError when it does not answer. */
export async function ask(
  { url, accountSid, authToken }: ServerAccess,
  path: string,
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  try {
    const answer = await fetch(url + path, {
      headers: {
        authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`,
      },
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new CommandError(
      `the server at ${url} does not answer (${cause instanceof Error ? cause.message : 'no reason'}). Start it with tutti start.`,
    );
  }
}
