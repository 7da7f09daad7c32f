import { fuzz, staysLinear } from '../../../../tests/_fuzz/fuzz.ts';
import { mutateText, numbers } from '../../../../tests/_fuzz/mutate.ts';
import { readRelayMessage } from '../../src/callback/relay-message.ts';
import { readStreamMessage } from '../../src/callback/stream-message.ts';
import { Sentences } from '../../src/voice/sentences.ts';
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

const relayMessages = [
  { type: 'text', token: 'Hello. How are', last: false, lang: 'en-US', interruptible: 'dtmf' },
  { type: 'text', token: ' you?', last: true, preemptible: true },
  { type: 'play', source: 'https://a.example/a.wav', loop: 0, interruptible: false },
  { type: 'sendDigits', digits: '12w#*' },
  { type: 'language', ttsLanguage: 'de-DE', transcriptionLanguage: 'zh-Hans-CN' },
  { type: 'end', handoffData: '{}' },
].map((message) => JSON.stringify(message));

fuzz<string>('A message of ConversationRelay', {
  corpus: [
    '',
    'null',
    '[]',
    '{"type":"text"}',
    '{"type":"text","token":null,"last":1}',
    '{"type":"play","source":"","loop":1e308}',
    '{"type":"language"}',
    '{"type":{"toString":1}}',
    '{"__proto__":{"type":"end"}}',
  ],
  make: (random) =>
    mutateText(random, random.pick(relayMessages), {
      words: [...words, ...numbers, '. ', '\\n', 'true'],
      others: relayMessages,
      longest: 4000,
    }),
  check: (text) => {
    const read = readRelayMessage(text);
    if (!read.ok) {
      if (read.problem.length > 300) throw new Error('A long problem');
      return;
    }
    const { message } = read;
    if (message.type === 'play' && !(message.loop >= 1 && message.loop <= 1000)) {
      throw new Error(`Loop ${message.loop}`);
    }
    if (message.type !== 'text') return;
    const spoken = new Sentences().push(message.token, true);
    const letters = (each: string): string => each.replaceAll(/\s/gu, '');
    // Nothing is lost between the sentences, and none is empty.
    if (letters(spoken.join('')) !== letters(message.token)) throw new Error('Words were lost');
    if (spoken.includes('')) throw new Error('An empty sentence');
  },
});

staysLinear('A message of ConversationRelay', {
  before: ['', '{', '{"type":"text","last":true,"token":"', '{"type":"language","ttsLanguage":"'],
  after: ['', '"}'],
  pieces: ['[', '{"a":', '. ', '."', ' a'],
  parse: (text) => {
    const read = readRelayMessage(text);
    if (read.ok && read.message.type === 'text') new Sentences().push(read.message.token, true);
  },
});
