import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { openPeer } from './_peer.ts';
import { RawCaller } from './_raw-caller.ts';
import { eventually, OURS, twiml, World } from './_world.ts';

/** The description of a phone that hears at that port. */
function described(port: number, lines: readonly string[]): string {
  return [
    'v=0',
    'o=odd 1 1 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    ...lines.map((line) => line.replace('PORT', String(port))),
    '',
  ].join('\r\n');
}

/** A call that is answered and waits for keys. */
async function inCall(world: World, first: readonly string[] = ['m=audio PORT RTP/AVP 0']) {
  await world.answers(twiml('<Gather timeout="600"/>'));
  const raw = await RawCaller.open({ server: world.tutti.sip, to: OURS });
  raw.invite(described(raw.rtpPort, first));
  const ok = await raw.heard('SIP/2.0 200');
  raw.ack(ok);
  await eventually(async () =>
    expect(await world.onlyCall()).toMatchObject({ status: 'in-progress' }),
  );
  return {
    raw,
    ok,
    /** The description in its answer to another offer, or its offer. */
    reinvite: async (lines: readonly string[] | undefined, count = 2): Promise<string> => {
      const sdp = lines === undefined ? undefined : described(raw.rtpPort, lines);
      raw.reinvite(ok, sdp);
      const again = await raw.heard('SIP/2.0 200', count);
      if (lines !== undefined) raw.ack(ok);
      return again.slice(again.indexOf('\r\n\r\n') + 4);
    },
    [Symbol.asyncDispose]: () => raw[Symbol.asyncDispose](),
  };
}

const EVENTS = (number: number): readonly string[] => [
  `m=audio PORT RTP/AVP 0 ${number}`,
  `a=rtpmap:${number} telephone-event/8000`,
  `a=fmtp:${number} 0-16`,
];
const PLAIN_ANSWER = ['m=audio RTP/AVP 0', 'a=rtpmap:0 PCMU/8000', 'a=ptime:20', 'a=sendrecv'];

describe.concurrent('a re-INVITE', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    [
      'that holds',
      ['m=audio PORT RTP/AVP 0', 'a=sendonly'],
      [...PLAIN_ANSWER.slice(0, 3), 'a=recvonly'],
    ],
    [
      'that is inactive',
      ['a=inactive', 'm=audio PORT RTP/AVP 0'],
      [...PLAIN_ANSWER.slice(0, 3), 'a=inactive'],
    ],
    [
      'that holds as of old',
      ['m=audio PORT RTP/AVP 0', 'c=IN IP4 0.0.0.0'],
      [...PLAIN_ANSWER.slice(0, 3), 'a=recvonly'],
    ],
    [
      'to another codec',
      ['m=audio PORT RTP/AVP 18 8'],
      ['m=audio RTP/AVP 8', 'a=rtpmap:8 PCMA/8000', ...PLAIN_ANSWER.slice(2)],
    ],
    ...[96, 100].map((number): [string, readonly string[], readonly string[]] => [
      `with events as ${number}`,
      EVENTS(number),
      [
        `m=audio RTP/AVP 0 ${number}`,
        'a=rtpmap:0 PCMU/8000',
        `a=rtpmap:${number} telephone-event/8000`,
        `a=fmtp:${number} 0-15`,
        ...PLAIN_ANSWER.slice(2),
      ],
    ]),
    ...[10, 30, 40].map((ms): [string, readonly string[], readonly string[]] => [
      `with packets of ${ms} ms`,
      ['m=audio PORT RTP/AVP 0', `a=ptime:${ms}`, 'a=maxptime:150'],
      PLAIN_ANSWER,
    ]),
    [
      'with a second audio stream',
      ['m=audio PORT RTP/AVP 0', 'm=audio 4004 RTP/AVP 8'],
      [...PLAIN_ANSWER, 'm=audio 0 RTP/AVP 8'],
    ],
    [
      'with video before the audio',
      ['m=video 4004 RTP/AVP 96', 'a=rtpmap:96 H264/90000', 'm=audio PORT RTP/AVP 0'],
      ['m=video 0 RTP/AVP 96', ...PLAIN_ANSWER],
    ],
    [
      'with ICE, multiplexed RTCP and what else browsers write',
      [
        'a=group:BUNDLE 0',
        'a=ice-lite',
        'm=audio PORT RTP/AVP 111 0',
        'a=rtpmap:111 opus/48000/2',
        'a=rtcp:9 IN IP4 0.0.0.0',
        'a=rtcp-mux',
        'a=ice-ufrag:F7gI',
        'a=ice-pwd:x9cml/YzichV2+XlhiMu8g',
        'a=candidate:1 1 UDP 2130706431 10.0.0.5 9 typ host',
        'a=mid:0',
        'a=ssrc:1 cname:x',
      ],
      PLAIN_ANSWER,
    ],
  ])('%s is answered in kind', async (_what, offered, expected) => {
    await using world = await World.open();
    await using call = await inCall(world);

    const answer = await call.reinvite(offered);

    const lines = answer.split('\r\n').slice(5, -1);
    expect(lines.map((line) => line.replace(/^m=audio [1-9]\d* /, 'm=audio '))).toEqual(expected);
  });

  it('that says the same once more, or without a raised version, changes nothing', async () => {
    await using world = await World.open();
    await using call = await inCall(world);
    const stream = (sdp: string): string | undefined => /^m=.*$/m.exec(sdp)?.[0];

    const answers = [
      await call.reinvite(['m=audio PORT RTP/AVP 0']),
      await call.reinvite(['m=audio PORT RTP/AVP 0'], 3),
    ];

    expect(answers.map(stream)).toEqual([stream(call.ok), stream(call.ok)]);
  });

  it('without an offer is offered the streams there were, in number and order', async () => {
    await using world = await World.open();
    const first = ['m=video 4004 RTP/AVP 96', 'm=audio PORT RTP/AVP 8 0'];
    await using call = await inCall(world, first);
    const changed = createSocket('udp4').bind(0, '127.0.0.1');
    await once(changed, 'listening');
    const audio = once(changed, 'message') as Promise<[Buffer]>;

    const offer = await call.reinvite(undefined);
    call.raw.ack(
      call.ok,
      described(changed.address().port, ['m=video 0 RTP/AVP 96', 'm=audio PORT RTP/AVP 0']),
    );

    expect(offer.match(/^m=.*$/gm)).toEqual([
      'm=video 0 RTP/AVP 96',
      expect.stringMatching(/^m=audio [1-9]\d* RTP\/AVP 0 8 101$/),
    ]);
    // Its answer comes with the ACK: another port and another codec.
    expect((await audio)[0].readUInt8(1) & 0x7f).toBe(0);
    changed.close();
  });

  it('that has no sound any more is refused, and the call goes on', async () => {
    await using world = await World.open();
    await using call = await inCall(world);

    call.raw.reinvite(call.ok, described(0, ['m=audio PORT RTP/AVP 0']));

    await call.raw.heard('SIP/2.0 488');
    expect(await world.onlyCall()).toMatchObject({ status: 'in-progress' });
  });
});

describe.concurrent('a phone', () => {
  it('whose name in its description has blanks is understood', async () => {
    await using world = await World.open();
    await world.answers(twiml('<Gather timeout="600"/>'));
    await using raw = await RawCaller.open({ server: world.tutti.sip, to: OURS });
    const sdp = described(raw.rtpPort, ['m=audio PORT RTP/AVP 0']);

    raw.invite(sdp.replace('o=odd', 'o=Front Desk'));

    await raw.heard('SIP/2.0 200');
  });

  it('that answers with another number for keys may send them by that of our offer', async () => {
    await using world = await World.open();
    const rtp = createSocket('udp4').bind(0, '127.0.0.1');
    await once(rtp, 'listening');
    const sdp = described(rtp.address().port, [
      'm=audio PORT RTP/AVP 0 8 96',
      'a=rtpmap:96 telephone-event/8000',
    ]);
    await using peer = await openPeer((call) => {
      void call.answer(sdp).then(() => {
        const port = Number(/^m=audio (\d+)/m.exec(call.offer ?? '')?.[1]);
        rtp.send(
          Buffer.from([0x80, 0x80 | 101, 0, 1, 0, 0, 0, 160, 0, 0, 0, 1, 7, 0x8a, 0, 160]),
          port,
        );
      });
    });

    await world.place({
      To: peer.uri('odd'),
      Twiml: twiml(`<Gather numDigits="1" action="${world.hooks.at('/keys')}"/>`),
    });

    expect((await world.hooks.next('/keys')).parameters['Digits']).toBe('7');
    rtp.close();
  });
});
