import twilio from '@tutti/client';
import { describe, expect, test } from 'vitest';
import { startTestServer } from '../_server.ts';

describe('the timeline', () => {
  test('says of each entry whose it is, to our client too', async () => {
    await using server = await startTestServer();
    const { accountSid } = server;
    const client = twilio(accountSid, server.authToken, { baseUrl: server.url });
    const { sid: conversationSid } = await client.conversations.v1.conversations.create({});
    const { messages, participants, timeline } =
      client.conversations.v1.conversations(conversationSid);
    await participants.create({ identity: 'ann' });
    await messages.create({ author: 'ann', body: 'hello' });

    const entries = await timeline.list();

    expect(entries.map(({ kind }) => kind)).toEqual(['participant', 'message']);
    for (const entry of entries) expect(entry).toMatchObject({ accountSid, conversationSid });
  });
});
