import type { Sid } from '@tutti/ids';
import { systemOrigin } from '../../src/actions/context.ts';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { insertNewMessage } from '../../src/actions/add-message.ts';
import { addParticipant } from '../../src/actions/add-participant.ts';
import { randomIds } from '../../src/base/ids.ts';
import type { PageCursor } from '../../src/base/page.ts';
import { createSubaccount } from '../../src/actions/create-subaccount.ts';
import { findAccount, lockAccount } from '../../src/store/accounts.ts';
import { findConversationByUniqueName, updateConversation } from '../../src/store/conversations.ts';
import { listMessages, listMessagesAfter } from '../../src/store/messages.ts';
import { findAuthor, findParticipant } from '../../src/store/participants.ts';
import { insertPhoneNumber, listPhoneNumbers } from '../../src/store/phone-numbers.ts';
import { lockConversationsDue } from '../../src/store/conversations.ts';
import { listTimeline, positionOf, type TimelinePosition } from '../../src/store/timeline.ts';
import type { Db } from '../../src/store/open-store.ts';
import type { Tx } from '../../src/store/transact.ts';
import {
  findWebhookConfiguration,
  insertScopedWebhook,
  listScopedWebhooks,
  putWebhookConfiguration,
} from '../../src/store/webhooks.ts';
import { deferred } from './_deferred.ts';
import { both, onEngines, open, postgres, sqlite, type OpenedStore } from './_engines.ts';

const origin = { source: 'API', webhooks: false } as const;

async function withMessages(opened: OpenedStore, count: number) {
  const conversation = await opened.conversation();
  const { sid: conversationSid, accountSid } = conversation;
  for (let index = 0; index < count; index += 1) {
    await opened.store.transact((tx) =>
      insertNewMessage(
        tx,
        opened.context,
        { accountSid, conversationSid, author: 'a', body: String(index), attributes: '{}' },
        origin,
      ),
    );
  }
  return conversation;
}

async function columnsOf({ store }: OpenedStore): Promise<string[]> {
  const tables = await store.db.introspection.getTables();
  return tables
    .filter(({ name }) => !name.startsWith('sqlite'))
    .flatMap(({ name, columns }) =>
      columns.map((column) => {
        const isNullable = column.isNullable && column.name !== 'seq';
        return `${name}.${column.name}${isNullable ? ' null' : ''}`;
      }),
    )
    .toSorted();
}

onEngines('A query by key', both, (engine) => {
  test('answers for its own key, whatever the same statement was asked for just before', async () => {
    await using opened = await open(engine);
    const main = await opened.account();
    const sub = await createSubaccount(opened.context, main, 'Sub', systemOrigin);

    const found = await opened.store.transact(async (tx) => {
      await findAccount(tx, main.sid);
      await lockAccount(tx, sub.sid);
      return findAccount(tx, main.sid);
    });

    expect(found?.sid).toBe(main.sid);
  });
});

onEngines('The schema', both, (engine) => {
  test('has the same tables and columns, and keeps what is in them when opened again', async () => {
    await using place = await engine.place();
    let sid = '';
    {
      await using first = await open(engine, place.config);
      ({ sid } = await first.account());
    }

    await using again = await open(engine, place.config);

    expect((await findAccount(again.store.db, sid))?.sid).toBe(sid);
    await using inMemory = await open(sqlite, { kind: 'memory' });
    const columns = await columnsOf(again);
    expect(columns.length).toBeGreaterThan(150);
    expect(columns).toEqual(await columnsOf(inMemory));
  });

  test('is made once when two servers open an empty database together', async () => {
    await using place = await engine.place();

    const opened = await Promise.all(
      engine.name === 'SQLite'
        ? [open(engine, place.config)]
        : [open(engine, place.config), open(engine, place.config), open(engine, place.config)],
    );

    const accounts = await Promise.all(opened.map((each) => each.account()));
    expect(new Set(accounts.map(({ sid }) => sid)).size).toBe(1);
    for (const each of opened) await each[Symbol.asyncDispose]();
  });
});

onEngines('A page', both, (engine) => {
  test('follows the last without gaps or repeats, forwards and backwards, while records come', async () => {
    await using opened = await open(engine);
    const { sid, accountSid } = await withMessages(opened, 25);
    const pages: string[][] = [];
    let cursor: PageCursor | undefined;

    do {
      const page = await listMessages(opened.store.db, sid, 'desc', {
        pageSize: 10,
        page: 0,
        cursor,
      });
      pages.push(page.items.map(({ body }) => body ?? ''));
      cursor = page.next;
      const input = {
        accountSid,
        conversationSid: sid,
        author: 'a',
        body: 'new',
        attributes: '{}',
      };
      await opened.store.transact((tx) => insertNewMessage(tx, opened.context, input, origin));
    } while (cursor !== undefined);
    const second = await listMessages(opened.store.db, sid, 'asc', {
      pageSize: 10,
      page: 1,
      cursor: {
        direction: 'after',
        seq: (await listMessagesAfter(opened.store.db, sid, 9, 1))[0]?.seq ?? 0,
      },
    });
    const back = await listMessages(opened.store.db, sid, 'asc', {
      pageSize: 10,
      page: 0,
      cursor: second.previous,
    });

    const expected = Array.from({ length: 25 }, (_, index) => String(24 - index));
    expect(pages.flat()).toEqual(expected);
    expect(pages.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(back.items.map(({ messageIndex }) => messageIndex)).toEqual(
      Array.from({ length: 10 }, (_, index) => index + 1),
    );
  });

  test('of the timeline goes on behind any place, in both directions', async () => {
    await using opened = await open(engine);
    const { sid: conversationSid, accountSid } = await withMessages(opened, 5);
    await addParticipant(
      opened.context,
      { accountSid, conversationSid },
      { identity: 'alice', messaging: undefined, voice: undefined, attributes: '{}' },
      origin,
    );
    const all = async (order: 'asc' | 'desc', size: number): Promise<TimelinePosition[]> => {
      const found: TimelinePosition[] = [];
      for (;;) {
        const some = await listTimeline(
          opened.store.db,
          conversationSid,
          order,
          found.at(-1),
          size,
        );
        found.push(...some.map(positionOf));
        if (some.length < size) return found;
      }
    };

    const inOne = await all('asc', 100);

    expect(inOne).toHaveLength(6);
    expect(await all('asc', 2)).toEqual(inOne);
    expect(await all('desc', 1)).toEqual(inOne.toReversed());
  });
});

onEngines('A search', both, (engine) => {
  test('for a phone number takes * for any digits and nothing else for a pattern', async () => {
    await using opened = await open(engine);
    const { sid: accountSid } = await opened.account();
    const add = (phoneNumber: string): Promise<void> =>
      opened.store.transact((tx) =>
        insertPhoneNumber(tx, {
          sid: opened.context.ids.sid('PN'),
          accountSid,
          phoneNumber,
          friendlyName: 'Line',
          voiceUrl: null,
          voiceMethod: 'POST',
          voiceFallbackUrl: null,
          voiceFallbackMethod: 'POST',
          voiceCallerIdLookup: 0,
          statusCallback: null,
          statusCallbackMethod: 'POST',
          smsUrl: null,
          smsMethod: 'POST',
          smsFallbackUrl: null,
          smsFallbackMethod: 'POST',
          voiceApplicationSid: null,
          smsApplicationSid: null,
          dateCreated: 0,
          dateUpdated: 0,
        } as never),
      );
    await add('+14155550100');
    await add('+14155550199');
    const find = async (phoneNumber: string | undefined, friendlyName?: string) => {
      const page = { pageSize: 50, page: 0, cursor: undefined };
      const filter = { phoneNumber, friendlyName };
      return (await listPhoneNumbers(opened.store.db, accountSid, filter, page)).items.length;
    };

    expect(await find('415*01')).toBe(2);
    expect(await find('0199')).toBe(1);
    expect(await find('4_5')).toBe(0);
    expect(await find('%99')).toBe(1);
    expect(await find('99\\')).toBe(1);
    expect(await find(undefined, 'Line')).toBe(2);
    expect(await find(undefined, 'line')).toBe(0);
  });

  test('tells upper from lower case, as names and identities do', async () => {
    await using opened = await open(engine);
    const { defaultServiceSid } = await opened.account();
    const { sid: conversationSid, accountSid } = await opened.conversation({ uniqueName: 'Order' });
    await opened.conversation({ uniqueName: 'order' });
    const added = await addParticipant(
      opened.context,
      { accountSid, conversationSid },
      { identity: 'Alice', messaging: undefined, voice: undefined, attributes: '{}' },
      origin,
    );
    const { db } = opened.store;

    const found = await findConversationByUniqueName(db, defaultServiceSid, 'Order');

    expect(found?.sid).toBe(conversationSid);
    expect(await findParticipant(db, conversationSid, 'alice')).toBeUndefined();
    expect(await findAuthor(db, conversationSid, 'Alice')).toBe(added.sid);
  });
});

onEngines('A value', both, (engine) => {
  test('comes back as it was stored: instants as numbers, text in any script', async () => {
    await using opened = await open(engine);
    const body = 'Grüße, 你好, 👩‍👩‍👧, ‮ab, \t\n"quoted" \\ %s $1 ?';
    const { sid: conversationSid, accountSid } = await opened.conversation();

    await opened.store.transact((tx) =>
      insertNewMessage(
        tx,
        opened.context,
        { accountSid, conversationSid, author: 'a', body, attributes: '{}', dateCreated: 2 ** 52 },
        origin,
      ),
    );

    const [message] = await listMessagesAfter(opened.store.db, conversationSid, -1, 1);
    expect(message).toMatchObject({ body, dateCreated: 2 ** 52, messageIndex: 0, media: null });
    expect(typeof message?.seq).toBe('number');
  });

  test('has U+FFFD where a NUL was given', async () => {
    await using opened = await open(engine);
    const { sid: conversationSid, accountSid } = await opened.conversation();

    await opened.store.transact((tx) =>
      insertNewMessage(
        tx,
        opened.context,
        { accountSid, conversationSid, author: 'a\0b', body: '\0', attributes: '{}' },
        origin,
      ),
    );

    const [message] = await listMessagesAfter(opened.store.db, conversationSid, -1, 1);
    expect(message).toMatchObject({ author: 'a\uFFFDb', body: '\uFFFD' });
  });

  test('is replaced where its owner has one', async () => {
    await using opened = await open(engine);
    const { sid } = await opened.account();
    const put = (method: 'GET' | 'POST'): Promise<void> =>
      opened.store.transact((tx) =>
        putWebhookConfiguration(tx, {
          ownerSid: sid,
          accountSid: sid,
          preWebhookUrl: null,
          postWebhookUrl: null,
          method,
          filters: '[]',
          dateCreated: 1,
          dateUpdated: 2,
        }),
      );

    await put('GET');
    await put('POST');

    expect(await findWebhookConfiguration(opened.store.db, sid)).toMatchObject({ method: 'POST' });
  });
});

onEngines('Conversations that are due', [postgres], (engine) => {
  test('are left alone while somebody changes them', async () => {
    await using opened = await open(engine);
    const { sid } = await opened.conversation();
    await opened.store.transact((tx) => updateConversation(tx, sid, { dateInactive: 1 }));
    const taken = deferred<void>();
    const end = deferred<void>();
    const changing = opened.store.transact(async (tx) => {
      await updateConversation(tx, sid, { friendlyName: 'busy' });
      taken.resolve();
      await end.promise;
    });
    await taken.promise;
    const due = (): Promise<string[]> =>
      opened.store.transact(async (tx) =>
        (await lockConversationsDue(tx, 5, 10)).map((each) => each.sid),
      );

    const during = await due();
    end.resolve();
    await changing;

    expect(during).toEqual([]);
    expect(await due()).toEqual([sid]);
  });

  test('PostgreSQL keeps the hot statements prepared', async () => {
    await using opened = await open(engine);
    await withMessages(opened, 3);

    const names = await opened.store.transact(async (tx) => {
      const { rows } = await sql<{ name: string }>`select name from pg_prepared_statements`.execute(
        tx,
      );
      return rows;
    });

    expect(names.length).toBeGreaterThan(2);
  });
});

onEngines('A question about webhooks', both, (engine) => {
  const webhook = (conversation: { sid: Sid<'CH'>; accountSid: Sid<'AC'> }, url: string) => ({
    sid: randomIds.sid('WH'),
    accountSid: conversation.accountSid,
    chatServiceSid: randomIds.sid('IS'),
    conversationSid: conversation.sid,
    target: 'webhook' as const,
    url,
    method: 'POST' as const,
    filters: '[]',
    triggers: null,
    dateCreated: 0,
    dateUpdated: 0,
  });
  const urls = async (db: Db | Tx, conversation: { sid: Sid<'CH'> }): Promise<string[]> =>
    (await listScopedWebhooks(db, conversation.sid)).map(({ url }) => url);

  test('is answered by what is written, in the transaction at once and elsewhere when it is committed', async () => {
    await using opened = await open(engine);
    const { store } = opened;
    const conversation = await opened.conversation();
    expect(await urls(store.db, conversation)).toEqual([]);

    const inside = await store.transact(async (tx) => {
      await urls(tx, conversation);
      await insertScopedWebhook(tx, webhook(conversation, 'http://first'));
      return urls(tx, conversation);
    });
    expect(inside).toEqual(['http://first']);
    expect(await urls(store.db, conversation)).toEqual(['http://first']);
    expect(await store.transact((tx) => urls(tx, conversation))).toEqual(['http://first']);
  });

  test('is not answered by what was undone', async () => {
    await using opened = await open(engine);
    const { store } = opened;
    const conversation = await opened.conversation();

    const undone = store.transact(async (tx) => {
      await insertScopedWebhook(tx, webhook(conversation, 'http://undone'));
      expect(await urls(tx, conversation)).toEqual(['http://undone']);
      throw new Error('changed my mind');
    });
    const beside = store.transact((tx) => urls(tx, conversation));

    await expect(undone).rejects.toThrow('changed my mind');
    expect(await beside).toEqual([]);
    expect(await urls(store.db, conversation)).toEqual([]);
    expect(await store.transact((tx) => urls(tx, conversation))).toEqual([]);
  });
});
