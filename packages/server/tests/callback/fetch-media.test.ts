import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { fetchMedia } from '../../src/callback/fetch-media.ts';
import { createSender } from '../../src/callback/send.ts';
import { authToken, isSigned, startCustomer } from './_customer.ts';

const clock = systemClock;

describe('fetchMedia', () => {
  it('brings the bytes of a file, asked for with a signature', async () => {
    const file = Buffer.alloc(300_000, 3);
    await using customer = await startCustomer((_, response) =>
      response.writeHead(200, { 'Content-Type': 'audio/wav' }).end(file),
    );
    await using sender = createSender({ clock });

    const answer = await fetchMedia(sender, {
      url: `${customer.url}/a tune.wav`,
      authToken,
    });

    expect(answer).toMatchObject({ ok: true, contentType: 'audio/wav' });
    expect(answer.ok && answer.bytes.equals(file)).toBe(true);
    const [seen] = customer.seen;
    expect(seen).toMatchObject({ method: 'GET', url: '/a%20tune.wav', body: '' });
    expect(seen !== undefined && isSigned(seen)).toBe(true);
  });

  it('refuses a file over the limit', async () => {
    await using customer = await startCustomer((_, response) =>
      response.end(Buffer.alloc(16 * 1024 * 1024 + 1)),
    );
    await using sender = createSender({ clock });

    const answer = await fetchMedia(sender, { url: customer.url });

    expect(answer).toMatchObject({
      ok: false,
      alert: { code: 11_750, exchange: { method: 'GET' } },
    });
    expect(customer.seen[0]?.headers).not.toHaveProperty('x-twilio-signature');
  });

  it('tells of a file that is not there', async () => {
    await using customer = await startCustomer((_, response) => response.writeHead(404).end());
    await using sender = createSender({ clock });

    const answer = await fetchMedia(sender, { url: `${customer.url}/x.mp3` });

    expect(answer).toMatchObject({
      ok: false,
      alert: {
        code: 11_200,
        text: `${customer.url}/x.mp3 answered 404 Not Found.`,
        exchange: {
          method: 'GET',
          url: `${customer.url}/x.mp3`,
          variables: '',
          status: 404,
          responseBody: '',
        },
      },
    });
  });

  it('has nothing to tell when it is given up', async () => {
    await using sender = createSender({ clock });
    const url = 'http://127.0.0.1:1/x.mp3';

    const answer = await fetchMedia(sender, { url, signal: AbortSignal.abort() });

    expect(answer).toEqual({ ok: false, alert: undefined });
  });
});
