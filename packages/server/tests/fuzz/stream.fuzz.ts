import { fuzz, staysLinear } from '../../../../tests/_fuzz/fuzz.ts';
import { mutateText, numbers } from '../../../../tests/_fuzz/mutate.ts';
import { readStreamMessage } from '../../src/callback/stream-message.ts';
import { StreamPlayback } from '../../src/voice/stream-playback.ts';

const SID = `MZ${'0a'.repeat(16)}`;
const messages = [
  { event: 'media', streamSid: SID, media: { payload: 'AP9/gA==' } },
  { event: 'media', streamSid: SID, media: { payload: 'f39/', track: 'inbound' } },
  { event: 'mark', streamSid: SID, mark: { name: 'end of sentence' } },
  { event: 'clear', streamSid: SID },
].map((message) => JSON.stringify(message));

const words = ['"', '{', '}', '[', ']', ',', ':', 'null', '__proto__', '\\u0000', '=', SID];

fuzz<string>('A message of a media stream', {
  corpus: [
    '',
    'null',
    '[]',
    '"media"',
    '{"__proto__":{"event":"clear"}}',
    `{"event":"media","streamSid":"${SID}","media":null}`,
    `{"event":"media","streamSid":"${SID}","media":{"payload":"="}}`,
    `{"event":"media","streamSid":"${SID}","media":{"payload":"===="}}`,
    `{"event":"mark","streamSid":"${SID}","mark":{"name":[]}}`,
    `{"event":{"toString":1},"streamSid":"${SID}"}`,
  ],
  make: (random) =>
    mutateText(random, random.pick(messages), {
      words: [...words, ...numbers],
      others: messages,
      longest: 4000,
    }),
  check: (text) => {
    const passed: string[] = [];
    const playback = new StreamPlayback((name) => passed.push(name));
    const read = readStreamMessage(text, SID);
    if (!read.ok) {
      if (read.problem.length > 300) throw new Error('A long problem');
      return;
    }
    const { message } = read;
    if (message.event === 'media' && playback.push(message.sound) > 0) throw new Error('No room');
    playback.mark('end');
    const frame = new Int16Array(160);
    const frames = message.event === 'media' ? Math.ceil(message.sound.length / 160) : 0;
    for (let i = 0; i < frames; i += 1) {
      if (passed.length > 0) throw new Error('A mark was passed early');
      if (playback.read(frame) !== 160) throw new Error('It ended');
    }
    if (passed.join() !== 'end') throw new Error('The mark was not passed');
  },
});

staysLinear('A message of a media stream', {
  before: ['', '{', `{"streamSid":"${SID}","event":"media","media":{"payload":"`, '{"a":['],
  after: ['', '"}}'],
  pieces: ['[', '{"a":', '=', '\\u0000', '"a":1,'],
  parse: (text) => readStreamMessage(text, SID),
});
