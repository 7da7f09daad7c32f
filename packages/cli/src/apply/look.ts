import { CommandError } from '../command-error.ts';
import { ask, askFor, type ServerAccess } from '../server-access.ts';
import { isBody, markOf, type Body, textOf } from './marks.ts';
import type { Configuration } from './configuration.ts';
import type { Actual, Found, FoundConversation } from './plan.ts';

/**
 * Asks the server for what there is of a configuration; `everywhere`, for conversations too that the file does not
 * name and that are marked as the project's, which pages through all of the account's.
 *
 * @throws CommandError when the server cannot be asked.
 */
export async function look(
  server: ServerAccess,
  { project, wanted }: Configuration,
  everywhere: boolean,
): Promise<Actual> {
  const account = `/2010-04-01/Accounts/${server.accountSid}`;
  const applications = await listAll(server, `${account}/Applications.json`, 'applications');
  const phoneNumbers = await listAll(
    server,
    `${account}/IncomingPhoneNumbers.json`,
    'incoming_phone_numbers',
  );
  const names = wanted.filter(({ kind }) => kind === 'conversation').map(({ name }) => name);
  const found: Found[] = [];
  if (everywhere) {
    for (const one of await listAll(server, '/v1/Conversations', 'conversations')) {
      const isNamed = names.some((name) => name === one.body['unique_name']);
      if (isNamed || markOf(one.body, project) !== undefined) found.push(one);
    }
  } else {
    for (const name of names) {
      const { status, body } = await ask(server, `/v1/Conversations/${name}`);
      if (status === 200) found.push(foundOf(body));
      else if (status !== 404) throw refused(server, body, status);
    }
  }
  const conversations: FoundConversation[] = [];
  for (const one of found) {
    const path = `/v1/Conversations/${one.sid}`;
    conversations.push({
      ...one,
      conductors: await listAll(server, `${path}/Conductors`, 'conductors'),
      participants: await listAll(server, `${path}/Participants`, 'participants'),
      webhooks: await listAll(server, `${path}/Webhooks`, 'webhooks'),
    });
  }
  return { applications, phoneNumbers, conversations };
}

function refused(server: ServerAccess, body: Body, status: number): CommandError {
  const message = typeof body['message'] === 'string' ? body['message'] : `HTTP ${status}`;
  return new CommandError(`the server at ${server.url} refused: ${message}`);
}

/** Every page of a list. */
async function listAll(server: ServerAccess, path: string, key: string): Promise<Found[]> {
  const all: Found[] = [];
  let query: string | undefined = `?PageSize=${path.startsWith('/v1/') ? 100 : 1000}`;
  while (query !== undefined) {
    const page: Body = await askFor(server, path + query);
    const items = page[key];
    if (!Array.isArray(items)) {
      throw new CommandError(
        `${server.url}${path} answers without ${key}: is it a server of Tutti? TUTTI_URL says where it is.`,
      );
    }
    all.push(...items.filter(isBody).map(foundOf));
    const meta = page['meta'];
    const next = isBody(meta) ? meta['next_page_url'] : page['next_page_uri'];
    query = typeof next === 'string' && next !== '' ? new URL(next, server.url).search : undefined;
  }
  return all;
}

function foundOf(body: Body): Found {
  return { sid: textOf(body['sid']), body };
}
