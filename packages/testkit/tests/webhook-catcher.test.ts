import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { expect, it, onTestFinished } from 'vitest';
import { WebhookCatcher, type WebhookCatcherOptions } from '../src/index.ts';

const authToken = '12345678901234567890123456789012';

async function openCatcher(options: WebhookCatcherOptions = { authToken }) {
  const catcher = await WebhookCatcher.open(options);
  onTestFinished(() => catcher.close());
  return catcher;
}

/** Sends a form as the server does. */
function send(
  url: string,
  parameters: Record<string, string>,
  signature = getExpectedTwilioSignature(authToken, url, parameters),
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'X-Twilio-Signature': signature },
    body: new URLSearchParams(parameters),
  });
}

it('answers 204 where nothing is set, and keeps what came', async () => {
  const catcher = await openCatcher();

  const answer = await send(catcher.at('/status?x=1'), { CallStatus: 'ringing', Body: 'Grüße +' });

  expect(answer.status).toBe(204);
  expect(catcher.caught).toHaveLength(1);
  expect(await catcher.next()).toMatchObject({
    path: '/status',
    method: 'POST',
    url: catcher.at('status?x=1'),
    parameters: { CallStatus: 'ringing', Body: 'Grüße +' },
    headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
    signatureValid: true,
    at: expect.any(Number),
  });
});

it('knows a wrong signature, a missing one, and one of another token', async () => {
  const catcher = await openCatcher();
  const url = catcher.at('/voice');

  await send(url, { Digits: '1' }, 'bm90IGl0');
  await fetch(url, { method: 'POST', body: new URLSearchParams({ Digits: '2' }) });
  await send(url, { Digits: '3' });
  catcher.authToken = 'another';
  await send(url, { Digits: '4' });

  expect(catcher.caught.map((caught) => caught.signatureValid)).toEqual([
    false,
    false,
    true,
    false,
  ]);
});

it('knows the signature of a GET, of repeated parameters and of a URL with a password', async () => {
  const catcher = await openCatcher();
  const sign = (url: string, parameters: Record<string, unknown> = {}) => ({
    'X-Twilio-Signature': getExpectedTwilioSignature(authToken, url, parameters),
  });

  const get = catcher.at('/voice?CallSid=CA1&From=%2B15551234567');
  await fetch(get, { headers: sign(get) });
  const form = new URLSearchParams('a=2&a=1&b=3');
  const post = catcher.at('/form');
  await fetch(post, { method: 'POST', body: form, headers: sign(post, { a: ['2', '1'], b: '3' }) });
  const secret = catcher.at('/secret').replace('://', '://user:pass@');
  const Authorization = `Basic ${Buffer.from('user:pass').toString('base64')}`;
  await fetch(catcher.at('/secret'), { headers: { ...sign(secret), Authorization } });

  expect(catcher.caught.map((caught) => caught.signatureValid)).toEqual([true, true, true]);
  expect(catcher.caught[0]?.parameters).toEqual({ CallSid: 'CA1', From: '+15551234567' });
  expect(catcher.caught[1]?.parameters).toEqual({ a: '1', b: '3' });
});

it('answers with TwiML, with a whole answer, or with what a function makes of the request', async () => {
  const catcher = await openCatcher();
  catcher.reply('/twiml', '<Response/>');
  catcher.reply('whole', { status: 418, headers: { 'X-Tea': 'yes' }, body: 'short' });
  catcher.reply('/function', async ({ parameters }) => `<Response>${parameters['n']}</Response>`);
  catcher.reply('/broken', () => {
    throw new Error('no idea');
  });

  const [twiml, whole, made, broken] = await Promise.all([
    send(catcher.at('/twiml'), {}),
    send(catcher.at('/whole'), {}),
    send(catcher.at('/function'), { n: '7' }),
    send(catcher.at('/broken'), {}),
  ]);

  expect(twiml.headers.get('content-type')).toBe('text/xml; charset=utf-8');
  expect(await twiml.text()).toBe('<Response/>');
  expect([whole.status, whole.headers.get('x-tea'), await whole.text()]).toEqual([
    418,
    'yes',
    'short',
  ]);
  expect(await made.text()).toBe('<Response>7</Response>');
  expect(broken.status).toBe(500);
  expect(await broken.text()).toBe('The reply to /broken threw: Error: no idea');
});

it('cuts the connection where it is told to, and has caught what came', async () => {
  const catcher = await openCatcher();
  catcher.reply('/gone', { hangUp: true });

  await expect(send(catcher.at('/gone'), { n: '1' })).rejects.toThrow('fetch failed');

  expect((await catcher.next('/gone')).parameters).toEqual({ n: '1' });
});

it('gives each webhook out once, in order, to whom it fits', async () => {
  const catcher = await openCatcher();
  const later = catcher.next('/late');
  await send(catcher.at('/a'), { n: '1' });
  await send(catcher.at('/b'), { n: '2' });
  await send(catcher.at('/a'), { n: '3' });

  expect((await catcher.next('/a')).parameters).toEqual({ n: '1' });
  expect((await catcher.next((caught) => caught.parameters['n'] === '3')).path).toBe('/a');
  expect((await catcher.next()).path).toBe('/b');
  await send(catcher.at('/late'), { n: '4' });
  expect((await later).parameters).toEqual({ n: '4' });
  expect(catcher.caught).toHaveLength(4);
});

it('lists what came instead of what was waited for', async () => {
  const catcher = await openCatcher();
  await expect(catcher.next('/voice', { timeoutMs: 10 })).rejects.toThrow(
    'No webhook at /voice within 10 ms. Nothing came at all.',
  );
  await send(catcher.at('/old'), {});
  await catcher.next('/old');

  const next = catcher.next('/voice', { timeoutMs: 500 });
  next.catch(() => undefined);
  await send(catcher.at('/status'), { CallStatus: 'completed', Digits: '12' }, 'wrong');

  await expect(next).rejects.toThrow(
    [
      'No webhook at /voice within 500 ms. What came:',
      '  POST /old (no known parameters) [given out, came before]',
      '  POST /status (CallStatus=completed Digits=12, signature not valid)',
    ].join('\n'),
  );
});

it('catches before it answers, and cuts off who waits when it is closed', async () => {
  const catcher = await openCatcher();
  catcher.reply('/slow', { delayMs: 60_000 });
  const sent = send(catcher.at('/slow'), {});
  sent.catch(() => undefined);
  await catcher.next('/slow');
  const next = catcher.next();
  next.catch(() => undefined);

  await catcher.close();

  await expect(sent).rejects.toThrow('fetch failed');
  await expect(next).rejects.toThrow('The webhook catcher was closed');
});
