// The measure: Fastify that parses the same form and answers the same JSON, and does nothing else.
import { parse } from 'node:querystring';
import { fastify } from 'fastify';

const app = fastify({ logger: false });
app.removeAllContentTypeParsers();
app.addContentTypeParser(
  'application/x-www-form-urlencoded',
  { parseAs: 'string' },
  (_request, body, done) => done(null, parse(body)),
);
const message = {
  sid: 'IM00000000000000000000000000000000',
  account_sid: 'AC00000000000000000000000000000000',
  chat_service_sid: 'IS00000000000000000000000000000000',
  conversation_sid: 'CH00000000000000000000000000000000',
  index: 0,
  author: 'bench',
  body: '',
  media: null,
  attributes: '{}',
  participant_sid: null,
  date_created: '2026-11-22T10:00:00Z',
  date_updated: '2026-11-22T10:00:00Z',
  url: 'http://127.0.0.1/v1/Conversations/CH00000000000000000000000000000000/Messages/IM00000000000000000000000000000000',
  delivery: null,
  content_sid: null,
  links: {
    delivery_receipts:
      'http://127.0.0.1/v1/Conversations/CH00000000000000000000000000000000/Messages/IM00000000000000000000000000000000/Receipts',
    channel_metadata:
      'http://127.0.0.1/v1/Conversations/CH00000000000000000000000000000000/Messages/IM00000000000000000000000000000000/ChannelMetadata',
  },
};
app.post('/v1/Conversations/:ConversationSid/Messages', async (request, reply) => {
  reply.code(201);
  return { ...message, body: request.body.Body, author: request.body.Author };
});
app.get('/v1/Conversations/:ConversationSid/Messages/:Sid', async () => message);
await app.listen({ host: '127.0.0.1', port: 0 });
console.log(JSON.stringify({ ready: true, url: `http://127.0.0.1:${app.server.address().port}` }));
process.once('SIGTERM', () => void app.close());
