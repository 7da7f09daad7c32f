import { expect, it } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { startReceiver } from '../_receiver.ts';
import { startTestServer } from '../_server.ts';

it.each([
  ['127.0.0.1', 'development'],
  ['localhost', 'development'],
  ['::1', 'development'],
  ['0.0.0.0', 'production'],
  ['192.168.1.7', 'production'],
])('a server on %s is in %s', (TUTTI_HOST, mode) => {
  expect(readConfig({ TUTTI_HOST })).toMatchObject({ ok: true, value: { mode } });
});

it('a mode that is none keeps the server from starting', () => {
  expect(readConfig({ TUTTI_MODE: 'prod' })).toEqual({
    ok: false,
    problems: ['TUTTI_MODE=prod: expected development or production'],
  });
});

it.each(['pre', 'post'])(
  'in production a %s-event webhook does not reach a private address, and an alert says why',
  async (kind) => {
    await using tutti = await startTestServer({ TUTTI_MODE: 'production' });
    await using receiver = await startReceiver();
    const url = receiver.url.replace('127.0.0.1', 'localhost');
    await tutti.client.conversations.v1.configuration.webhooks().update({
      preWebhookUrl: kind === 'pre' ? url : '',
      postWebhookUrl: kind === 'post' ? url : '',
      filters: ['onConversationAdd', 'onConversationAdded'],
    });

    const options = { xTwilioWebhookEnabled: 'true' } as const;
    const { sid } = await tutti.client.conversations.v1.conversations.create(options);
    await tutti.settled();

    expect(receiver.received).toEqual([]);
    const [alert, ...others] = await tutti.alerts();
    expect(others).toEqual([]);
    expect(alert).toMatchObject({ error_code: '75020', log_level: 'error', request_url: url });
    expect(alert.alert_text).toContain(`The request to ${url} was not made. The host localhost is`);
    const { body } = await tutti.request('GET', `/v1/Deliveries?ResourceSid=${sid}`);
    expect(body.deliveries).toHaveLength(kind === 'pre' ? 0 : 1);
  },
);

it('in production an audit does not ask a voice URL at a private address, and says why', async () => {
  await using tutti = await startTestServer({ TUTTI_MODE: 'production' });
  await using receiver = await startReceiver();
  const voiceUrl = receiver.url.replace('127.0.0.1', 'localhost');
  const { sid: ApplicationSid } = await tutti.client.applications.create({
    friendlyName: 'Desk',
    voiceUrl,
  });
  const { body: conversation } = await tutti.request('POST', '/v1/Conversations');
  const path = `/v1/Conversations/${conversation.sid}/Conductors`;
  await tutti.request('POST', path, { ApplicationSid });

  const { body: audit } = await tutti.request('POST', '/v1/Audits');

  expect(receiver.received).toEqual([]);
  expect(audit.findings).toMatchObject([{ rule: 'voice-url-unreachable' }]);
  expect(audit.findings[0].text).toContain('The host localhost is');
});
