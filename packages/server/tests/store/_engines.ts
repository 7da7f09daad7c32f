import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import type { ActionContext } from '../../src/actions/context.ts';
import { openConversation } from '../../src/actions/open-conversation.ts';
import { openMainAccount } from '../../src/actions/open-account.ts';
import type { OutletError } from '../../src/base/app-error.ts';
import type { Config } from '../../src/config/config.ts';
import { Secret } from '../../src/config/secret.ts';
import type { Account } from '../../src/model/account.ts';
import type { Conversation } from '../../src/model/conversation.ts';
import { findMainAccount } from '../../src/store/accounts.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import type { New } from '../../src/store/schema.ts';
import { actionsOn } from '../_open-actions.ts';
import { createDatabase, hasPostgres, postgresUrl } from '../_postgres.ts';

/** An empty place for a database. */
export interface Place extends AsyncDisposable {
  readonly config: Config['store'];
}

export interface Engine {
  readonly name: 'SQLite' | 'PostgreSQL';
  readonly isHere: boolean;
  place(): Promise<Place>;
}

const isPostgresHere = await hasPostgres();
if (!isPostgresHere && process.env['TUTTI_REQUIRE_ALL'] === '1') {
  throw new Error(
    `PostgreSQL does not answer at ${new URL(postgresUrl).host}, and here nothing may be skipped`,
  );
}

export const sqlite: Engine = {
  name: 'SQLite',
  isHere: true,
  place: async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tutti-store-'));
    return {
      config: { kind: 'file', directory },
      [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
    };
  },
};

export const postgres: Engine = {
  name: 'PostgreSQL',
  isHere: isPostgresHere,
  place: async () => {
    const database = await createDatabase();
    return {
      config: {
        kind: 'postgres',
        url: new Secret(database.url),
        directory: join(tmpdir(), database.name),
      },
      [Symbol.asyncDispose]: () => database.drop(),
    };
  },
};

/** The same suite on each engine; where one is missing its suite is skipped and says so by its title. */
export function onEngines(
  title: string,
  engines: readonly Engine[],
  suite: (engine: Engine) => void,
): void {
  for (const engine of engines) {
    describe.skipIf(!engine.isHere)(`${title}, on ${engine.name}`, () => {
      suite(engine);
    });
  }
}

export const both = [sqlite, postgres] as const;

export interface OpenedStore extends AsyncDisposable {
  readonly store: Store;
  readonly context: ActionContext;
  readonly config: Config['store'];
  readonly failures: OutletError[];
  /** How often the store said that there may be something new. */
  commits(): number;
  account(): Promise<Account>;
  /** A new conversation of the main account. */
  conversation(more?: Partial<Pick<Conversation, 'uniqueName'>>): Promise<New<Conversation>>;
}

/** Opens a store with a main account in a new place, or in one given. */
export async function open(engine: Engine, config?: Config['store']): Promise<OpenedStore> {
  const place = config === undefined ? await engine.place() : undefined;
  const where = config ?? place?.config ?? { kind: 'memory' };
  let commits = 0;
  const failures: OutletError[] = [];
  const store = await openStore(where, {
    onCommit: () => {
      commits += 1;
    },
    onFailure: (error) => failures.push(error),
  });
  const context = actionsOn(store);
  await openMainAccount(context, undefined);
  const account = async (): Promise<Account> => {
    const found = await findMainAccount(store.db);
    if (found === undefined) throw new Error('no main account');
    return found;
  };
  return {
    store,
    context,
    config: where,
    failures,
    commits: () => commits,
    account,
    conversation: async ({ uniqueName = null } = {}) => {
      const owner = await account();
      return openConversation(
        context,
        {
          account: owner,
          chatServiceSid: owner.defaultServiceSid,
          friendlyName: null,
          uniqueName,
          attributes: '{}',
          state: 'active',
          timerInactive: null,
          timerClosed: null,
          emailAddress: null,
          emailName: null,
        },
        { source: 'API', webhooks: false },
      );
    },
    [Symbol.asyncDispose]: async () => {
      await context[Symbol.asyncDispose]();
      await store.close();
      await place?.[Symbol.asyncDispose]();
    },
  };
}
