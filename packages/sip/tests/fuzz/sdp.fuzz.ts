import { deepStrictEqual, strictEqual } from 'node:assert';
import { fuzz, staysLinear } from '../../../../tests/_fuzz/fuzz.ts';
import { mutateText } from '../../../../tests/_fuzz/mutate.ts';
import type { Random } from '../../../../tests/_fuzz/random.ts';
import {
  answerAudioOffer,
  type AudioOptions,
  createAudioOffer,
  readAudioAnswer,
} from '../../src/sdp/audio-offer.ts';
import { formatSdp } from '../../src/sdp/format-sdp.ts';
import { AUDIO_CODECS, type NegotiatedAudio } from '../../src/sdp/negotiated-audio.ts';
import { parseSdp } from '../../src/sdp/parse-sdp.ts';

const ours: AudioOptions = { host: '127.0.0.1', port: 4000, codecs: AUDIO_CODECS, sessionId: 1 };
const directions = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const;

function makeSdp(random: Random): string {
  const formats = random.list(5, () =>
    random.pick(['0', '8', '18', '96', '97', '101', '127', 'x']),
  );
  const lines = [
    'v=0',
    random.pick(['o=- 1 1 IN IP4 127.0.0.1', 'o=bob 2890844526 2890842807 IN IP6 ::1']),
    's=-',
    ...(random.oneIn(4) ? ['i=info', 'u=http://a', 'b=AS:64', 'k=clear:x', 'a=sendonly'] : []),
    ...(random.oneIn(4)
      ? []
      : [
          random.pick([
            'c=IN IP4 127.0.0.1',
            'c=IN IP6 ::1',
            'c=IN IP4 224.2.1.1/127/3',
            'c=IN IP4 0.0.0.0',
          ]),
        ]),
    't=0 0',
    ...random.list(3, () =>
      [
        `m=${random.pick(['audio', 'video', 'image'])} ${random.pick(['4000', '0', '65535', '4000/2'])} ${random.pick(['RTP/AVP', 'RTP/SAVP', 'udptl'])} ${formats.join(' ')}`,
        ...(random.oneIn(3) ? ['c=IN IP4 10.0.0.1'] : []),
        ...random.list(5, () =>
          random.pick([
            `a=rtpmap:${random.pick(['0', '8', '96', '101', 'x'])} ${random.pick(['PCMU/8000', 'pcma/8000/1', 'PCMA/8000/2', 'telephone-event/8000', 'opus/48000/2'])}`,
            'a=fmtp:101 0-15',
            `a=ptime:${random.pick(['20', '0', '10', '200', '999'])}`,
            `a=${random.pick(directions)}`,
            'a=rtcp:5001',
            'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x',
          ]),
        ),
      ].join('\r\n'),
    ),
  ];
  return `${lines.join(random.pick(['\r\n', '\r\n', '\n', '\r']))}\r\n`;
}

const words = [
  '\r\nm=audio 4000 RTP/AVP 0\r\n',
  '\r\na=rtpmap:',
  '\r\nc=IN IP4 ',
  ' IN IP4 ',
  'a=',
  '=',
  '\r\nv=0',
  '/127',
];

const audioLines =
  'v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nc=IN IP4 1.2.3.4\r\nt=0 0\r\nm=audio 4000 RTP/AVP ';

const nasty = [
  '',
  'v=0',
  'v=1\r\no=- 1 1 IN IP4 a\r\n',
  `${audioLines}0 x\r\na=rtpmap:x telephone-event/8000\r\n`,
  `${audioLines}0 999\r\na=rtpmap:999 telephone-event/8000\r\n`,
  `${audioLines}0 101\r\na=rtpmap:101 telephone-event/80000\r\n`,
  `${audioLines}00 000 -0 0x0 1e0\r\n`,
  `${audioLines}0\r\nc=IN IP4 /127\r\n`,
  `${audioLines}0\r\nc=IN IP4 a\u2028b/c\r\n`,
  `${audioLines}\r\n`,
  audioLines.repeat(100),
  `${audioLines}${'96 '.repeat(8000)}\r\n${'a=rtpmap:97 x/1\r\n'.repeat(1900)}`,
  'v=0\n'.repeat(2001),
];

function checkAudio(audio: NegotiatedAudio): void {
  const { remoteHost, remotePort, payloadType, telephoneEventPayloadType, ptimeMs } = audio;
  if (remoteHost === '' || /\s/.test(remoteHost)) throw new Error(`Host ${remoteHost}`);
  if (!(remotePort >= 1 && remotePort <= 65_535)) throw new Error(`Port ${remotePort}`);
  for (const type of [payloadType, telephoneEventPayloadType ?? 0]) {
    if (!(Number.isInteger(type) && type >= 0 && type <= 127)) throw new Error(`Payload ${type}`);
  }
  if (telephoneEventPayloadType === payloadType) throw new Error('Keys are sent as audio');
  if (!(ptimeMs >= 10 && ptimeMs <= 200)) throw new Error(`ptime ${ptimeMs}`);
  if (!AUDIO_CODECS.includes(audio.codec)) throw new Error(audio.codec);
  if (!directions.includes(audio.direction)) throw new Error(audio.direction);
}

fuzz<string>('An SDP offer', {
  corpus: nasty,
  make: (random) => mutateText(random, makeSdp(random), { words, others: [makeSdp(random)] }),
  check: (text) => {
    const parsed = parseSdp(text);
    if (parsed.ok) {
      const again = parseSdp(formatSdp(parsed.value));
      deepStrictEqual(again, parsed);
    } else if (parsed.error.message.length > 200) throw new Error('A long message');

    const answer = answerAudioOffer(text, ours);
    const read = readAudioAnswer(text);
    if (read.ok) checkAudio(read.value);
    if (!answer.ok) return;
    checkAudio(answer.value);
    if (answer.value.sdp.length > 2 * text.length + 1000) throw new Error('A long answer');
    // What we answer is an answer to that offer: as many streams, and understood by ourselves.
    const sent = parseSdp(answer.value.sdp);
    if (!parsed.ok || !sent.ok) throw new Error('The answer is malformed');
    deepStrictEqual(
      sent.value.media.map(({ type }) => type),
      parsed.value.media.map(({ type }) => type),
    );
    const theirs = readAudioAnswer(answer.value.sdp);
    if (!theirs.ok) throw new Error(`The answer is not understood: ${theirs.error.message}`);
    strictEqual(theirs.value.codec, answer.value.codec);
    strictEqual(theirs.value.payloadType, answer.value.payloadType);
    strictEqual(theirs.value.telephoneEventPayloadType, answer.value.telephoneEventPayloadType);
  },
});

fuzz<string>('An SDP answer to an offer of ours', {
  corpus: nasty,
  make: (random) =>
    mutateText(random, createAudioOffer({ ...ours, direction: random.pick(directions) }), {
      words,
    }),
  check: (text) => {
    const read = readAudioAnswer(text);
    if (read.ok) checkAudio(read.value);
  },
});

staysLinear('An SDP', {
  before: [
    '',
    'v=0\r\n',
    'o=',
    'c=IN IP4 ',
    audioLines,
    `${audioLines}0\r\n`,
    `${audioLines}0\r\nc=IN IP4 a`,
    `${audioLines}0\r\na=rtpmap:`,
  ],
  after: ['', '\u2028', `\r\n${'a=rtpmap:1 x\r\n'.repeat(1900)}`],
  pieces: [
    '96 ',
    '1 ',
    'a=a\r\n',
    'a=rtpmap:0 PCMU/8000\r\n',
    'm=audio 1 RTP/AVP 0\r\n',
    '/127',
    'x/',
  ],
  parse: (text) => {
    answerAudioOffer(text, ours);
    readAudioAnswer(text);
  },
});
