import { describe, expect, it } from 'vitest';
import { expectRefusal, openSocket, sendRaw, type RawAnswer } from './_raw.ts';
import { shareTarget } from './_target.ts';

const world = shareTarget('file');
const FORM = 'Content-Type: application/x-www-form-urlencoded';

function authorization(): string {
  const { accountSid, authToken } = world().tutti;
  return `Authorization: Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
}

/** A whole request with credentials; its answers. */
async function send(
  first: string,
  headers: readonly string[] = [],
  body: string | Buffer = '',
): Promise<RawAnswer[]> {
  const head = [`${first} HTTP/1.1`, 'Host: x', 'Connection: close', authorization(), ...headers];
  const bytes = Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1');
  return sendRaw(world().tutti.url, Buffer.concat([bytes, Buffer.from(body)]));
}

/** A form to the list of conversations. */
async function post(form: string | Buffer, headers: readonly string[] = []): Promise<RawAnswer> {
  const length = `Content-Length: ${Buffer.byteLength(form)}`;
  const [answer] = await send('POST /v1/Conversations', [FORM, length, ...headers], form);
  if (answer === undefined) throw new Error('nothing was answered');
  return answer;
}

async function countConversations(): Promise<number> {
  const { conversations } = await world().get('/v1/Conversations?PageSize=1000');
  return conversations.length;
}

/** Whatever is tried, no conversation comes of it. */
async function expectNothingMade(attempt: () => Promise<void>): Promise<void> {
  const before = await countConversations();
  await attempt();
  expect(await countConversations()).toBe(before);
}

describe('a body', () => {
  it('of 10 MB is refused, with its length or without', async () => {
    await expectNothingMade(async () => {
      const big = `FriendlyName=${'x'.repeat(10 * 1024 * 1024)}`;
      expectRefusal(await post(big), 413);
      const chunked = [Buffer.byteLength(big).toString(16), big, '0', '', ''].join('\r\n');
      const [answer] = await send(
        'POST /v1/Conversations',
        [FORM, 'Transfer-Encoding: chunked'],
        chunked,
      );
      expectRefusal(answer, 413);
    });
  });

  it.for([
    'FriendlyName=%',
    'FriendlyName=%zz',
    '%E0%A4%A=x',
    'FriendlyName=%ff%fe',
    'FriendlyName=%00',
    '%00=1',
  ])('with malformed text (%s) is refused', async (form) => {
    await expectNothingMade(async () => expectRefusal(await post(form), 400));
  });

  it.for([
    'application/json',
    'multipart/form-data; boundary=x',
    'text/plain',
    'application/xml',
    'nonsense',
    '; ; ;',
    'application/x-www-form-urlencodedx',
  ])('of the type %s is refused', async (type) => {
    await expectNothingMade(async () => {
      const [answer] = await send(
        'POST /v1/Conversations',
        [`Content-Type: ${type}`, 'Content-Length: 16'],
        'FriendlyName=abc',
      );
      expectRefusal(answer, 415);
    });
  });

  it('of 2,000 parameters is refused', async () => {
    await expectNothingMade(async () => {
      const form = Array.from({ length: 2000 }, (_, index) => `p${index}=1`).join('&');
      expectRefusal(await post(form), 400);
      expectRefusal(await post('FriendlyName=x&'.repeat(2000)), 400);
    });
  });

  it('of nested JSON without end is refused or kept as it is', async () => {
    for (const attributes of [
      '['.repeat(15_000),
      `${'['.repeat(8000)}${']'.repeat(8000)}`,
      '{"__proto__":{"polluted":true}}',
    ]) {
      const answer = await post(`Attributes=${encodeURIComponent(attributes)}`);
      if (answer.status === 201) {
        expect(JSON.parse(answer.body)).toMatchObject({ attributes });
      } else {
        expectRefusal(answer, 400);
      }
    }
    expect('polluted' in {}).toBe(false);
  });
});

describe('a length', () => {
  it.for([
    ['Content-Length: -1'],
    ['Content-Length: abc'],
    ['Content-Length: 3', 'Content-Length: 5'],
    ['Content-Length: 3, 5'],
    ['Content-Length: 16', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: chunked, identity'],
    ['Transfer-Encoding: xchunked'],
    ['Content-Length: 99999999999999999999999'],
  ])('that cannot be (%s) is refused', async (headers) => {
    await expectNothingMade(async () => {
      const [answer, ...others] = await send(
        'POST /v1/Conversations',
        [FORM, ...headers],
        'FriendlyName=abc',
      );
      expectRefusal(answer, 400);
      expect(others).toEqual([]);
    });
  });

  it('that is more than what comes makes nothing', async () => {
    await expectNothingMade(async () => {
      const socket = await openSocket(Number(new URL(world().tutti.url).port));
      const head = ['POST /v1/Conversations HTTP/1.1', 'Host: x', authorization(), FORM];
      socket.end(`${head.join('\r\n')}\r\nContent-Length: 100\r\n\r\nFriendlyName=abc`);
      await new Promise<void>((resolve) => {
        socket.resume().once('close', () => resolve());
      });
    });
  });

  it('that is less than what comes leaves the rest to be refused', async () => {
    const url = world().tutti.url;
    const head = ['POST /v1/Conversations HTTP/1.1', 'Host: x', authorization(), FORM];
    const [made, refused] = await sendRaw(
      url,
      `${head.join('\r\n')}\r\nContent-Length: 16\r\n\r\nFriendlyName=abc&and=more\r\n\r\n`,
    );

    expect(made).toMatchObject({ status: 201 });
    expectRefusal(refused, 400);
  });
});

describe('a connection', () => {
  it('that says half of something and waits keeps nobody from being served', async () => {
    const port = Number(new URL(world().tutti.url).port);
    const head = `POST /v1/Conversations HTTP/1.1\r\nHost: x\r\n${authorization()}\r\n`;
    const beginnings = [
      '',
      'P',
      'POST /v1/Conv',
      'POST /v1/Conversations HTTP/1.1\r\nHost',
      head,
      `${head}${FORM}\r\nContent-Length: 50\r\n\r\nFriendlyName=`,
      `${head}${FORM}\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nFriendly`,
    ];
    const before = await countConversations();

    const sockets = await Promise.all(
      Array.from({ length: 140 }, async (_, index) => {
        const socket = await openSocket(port);
        socket.write(beginnings[index % beginnings.length] ?? '');
        return socket;
      }),
    );
    // One header letter after the other, while others are served.
    for (const letter of 'X-Slow: l') {
      for (const socket of sockets) socket.write(letter);
      expect(await countConversations()).toBe(before);
    }
    for (const socket of sockets) socket.destroy();

    expect(await countConversations()).toBe(before);
  });

  it('that brings a request and then garbage gets its answer, a refusal and the end', async () => {
    const { url } = world().tutti;
    const get = `GET /v1/Conversations HTTP/1.1\r\nHost: x\r\n${authorization()}\r\n\r\n`;

    const [first, second, third, ...others] = await sendRaw(
      url,
      `${get}${get}\0\x01\x02 garbage\r\n\r\n${get}`,
    );

    expect([first?.status, second?.status, others.length]).toEqual([200, 200, 0]);
    expectRefusal(third, 400);
  });

  it.for([
    ['nothing that is HTTP', 'hello there, who are you?\r\n\r\n'],
    ['the beginning of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['the beginning of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['SIP', 'OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP x\r\n\r\n'],
    ['no Host', 'GET /v1/Conversations HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['a header without a colon', 'GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n'],
    ['a header with a bare CR', 'GET / HTTP/1.1\r\nHost: x\r\nX: a\rY: b\r\n\r\n'],
    ['a NUL in a header', 'GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n'],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost: x\r\nX : a\r\n\r\n'],
  ] as const)('that brings %s is refused', async ([, bytes]) => {
    const answers = await sendRaw(world().tutti.url, bytes);

    expectRefusal(answers[0], 400);
    expect(answers).toHaveLength(1);
  });

  it('that brings more headers than anybody needs is refused', async () => {
    const { url } = world().tutti;
    const many = Array.from({ length: 5000 }, (_, index) => `X-${index}: y`).join('\r\n');

    const long = await sendRaw(
      url,
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(100_000)}\r\n\r\n`,
    );
    const wide = await sendRaw(url, `GET / HTTP/1.1\r\nHost: x\r\n${many}\r\n\r\n`);

    expectRefusal(long[0], 431);
    expectRefusal(wide[0], 431);
  });

  it.for([
    ['TRACE /v1/Conversations', 405],
    ['PROPFIND /v1/Conversations', 405],
    ['PATCH /v1/Conversations', 405],
    ['OPTIONS *', 404],
    ['GET http://elsewhere.example/v1/Conversations', 404],
    ['GET //v1//Conversations', 404],
    ['GET /v1/Conversations/%2e%2e/%2e%2e/etc/passwd', 404],
    ['GET /docs/errors/..%2f..%2fpackage', 404],
    ['GET /docs/errors/../../package.json', 404],
    ['GET /v1/__proto__', 404],
    ['GET /v1/Conversations/__proto__', 404],
    ['GET /v1/Conversations/constructor', 404],
    [`GET /v1/Conversations/${'x'.repeat(5000)}`, 404],
    ['GET /v1/Conversations?PageSize=NaN', 400],
    ['GET /v1/Conversations?PageToken=__proto__', 400],
    ['GET /v1/Activity?After=a-b-c', 400],
    ['GET /v1/Conversations?PageToken=PANzzzzzzzzzzz', 400],
  ] as const)('that asks for %s is refused', async ([first, status]) => {
    const [answer] = await send(first);

    expectRefusal(answer, status);
  });

  it('that wants to be something else, or expects what we do not know, is served as ever', async () => {
    const [upgraded] = await send('GET /v1/Conversations', [
      'Upgrade: websocket',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ]);
    const [expecting] = await send('GET /v1/Conversations', ['Expect: miracles']);

    expect([upgraded?.status, expecting?.status]).toEqual([200, 200]);
  });

  it.for([
    'Basic',
    'Basic =',
    `Basic ${Buffer.from('\0:\0').toString('base64')}`,
    `Basic ${Buffer.from('__proto__:constructor').toString('base64')}`,
    `Basic ${'A'.repeat(12_000)}`,
    'Bearer x',
    'Basic \xff\xfe',
  ])('with the credentials %s is refused', async (credentials) => {
    const [answer] = await sendRaw(
      world().tutti.url,
      `GET /v1/Conversations HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${credentials}\r\n\r\n`,
    );

    expectRefusal(answer, 401);
  });
});

describe('names and values', () => {
  it('that every object has are names like others', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '__proto__[x]', 'a.b'];
    const form = names.map((name) => `${encodeURIComponent(name)}=polluted`).join('&');

    const made = await post(`FriendlyName=fine&${form}`);
    const [listed] = await send(`GET /v1/Alerts?${form}`);
    const strict = await post(`FriendlyName=fine&${form}`, ['Tutti-Strict: true']);

    expect(made.status).toBe(201);
    expect(made.headers['tutti-warning']).toContain('__proto__');
    expect(JSON.parse(made.body)).toMatchObject({ friendly_name: 'fine' });
    expect(listed?.status).toBe(200);
    expectRefusal(strict, 400);
    expect('x' in {} || 'polluted' in {}).toBe(false);
  });

  it('that would be headers stay values', async () => {
    const evil = encodeURIComponent('x\r\nX-Evil: yes\r\n\r\n<script>');

    const unknown = await post(`${evil}=1`);
    const value = await post(`FriendlyName=${evil}`);
    const [host] = await sendRaw(
      world().tutti.url,
      `GET /v1/Conversations HTTP/1.1\r\nHost: a"b<c>\r\nConnection: close\r\n${authorization()}\r\n\r\n`,
    );
    const [path] = await send(`GET /v1/Conversations/${evil}`);

    for (const answer of [unknown, value, host, path]) {
      expect(answer?.headers).not.toHaveProperty('x-evil');
      expect(answer?.status).toBeLessThan(500);
      expect(() => JSON.parse(answer?.body ?? '')).not.toThrow();
    }
    expectRefusal(path, 404);
  });

  it('a thousand of which nobody reads are told of, and cost no thousand alerts', async () => {
    const before = (await world().alerts()).length;
    const form = Array.from({ length: 900 }, (_, index) => `Unknown${index}=1`).join('&');

    const answer = await post(`FriendlyName=fine&${form}`);

    expect(answer.status).toBe(201);
    expect(answer.headers['tutti-warning']?.length).toBeLessThan(1100);
    expect((await world().alerts()).length - before).toBe(10);
  });

  it('of 200 kB are refused or told of like others', async () => {
    const long = 'x'.repeat(200_000);

    const name = await post(`${long}=1`);
    const value = await post(`FriendlyName=${long}`);
    const [path] = await send(`GET /v1/Sids/${'C'.repeat(14_000)}`);

    expect(name.status).toBe(201);
    expectRefusal(value, 400);
    expectRefusal(path, 404);
  });
});
