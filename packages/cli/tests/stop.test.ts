import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Phone, WebhookCatcher, type PhoneCall } from '@tutti/testkit';
import { expect, it, onTestFinished, vi } from 'vitest';
import { makeDirectory, startTutti, type Started } from './_tutti.ts';

const OURS = '+15551234567';
const BOB = '+15557654321';
const WAIT = { timeout: 5000, interval: 20 };

interface LiveCall {
  readonly sid: string;
  readonly phone: PhoneCall;
}

/** A call from the server to a phone, answered and going on. */
async function placeCall(
  { client, sip, accountSid, authToken }: Started,
  statusCallback?: string,
): Promise<LiveCall> {
  const bob = await Phone.open({
    number: BOB,
    server: sip,
    credentials: { username: accountSid, password: authToken },
  });
  onTestFinished(() => bob.close());
  await client.incomingPhoneNumbers.create({ phoneNumber: OURS });
  const { sid } = await client.calls.create({
    from: OURS,
    to: BOB,
    twiml: '<Response><Play digits="1"/><Pause length="60"/></Response>',
    ...(statusCallback === undefined
      ? {}
      : { statusCallback, statusCallbackEvent: ['answered', 'completed'] }),
  });
  const phone = await (await bob.nextCall()).answer();
  await phone.hears({ digits: '1' });
  return { sid, phone };
}

/** A call to a phone that answers, and says nothing from then on. */
async function callDeadPhone({ client }: Started): Promise<void> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  onTestFinished(() => void socket.close());
  await once(socket, 'listening');
  const { port } = socket.address();
  const acked = new Promise<void>((resolve) => {
    socket.on('message', (bytes, { port: from }) => {
      const request = bytes.toString();
      if (request.startsWith('ACK')) resolve();
      if (request.startsWith('INVITE')) socket.send(answerTo(request, port), from, '127.0.0.1');
    });
  });
  await client.calls.create({
    from: OURS,
    to: `sip:dead@127.0.0.1:${port}`,
    twiml: '<Response><Pause length="60"/></Response>',
  });
  await acked;
}

function answerTo(invite: string, port: number): string {
  const copied = invite.match(/^(Via|From|Call-ID|CSeq):.*$/gim) ?? [];
  const sdp = [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    'm=audio 40000 RTP/AVP 0',
    '',
  ].join('\r\n');
  return [
    'SIP/2.0 200 OK',
    ...copied.map((line) => line.trimEnd()),
    `To: <sip:dead@127.0.0.1:${port}>;tag=dead`,
    `Contact: <sip:dead@127.0.0.1:${port}>`,
    'Content-Type: application/sdp',
    `Content-Length: ${sdp.length}`,
    '',
    sdp,
  ].join('\r\n');
}

async function openCatcher(): Promise<WebhookCatcher> {
  const catcher = await WebhookCatcher.open();
  onTestFinished(() => catcher.close());
  return catcher;
}

it.for(['SIGINT', 'SIGTERM'] as const)(
  '%s hangs up, tells the receivers and exits with 0; the call is completed after a restart',
  async (signal) => {
    const data = await makeDirectory();
    const hooks = await openCatcher();
    const server = await startTutti(data);
    const call = await placeCall(server, hooks.at('/status'));

    server.program.kill(signal);

    expect(await call.phone.ended).toEqual({ by: 'peer' });
    expect(await server.program.exit(5000)).toBe(0);
    expect(server.program.stderr).toBe('');
    await hooks.next(({ parameters }) => parameters['CallStatus'] === 'completed');
    const again = await startTutti(data);
    const row = await again.client.calls(call.sid).fetch();
    expect(row).toMatchObject({ status: 'completed', endTime: expect.any(Date) });
    expect(await again.client.monitor.v1.alerts.list()).toEqual([]);
  },
);

it('stops in time though a receiver never answers, a request is half sent and a phone is dead', async () => {
  const data = await makeDirectory();
  const hooks = await openCatcher();
  hooks.reply('/status', { delayMs: 60_000 });
  const server = await startTutti(data);
  const { phone } = await placeCall(server, hooks.at('/status'));
  await callDeadPhone(server);
  const half = connect(Number(new URL(server.url).port), '127.0.0.1');
  half.on('error', () => undefined);
  onTestFinished(() => void half.destroy());
  await once(half, 'connect');
  half.write('POST /v1/Conversations HTTP/1.1\r\nHost: x\r\nContent-Le');
  await hooks.next('/status');

  server.program.kill('SIGINT');

  await phone.ended;
  expect(await server.program.exit(5000)).toBe(0);
});

it('a second Ctrl-C stops at once', async () => {
  const data = await makeDirectory();
  const hooks = await openCatcher();
  hooks.reply('/status', { delayMs: 60_000 });
  const server = await startTutti(data);
  const { phone } = await placeCall(server, hooks.at('/status'));
  server.program.kill('SIGINT');
  // It is stopping, and would go on sending for a while.
  await phone.ended;

  server.program.kill('SIGINT');

  expect(await server.program.exit(1000)).toBe(130);
});

it('ends lost calls with an alert, and sends what was not sent, after a SIGKILL', async () => {
  const data = await makeDirectory();
  const hooks = await openCatcher();
  hooks.reply('/status', { status: 503 });
  const server = await startTutti(data);
  const call = await placeCall(server, hooks.at('/status'));
  const refused = await hooks.next('/status');
  hooks.reply('/status', { status: 200 });

  server.program.kill('SIGKILL');
  expect(await server.program.exit()).toBe('SIGKILL');
  const again = await startTutti(data);

  const row = await again.client.calls(call.sid).fetch();
  expect(row.status).toBe('completed');
  const [alert, ...others] = (await again.client.monitor.v1.alerts.list()).filter(
    ({ resourceSid, errorCode }) => resourceSid === call.sid && errorCode === '75014',
  );
  expect(alert?.logLevel).toBe('error');
  expect(others).toEqual([]);
  const repeated = await hooks.next(
    ({ parameters }) => parameters['CallStatus'] === refused.parameters['CallStatus'],
  );
  const token = 'i-twilio-idempotency-token';
  expect(repeated.headers[token]).toBe(refused.headers[token]);
  expect(repeated.headers[token]).toMatch(/\S/);
  await hooks.next(({ parameters }) => parameters['CallStatus'] === 'completed');
  await vi.waitFor(async () => {
    const restarted = await again.client.calls.list({ status: 'in-progress' });
    expect(restarted).toEqual([]);
  }, WAIT);
});

it('with TUTTI_DRAIN_SECONDS lets a call go on, takes no other, says so by /ready, and stops when it has ended', async () => {
  const server = await startTutti(await makeDirectory(), { env: { TUTTI_DRAIN_SECONDS: '60' } });
  const { phone } = await placeCall(server);
  const caller = await Phone.open({ number: '+15550009999', server: server.sip });
  onTestFinished(() => caller.close());
  const ready = () => fetch(`${server.url}/ready`);
  expect((await ready()).status).toBe(200);

  server.program.kill('SIGTERM');

  await vi.waitFor(async () => {
    const answer = await ready();
    expect([answer.status, await answer.json()]).toMatchObject([
      503,
      { ready: false, problems: [{ what: 'stopping' }] },
    ]);
  }, WAIT);
  await expect(caller.dial(OURS)).rejects.toThrow('503');
  expect((await server.client.calls.list({ status: 'in-progress' })).length).toBe(1);
  await phone.hangUp();
  expect(await server.program.exit(5000)).toBe(0);
});

it('lets a request under way be answered, meanwhile is not ready and takes no other', async () => {
  const server = await startTutti(await makeDirectory());
  const hooks = await openCatcher();
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  hooks.reply('/pre', () => held.then(() => ({ status: 200 })));
  await server.client.conversations.v1.configuration.webhooks().update({
    preWebhookUrl: hooks.at('/pre'),
    filters: ['onConversationAdd'],
  });
  const created = server.client.conversations.v1.conversations.create({
    friendlyName: 'held',
    xTwilioWebhookEnabled: 'true',
  });
  await hooks.next('/pre');

  server.program.kill('SIGTERM');

  await vi.waitFor(async () => {
    const answer = await fetch(`${server.url}/ready`);
    expect([answer.status, await answer.json()]).toMatchObject([
      503,
      { problems: [{ what: 'stopping' }] },
    ]);
  }, WAIT);
  const other = await fetch(`${server.url}/v1/Conversations`);
  expect(other.status).toBe(503);
  expect(other.headers.get('connection')).toBe('close');
  expect(await other.json()).toMatchObject({ code: 20503 });
  release();
  expect(await created).toMatchObject({ friendlyName: 'held' });
  expect(await server.program.exit(5000)).toBe(0);
});
