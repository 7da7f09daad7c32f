import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openPeer } from '../voice/_peer.ts';
import { CAROL, eventually, OURS, twiml, World, type Json } from '../voice/_world.ts';
import { openSocket } from './_raw.ts';
import { shareTarget } from './_target.ts';

const world = shareTarget('test');

const portOf = ({ tutti }: World): number => Number(tutti.sip.split(':').at(-1));

async function openUdp(): Promise<UdpSocket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  onTestFinished(() => void socket.close());
  await once(socket, 'listening');
  return socket;
}

/** Sends, and waits until it has gone out. */
function put(socket: UdpSocket, bytes: string | Uint8Array, to = world()): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(bytes, portOf(to), '127.0.0.1', (error) => (error ? reject(error) : resolve()));
  });
}

let calls = 0;

/** An INVITE as it should be, with `changes` to its lines and more headers. */
function invite(port: number, changes: Record<string, string> = {}, more: string[] = []): string {
  calls += 1;
  const headers = {
    Via: `SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK-${calls}`,
    'Max-Forwards': '70',
    From: `<sip:mallory@127.0.0.1>;tag=${calls}`,
    To: `<sip:${OURS}@127.0.0.1>`,
    'Call-ID': `abuse-${calls}`,
    CSeq: '1 INVITE',
    Contact: `<sip:mallory@127.0.0.1:${port}>`,
    'Content-Length': '0',
    ...changes,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`INVITE sip:${OURS}@127.0.0.1 SIP/2.0`, ...lines, ...more, '', ''].join('\r\n');
}

/** Bytes that look random and are the same each time. */
function noise(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state >> 16;
  });
}

describe('datagrams', () => {
  it('of noise, of every size, say nothing', async () => {
    const socket = await openUdp();

    for (let seed = 1; seed <= 300; seed += 1) await put(socket, noise(seed % 200, seed));
    for (const size of [0, 1, 2, 4, 1500, 9000, 65_507]) await put(socket, noise(size, size + 1));
    await put(socket, '\r\n\r\n');
    await put(socket, '\0'.repeat(1000));
  });

  it('that are nearly SIP are refused or passed over', async () => {
    const socket = await openUdp();
    const { port } = socket.address();
    const good = invite(port);

    for (const text of [
      good.replace('SIP/2.0\r\n', 'SIP/9.9\r\n'),
      good.replace('INVITE', 'INVITE\0'),
      good.replace('INVITE ', ''),
      good.replaceAll('\r\n', '\n'),
      good.replaceAll('\r\n', '\r'),
      good.slice(0, 60),
      invite(port, { Via: '' }),
      invite(port, { Via: 'SIP/2.0/UDP 256.256.256.256:99999;branch=z9hG4bK1' }),
      invite(port, { Via: `SIP/2.0/UDP ${'x'.repeat(5000)};branch=z9hG4bK1` }),
      invite(port, { From: '<<<<<<<<<' }),
      invite(port, { To: `"${'\\'.repeat(3000)}` }),
      invite(port, { 'Call-ID': 'x'.repeat(20_000) }),
      invite(port, { CSeq: '99999999999999999999 INVITE' }),
      invite(port, { CSeq: '1 BYE' }),
      invite(port, { CSeq: '-1 INVITE' }),
      invite(port, { Contact: '<sip:@@@@:-1>' }),
      invite(port, { 'Content-Length': '-1' }),
      invite(port, { 'Content-Length': '99999999' }),
      invite(port, { 'Max-Forwards': 'x' }),
      invite(port, { 'Content-Type': 'application/sdp', 'Content-Length': '5' }) + 'v=0\r\n',
      invite(port, { 'Content-Type': 'application/sdp', 'Content-Length': '40' }) + 'a'.repeat(40),
      invite(
        port,
        {},
        Array.from({ length: 3000 }, (_, index) => `X-${index}: y`),
      ),
      invite(port, {}, [`Route: ${'<sip:a@b;lr>,'.repeat(2000)}`]),
      invite(port, {}, ['Authorization: Digest username="__proto__", nonce="constructor"']),
      invite(port, {}, [`X-Folded: a${'\r\n '.repeat(5000)}b`]),
      good.replace(/^INVITE/, 'REGISTER').replace('1 INVITE', '1 REGISTER'),
      'SIP/2.0 200 OK\r\n\r\n',
      'SIP/2.0 999999 \r\nCSeq: 1 INVITE\r\n\r\n',
      good.replace(/^INVITE \S+ SIP\/2\.0/, 'SIP/2.0 200 OK'),
      good.replace(/^INVITE/, 'ACK').replace('1 INVITE', '1 ACK'),
      good.replace(/^INVITE/, 'BYE').replace('1 INVITE', '1 BYE'),
      good.replace(/^INVITE/, 'CANCEL').replace('1 INVITE', '1 CANCEL'),
    ]) {
      await put(socket, text.slice(0, 65_000));
    }
  });

  it('with line breaks in names and numbers put no header into what we send on', async () => {
    const socket = await openUdp();
    const { port } = socket.address();
    // A server of its own, which does not wait for what this caller will never say.
    await using target = await World.open();
    const carol = await target.phone(CAROL);
    await target.answers(twiml(`<Dial timeout="5">${CAROL}</Dial>`));
    const sdp = [
      'v=0',
      'o=- 1 1 IN IP4 127.0.0.1',
      's=-',
      'c=IN IP4 127.0.0.1',
      't=0 0',
      'm=audio 40000 RTP/AVP 0',
      '',
    ].join('\r\n');

    for (const from of [
      '"a%0d%0aX-Evil: yes" <sip:+15559990000@127.0.0.1>;tag=a',
      '<sip:%0d%0aX-Evil:%20yes%0d%0a@127.0.0.1>;tag=b',
      '"a\\\rX-Evil: yes" <sip:a%22%3e%3cb@127.0.0.1>;tag=c',
    ]) {
      const head = { From: from, 'Content-Type': 'application/sdp' };
      await put(socket, invite(port, { ...head, 'Content-Length': String(sdp.length) }) + sdp);
      const asked = await world()
        .hooks.next('/voice', { timeoutMs: 1000 })
        .catch(() => undefined);
      // Refused as it came, or taken for a name like others.
      if (asked === undefined) continue;
      const ringing = await carol.nextCall({ timeoutMs: 1000 }).catch(() => undefined);
      expect(ringing?.headers ?? {}).not.toHaveProperty('x-evil');
      ringing?.reject();
    }
  });
});

describe('a connection', () => {
  it('that says half of something, nothing, or garbage keeps nobody from being served', async () => {
    const whole = invite(1).replaceAll('UDP', 'TCP');
    const beginnings = [
      '',
      'INV',
      whole.slice(0, 100),
      whole.slice(0, -2),
      whole.replace('Content-Length: 0', 'Content-Length: 5000'),
      whole.replace('Content-Length: 0', 'Content-Length: 99999999999999'),
      whole.replace('Content-Length: 0', 'X: y'),
      `X: ${'y'.repeat(200_000)}`,
      '\r\n'.repeat(50_000),
      'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    ];

    const sockets = await Promise.all(
      Array.from({ length: 110 }, async (_, index) => {
        const socket = await openSocket(portOf(world()));
        socket.resume().write(beginnings[index % beginnings.length] ?? '');
        return socket;
      }),
    );

    const { calls: live } = await world().get('/Calls.json?Status=in-progress');
    expect(live).toEqual([]);
    for (const socket of sockets) socket.destroy();
  });
});

describe('what the API gives to SIP', () => {
  it.for([
    ['To', 'sip:bob@127.0.0.1:PORT\r\nX-Evil: yes'],
    ['To', 'sip:bob%0d%0aX-Evil:%20yes@127.0.0.1:PORT'],
    ['To', 'sip:bob@127.0.0.1:PORT;x=%0d%0aX-Evil:%20yes'],
    ['To', 'sip:bob@127.0.0.1:PORT?X-Evil=%0d%0aX-More:%20yes'],
    ['To', '<sip:bob@127.0.0.1:PORT>\r\nX-Evil: yes'],
    ['From', '+15550001111\r\nX-Evil: yes'],
    ['From', 'sip:us@127.0.0.1\r\nX-Evil: yes'],
    ['CallerId', '"x\r\nX-Evil: yes" <sip:a@b>'],
    ['SipAuthUsername', 'x"\r\nX-Evil: yes'],
  ] as const)('puts no header into an INVITE by %s (%j)', async ([name, template]) => {
    const seen: string[] = [];
    await using peer = await openPeer((call) => {
      seen.push(...[...call.request.headers.entries()].map(([header]) => header.toLowerCase()));
      call.reject(603);
    });
    const value = template.replace('PORT', String(peer.endpoint.port));
    const form = { From: OURS, To: peer.uri('bob'), Twiml: twiml(), SipAuthPassword: 'x' };

    const answer = await world().request('POST', '/Calls.json', { ...form, [name]: value });

    if (answer.status === 201) {
      await eventually(async () => {
        const call: Json = await world().call(answer.body.sid);
        expect(['failed', 'busy', 'no-answer', 'canceled']).toContain(call.status);
      });
    } else {
      expect(answer).toMatchObject({
        status: 400,
        body: { code: expect.any(Number), status: 400 },
      });
    }
    expect(seen).not.toContain('x-more');
    // A header that the URI itself asks for is meant.
    if (!template.includes('?X-Evil')) expect(seen).not.toContain('x-evil');
  });
});
