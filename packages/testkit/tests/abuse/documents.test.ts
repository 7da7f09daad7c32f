import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startTestServer, type Phone } from '../../src/index.ts';
import { JumpingClock } from '../outbox/_clock.ts';
import { addMessage, listDeliveries, openConversation } from '../outbox/_receiver.ts';
import { CAROL, eventually, twiml, type Json } from '../voice/_world.ts';
import { shareTarget } from './_target.ts';

const world = shareTarget('test');
let carol: Phone;
beforeAll(async () => {
  carol = await world().phone(CAROL);
});

const declaration = '<?xml version="1.0"?>';
const laughs = Array.from(
  { length: 9 },
  (_, index) => `<!ENTITY l${index + 1} "${`&l${index};`.repeat(10)}">`,
).join('');
const billionLaughs = `${declaration}<!DOCTYPE r [<!ENTITY l0 "ha">${laughs}]><Response><Say>&l9;</Say></Response>`;
const quadratic = `${declaration}<!DOCTYPE r [<!ENTITY a "${'a'.repeat(10_000)}">]><Response><Say>${'&a;'.repeat(5000)}</Say></Response>`;
const external = `${declaration}<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]><Response><Say>&f;</Say></Response>`;
const parameterEntity = `${declaration}<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x.dtd"> %p;]><Response/>`;
const deep = `${'<Response>'.repeat(3000)}${'</Response>'.repeat(3000)}`;
const wide = `<Response>${'<Pause/>'.repeat(6000)}</Response>`;
const attributes = `<Response><Say ${Array.from({ length: 3000 }, (_, index) => `a${index}="x"`).join(' ')}>x</Say></Response>`;

const bad: readonly (readonly [what: string, document: string | Buffer])[] = [
  ['a billion laughs', billionLaughs],
  ['entities that grow quadratically', quadratic],
  ['a file of this machine', external],
  ['a DTD elsewhere', parameterEntity],
  ['elements 3,000 deep', deep],
  ['6,000 verbs', wide],
  ['3,000 attributes', attributes],
  ['a tag without end', `<Response><Say${' '.repeat(50_000)}`],
  ['a comment without end', '<Response><!-- '],
  ['CDATA without end', '<Response><![CDATA['],
  ['NULs', '<Response>\0\0</Response>'],
  ['no UTF-8', Buffer.from([0x3c, 0x52, 0xff, 0xfe, 0x3e])],
  ['UTF-16', Buffer.from('\ufeff<Response/>', 'utf16le')],
];

/** A web server that answers as it is told, byte for byte. */
async function serve(answer: (response: ServerResponse) => void): Promise<string> {
  const server: Server = createServer((request, response) => {
    response.on('error', () => undefined);
    request.resume();
    answer(response);
  });
  server.listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/document`;
}

const xml = { 'Content-Type': 'text/xml' };

/** Calls Carol with the document; the alerts of the call. */
async function callWith(form: Record<string, string>): Promise<Json[]> {
  const placed = await world().place({ To: CAROL, ...form });
  return answerCall(placed.sid);
}

/** Carol answers, and hangs up on the explanation that callers hear. */
async function answerCall(sid: string): Promise<Json[]> {
  const call = await (await carol.nextCall()).answer();
  const alerts = await eventually(async () => {
    const raised = (await world().alerts()).filter((alert: Json) => alert.resource_sid === sid);
    expect(raised).not.toEqual([]);
    return raised;
  });
  await call.hangUp();
  return alerts;
}

describe('a document that comes by Url', () => {
  it.for(bad)('with %s ends the call with an alert', async ([, document]) => {
    const url = await serve((response) => response.writeHead(200, xml).end(document));

    const alerts = await callWith({ Url: url });

    expect(alerts[0].error_code).toMatch(/^1[12]\d{3}$/);
    expect(JSON.stringify(alerts)).not.toContain('root:');
  });

  it.for([
    ['of 10 MB', (response) => response.writeHead(200, xml).end(twiml('x'.repeat(10_485_760)))],
    [
      'without end',
      (response) => {
        response.writeHead(200, xml).write('<Response>');
        const more = (): void => {
          while (!response.destroyed && response.write('<Pause/>'.repeat(1000)));
        };
        response.on('drain', more);
        more();
      },
    ],
    [
      'that unpacks to 10 MB',
      (response) => {
        const packed = gzipSync(twiml('x'.repeat(10_485_760)));
        response.writeHead(200, { ...xml, 'Content-Encoding': 'gzip' }).end(packed);
      },
    ],
    [
      'that breaks off',
      (response) => {
        response.writeHead(200, { ...xml, 'Content-Length': '1000' }).write('<Response>');
        setImmediate(() => response.destroy());
      },
    ],
    ['that is no HTTP', (response) => response.socket?.end('220 mail.example ESMTP\r\n')],
    [
      'with headers without end',
      (response) => response.socket?.end(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(200_000)}\r\n\r\n`),
    ],
    [
      'that leads to itself',
      (response) => response.writeHead(302, { Location: '/document' }).end(),
    ],
    [
      'that leads to no URL',
      (response) => response.writeHead(302, { Location: 'file:///etc/passwd' }).end(),
    ],
  ] satisfies [string, (response: ServerResponse) => unknown][])(
    '%s ends the call with an alert',
    async ([, answer]) => {
      const url = await serve(answer);

      const alerts = await callWith({ Url: url });

      expect(alerts[0].error_code).toMatch(/^1[12]\d{3}$/);
    },
  );
});

describe('a document that comes by Twiml', () => {
  it.for(bad.filter(([, document]) => typeof document === 'string'))(
    'with %s is refused, or ends the call with an alert',
    async ([, document]) => {
      const answer = await world().request('POST', '/Calls.json', {
        From: '+15550001111',
        To: CAROL,
        Twiml: String(document),
      });
      if (answer.status === 201) {
        const [alert] = await answerCall(answer.body.sid);
        expect(alert.error_code).toMatch(/^1[12]\d{3}$/);
      } else {
        expect(answer).toMatchObject({
          status: 400,
          body: { code: expect.any(Number), message: expect.any(String), status: 400 },
        });
      }
    },
  );

  it('of 10 MB is refused', async () => {
    const before = (await world().get('/Calls.json?PageSize=1000')).calls.length;

    const answer = await world().request('POST', '/Calls.json', {
      From: '+15550001111',
      To: CAROL,
      Twiml: twiml('x'.repeat(10_485_760)),
    });

    expect(answer).toMatchObject({ status: 413, body: { status: 413 } });
    expect((await world().get('/Calls.json?PageSize=1000')).calls).toHaveLength(before);
  });
});

describe('the answer to a webhook', () => {
  it('that never ends is left after 64 kB', async () => {
    const url = await serve((response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', more);
      more();
    });
    const { tutti } = world();
    const conversation = await openConversation(tutti, url);

    const message = await addMessage(tutti, conversation, 'one');

    await eventually(async () => {
      expect(await listDeliveries(tutti, `?ResourceSid=${message}`)).toHaveLength(1);
    });
  });

  it('that trickles is left after 5 s', async () => {
    const clock = new JumpingClock();
    await using tutti = await startTestServer({ clock });
    let began: () => void = () => undefined;
    const beginning = new Promise<void>((resolve) => {
      began = resolve;
    });
    const url = await serve((response) => {
      response.writeHead(200).write('x', began);
    });
    const conversation = await openConversation(tutti, url);
    await addMessage(tutti, conversation, 'one');
    await beginning;

    clock.jump(5000);

    await eventually(async () => {
      const [attempt] = await listDeliveries(tutti);
      expect(attempt).toMatchObject({ attempt: 1, error_code: 11_203 });
    });
  });
});
