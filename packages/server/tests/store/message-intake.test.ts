import type { Sid } from '@tutti/ids';
import { expect, test } from 'vitest';
import { addParticipant } from '../../src/actions/add-participant.ts';
import { MessageIntake } from '../../src/actions/message-intake.ts';
import { changeConversation } from '../../src/actions/update-conversation.ts';
import { both, onEngines, open, type OpenedStore } from './_engines.ts';

const origin = { source: 'API', webhooks: false } as const;

type Where = { readonly accountSid: Sid<'AC'>; readonly conversationSid: Sid<'CH'> };

async function conversationOf(opened: OpenedStore): Promise<Where> {
  const { accountSid, sid: conversationSid } = await opened.conversation();
  return { accountSid, conversationSid };
}

function written(where: Where, body: string, author = 'ada') {
  return { ...where, author, body, attributes: '{}' };
}

onEngines('messages that come at one moment', both, (engine) => {
  test('stand in the order in which they came, each with its own author', async () => {
    await using opened = await open(engine);
    const where = await conversationOf(opened);
    const ada = await addParticipant(
      opened.context,
      where,
      { identity: 'ada', messaging: undefined, voice: undefined, attributes: '{}' },
      origin,
    );
    const intake = new MessageIntake(opened.context);

    const added = await Promise.all(
      Array.from({ length: 250 }, (_, at) =>
        intake.add(written(where, `message ${at}`, at % 2 === 0 ? 'ada' : 'bob'), origin),
      ),
    );

    expect(added.map(({ messageIndex }) => messageIndex)).toEqual(added.map((_, at) => at));
    const kept = await opened.store.db
      .selectFrom('messages')
      .select(['messageIndex', 'body', 'participantSid'])
      .orderBy('messageIndex')
      .execute();
    expect(kept).toEqual(
      added.map((_, at) => ({
        messageIndex: at,
        body: `message ${at}`,
        participantSid: at % 2 === 0 ? ada.sid : null,
      })),
    );
  });

  test('share transactions', async () => {
    await using opened = await open(engine);
    const where = await conversationOf(opened);
    const before = opened.commits();
    const intake = new MessageIntake(opened.context);

    await Promise.all(
      Array.from({ length: 100 }, (_, at) => intake.add(written(where, `${at}`), origin)),
    );

    expect(opened.commits() - before).toBeLessThan(10);
  });

  test('fail alone where one of them cannot be stored', async () => {
    await using opened = await open(engine);
    const where = await conversationOf(opened);
    const intake = new MessageIntake(opened.context);

    const outcomes = await Promise.allSettled([
      intake.add(written(where, 'first'), origin),
      // Instants are whole.
      intake.add({ ...written(where, 'second'), dateCreated: 0.5 }, origin),
      intake.add(written(where, 'third'), origin),
    ]);

    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const kept = await opened.store.db
      .selectFrom('messages')
      .select(['messageIndex', 'body'])
      .orderBy('messageIndex')
      .execute();
    expect(kept).toEqual([
      { messageIndex: 0, body: 'first' },
      { messageIndex: 1, body: 'third' },
    ]);
  });

  test('are refused alike by a closed conversation, and the next are too', async () => {
    await using opened = await open(engine);
    const where = await conversationOf(opened);
    await changeConversation(opened.context, where, { state: 'closed' }, origin);
    const intake = new MessageIntake(opened.context);

    for (const _ of [1, 2]) {
      const outcomes = await Promise.allSettled(
        ['a', 'b', 'c'].map((body) => intake.add(written(where, body), origin)),
      );
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ reason: { errorName: 'conversationClosed' } });
      }
    }
  });
});
