import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { answerAudioOffer, createAudioOffer, readAudioAnswer } from './audio-offer.ts';
import { formatSdp } from './format-sdp.ts';
import { parseSdp } from './parse-sdp.ts';

const OURS = { host: '192.0.2.1', port: 4000, codecs: ['PCMU', 'PCMA'], sessionId: 7 } as const;

function offer(...lines: readonly string[]): string {
  return [
    'v=0',
    'o=x 1 1 IN IP4 198.51.100.1',
    's=-',
    'c=IN IP4 198.51.100.1',
    't=0 0',
    ...lines,
    '',
  ].join('\r\n');
}

function answer(sdp: string, options: Partial<Parameters<typeof answerAudioOffer>[1]> = {}) {
  const result = answerAudioOffer(sdp, { ...OURS, ...options });
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

describe('an offer of ours', () => {
  test('within a call keeps the streams of the description before, in number and order', () => {
    const before = answer(
      offer('m=video 5000 RTP/AVP 96', 'm=audio 4002 RTP/AVPF 0', 'm=audio 4004 RTP/AVP 0'),
    ).sdp;

    const again = createAudioOffer({ ...OURS, sessionVersion: 2, previous: before });

    expect(again.match(/^m=.*$/gm)).toEqual([
      'm=video 0 RTP/AVP 96',
      'm=audio 4000 RTP/AVPF 0 8 101',
      'm=audio 0 RTP/AVP 0',
    ]);
    expect(again).toContain('o=- 7 2 IN IP4 192.0.2.1');
  });

  test('answered with two codecs tells the one that may come unannounced', () => {
    const read = readAudioAnswer(
      offer('m=audio 4002 RTP/AVP 8 0 96', 'a=rtpmap:96 telephone-event/8000'),
    );

    expect(read).toMatchObject({
      ok: true,
      value: {
        codec: 'PCMA',
        payloadType: 8,
        otherCodec: { codec: 'PCMU', payloadType: 0 },
        telephoneEventPayloadType: 96,
      },
    });
  });

  test('has the codecs in order, DTMF events and 20 ms', () => {
    expect(createAudioOffer({ ...OURS, telephoneEvent: true })).toBe(
      [
        'v=0',
        'o=- 7 1 IN IP4 192.0.2.1',
        's=-',
        'c=IN IP4 192.0.2.1',
        't=0 0',
        'm=audio 4000 RTP/AVP 0 8 101',
        'a=rtpmap:0 PCMU/8000',
        'a=rtpmap:8 PCMA/8000',
        'a=rtpmap:101 telephone-event/8000',
        'a=fmtp:101 0-15',
        'a=ptime:20',
        'a=sendrecv',
        '',
      ].join('\r\n'),
    );
  });

  test('answered by ourselves agrees on both sides', () => {
    const made = answer(createAudioOffer(OURS), {
      host: '192.0.2.2',
      port: 5000,
      codecs: ['PCMA'],
    });
    const read = readAudioAnswer(made.sdp);

    expect(made).toMatchObject({ codec: 'PCMA', remoteHost: '192.0.2.1', remotePort: 4000 });
    expect(read).toEqual({
      ok: true,
      value: {
        remoteHost: '192.0.2.2',
        remotePort: 5000,
        codec: 'PCMA',
        payloadType: 8,
        telephoneEventPayloadType: 101,
        ptimeMs: 20,
        direction: 'sendrecv',
      },
    });
  });

  test('with a line break in a value is not written', () => {
    expect(() => createAudioOffer({ ...OURS, host: '1.2.3.4\r\na=x' })).toThrow(TypeError);
  });
});

describe('an answer of ours', () => {
  test('takes the first codec of the offer that we have, under its number', () => {
    const made = answer(
      offer(
        'm=audio 9000 RTP/AVP 111 97 0 96',
        'a=rtpmap:111 opus/48000/2',
        'a=rtpmap:97 pcma/8000/1',
        'a=rtpmap:96 telephone-event/8000',
        'a=ptime:30',
      ),
    );

    expect(made).toMatchObject({
      codec: 'PCMA',
      payloadType: 97,
      telephoneEventPayloadType: 96,
      ptimeMs: 30,
    });
    expect(made.sdp).toContain('m=audio 4000 RTP/AVP 97 96\r\n');
    expect(made.sdp).toContain('a=rtpmap:97 PCMA/8000\r\n');
  });

  test('knows the static payload types without rtpmap', () => {
    expect(answer(offer('m=audio 9000 RTP/AVP 8 0'))).toMatchObject({
      codec: 'PCMA',
      payloadType: 8,
    });
  });

  test.each(['x', '128', '999'])(
    'takes no events under the number %s, which RTP has not',
    (event) => {
      const made = answer(
        offer(`m=audio 5000 RTP/AVP 0 ${event}`, `a=rtpmap:${event} telephone-event/8000`),
      );

      expect(made).not.toHaveProperty('telephoneEventPayloadType');
      expect(made.sdp).toContain('m=audio 4000 RTP/AVP 0\r\n');
    },
  );

  test('takes no events of another clock rate', () => {
    const made = answer(offer('m=audio 5000 RTP/AVP 0 101', 'a=rtpmap:101 telephone-event/80000'));

    expect(made).not.toHaveProperty('telephoneEventPayloadType');
  });

  test.each(['/127', '\u2028/1', '10.0.0.1\u00a0', '\0'])(
    'is none when the address is %j',
    (address) => {
      const sdp = offer(`c=IN IP4 ${address}`, 'm=audio 5000 RTP/AVP 0');

      expect(answerAudioOffer(sdp, OURS)).toMatchObject({ ok: false, error: { code: 'syntax' } });
    },
  );

  test.each([
    [
      'rtpmaps',
      `m=audio 5000 RTP/AVP ${'96 '.repeat(700_000)}0`,
      'a=rtpmap:97 x/1\r\n'.repeat(1900),
    ],
    ['slashes', 'm=audio 5000 RTP/AVP 0', `c=IN IP4 198.51.100.1${'/'.repeat(400_000)}\u2028`],
  ])(
    'takes no square of the number of %s',
    (_what, ...lines) => {
      expect(answer(offer(...lines))).toMatchObject({ codec: 'PCMU', payloadType: 0 });
    },
    5000,
  );

  test('refuses every other stream in its place', () => {
    const made = answer(
      offer(
        'm=video 9002 RTP/AVP 96',
        'a=rtpmap:96 VP8/90000',
        'm=audio 9000 RTP/AVP 0',
        'm=audio 9004 RTP/AVP 8',
      ),
    );

    expect(made.sdp.match(/^m=.*/gm)).toEqual([
      'm=video 0 RTP/AVP 96',
      'm=audio 4000 RTP/AVP 0',
      'm=audio 0 RTP/AVP 8',
    ]);
  });

  test.each([
    ['a=sendonly', 'recvonly'],
    ['a=recvonly', 'sendonly'],
    ['a=inactive', 'inactive'],
    ['a=sendrecv', 'sendrecv'],
    ['a=other', 'sendrecv'],
  ])('to %s is %s', (line, direction) => {
    for (const sdp of [
      offer('m=audio 9000 RTP/AVP 0', line),
      offer(line, 'm=audio 9000 RTP/AVP 0'),
    ]) {
      const made = answer(sdp);
      expect(made.direction).toBe(direction);
      expect(made.sdp).toContain(`a=${direction}\r\n`);
    }
  });

  test('is over what was offered, with feedback or without', () => {
    const made = answer(offer('m=audio 9000 RTP/AVPF 0', 'a=rtcp-fb:* nack'));

    expect(made.sdp).toContain('m=audio 4000 RTP/AVPF 0');
    expect(made.sdp).not.toContain('rtcp-fb');
  });

  test('to a hold by 0.0.0.0 sends nothing', () => {
    const sdp = offer('m=audio 9000 RTP/AVP 0', 'c=IN IP4 0.0.0.0');

    expect(answer(sdp).direction).toBe('recvonly');
    expect(answer(`${sdp}a=inactive\r\n`).direction).toBe('inactive');
  });

  test('may itself ask for less than the offer allows', () => {
    const sdp = offer('m=audio 9000 RTP/AVP 0');

    expect(answer(sdp, { direction: 'sendonly' }).direction).toBe('sendonly');
    expect(answer(`${sdp}a=sendonly\r\n`, { direction: 'sendonly' }).direction).toBe('inactive');
  });

  test.each([
    ['no-codec', offer('m=audio 9000 RTP/AVP 18 111', 'a=rtpmap:111 opus/48000/2')],
    ['no-codec', offer('m=audio 9000 RTP/AVP 0', 'a=rtpmap:0 G722/8000')],
    ['no-audio', offer('m=video 9000 RTP/AVP 96')],
    ['no-audio', offer('m=audio 0 RTP/AVP 0')],
    ['no-audio', offer('m=audio 9000 RTP/SAVP 0')],
    ['syntax', 'hello'],
    ['syntax', offer('m=audio x RTP/AVP 0')],
    ['syntax', offer('m=audio 9000 RTP/AVP 0').replace('c=IN IP4 198.51.100.1\r\n', '')],
  ])('is not made: %s', (code, sdp) => {
    expect(answerAudioOffer(sdp, OURS)).toMatchObject({ ok: false, error: { code } });
  });

  test('uses IP6 for an IPv6 address', () => {
    expect(answer(offer('m=audio 9000 RTP/AVP 0'), { host: '2001:db8::1' }).sdp).toContain(
      'c=IN IP6 2001:db8::1\r\n',
    );
  });
});

test('an answer that refuses the audio is an error', () => {
  expect(readAudioAnswer(offer('m=audio 0 RTP/AVP 0'))).toMatchObject({
    ok: false,
    error: { code: 'rejected' },
  });
});

describe('a session description', () => {
  const word = fc.stringMatching(/^[a-zA-Z0-9.-]{1,8}$/);
  const optional = <T>(arbitrary: fc.Arbitrary<T>, key: string) =>
    fc.oneof(
      fc.constant({}),
      arbitrary.map((value) => ({ [key]: value })),
    );
  const connection = fc.record({ addressType: fc.constantFrom('IP4', 'IP6'), address: word });
  const attribute = fc
    .tuple(word, optional(word, 'value'))
    .map(([name, more]) => ({ name, ...more }));
  const media = fc
    .tuple(
      fc.record({
        type: word,
        port: fc.integer({ min: 0, max: 65_535 }),
        protocol: word,
        formats: fc.array(word, { maxLength: 4 }),
        bandwidths: fc.array(word, { maxLength: 2 }),
        attributes: fc.array(attribute, { maxLength: 4 }),
      }),
      optional(connection, 'connection'),
    )
    .map(([most, more]) => ({ ...most, ...more }));
  const session = fc
    .tuple(
      fc.record({
        origin: fc.record({
          username: word,
          sessionId: word,
          sessionVersion: word,
          addressType: word,
          address: word,
        }),
        name: word,
        bandwidths: fc.array(word, { maxLength: 2 }),
        timing: fc.constant('0 0'),
        attributes: fc.array(attribute, { maxLength: 4 }),
        media: fc.array(media, { maxLength: 3 }),
      }),
      optional(connection, 'connection'),
    )
    .map(([most, more]) => ({ ...most, ...more }));

  test('is written so that it reads the same', () => {
    fc.assert(
      fc.property(session, (given) => {
        expect(parseSdp(formatSdp(given))).toEqual({ ok: true, value: given });
      }),
    );
  });

  test('is never read with an exception', () => {
    const lines = fc.array(
      fc.oneof(
        fc.string(),
        fc.constantFrom(
          'v=0',
          'o=- 1 1 IN IP4 1.2.3.4',
          'm=audio 1 RTP/AVP 0',
          'a=rtpmap:',
          'c=IN IP4',
          'a=ptime:',
        ),
      ),
    );
    fc.assert(
      fc.property(lines, (parts) => {
        parseSdp(parts.join('\r\n'));
        answerAudioOffer(parts.join('\r\n'), OURS);
        readAudioAnswer(parts.join('\n'));
      }),
      { numRuns: 300 },
    );
  });
});
