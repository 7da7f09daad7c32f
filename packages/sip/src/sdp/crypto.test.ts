import { describe, expect, test } from 'vitest';
import { answerAudioOffer, createAudioOffer, readAudioAnswer } from './audio-offer.ts';
import { readCrypto } from './crypto.ts';

const KEY_80 = { suite: 'AES_CM_128_HMAC_SHA1_80', keySalt: Buffer.alloc(30, 1) } as const;
const KEY_32 = { suite: 'AES_CM_128_HMAC_SHA1_32', keySalt: Buffer.alloc(30, 2) } as const;
const THEIR_KEY = { suite: 'AES_CM_128_HMAC_SHA1_32', keySalt: Buffer.alloc(30, 3) } as const;
const OURS = { host: '192.0.2.1', port: 4000, codecs: ['PCMU'], sessionId: 7 } as const;
const THEIRS = { host: '192.0.2.2', port: 5000, codecs: ['PCMU'], sessionId: 8 } as const;
const inline = 'inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz';

describe('an offer of SRTP', () => {
  test('names our keys, and the answer chooses one and names theirs', () => {
    const offer = createAudioOffer({ ...OURS, crypto: [KEY_80, KEY_32] });
    const answer = answerAudioOffer(offer, { ...THEIRS, crypto: [THEIR_KEY] });
    if (!answer.ok) throw new Error(answer.error.message);
    const read = readAudioAnswer(answer.value.sdp, [KEY_80, KEY_32]);

    expect(offer).toContain('m=audio 4000 RTP/SAVP 0 101\r\n');
    expect(offer.match(/a=crypto:\d \S+/g)).toEqual([
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80',
      'a=crypto:2 AES_CM_128_HMAC_SHA1_32',
    ]);
    expect(answer.value.sdp).toContain('RTP/SAVP');
    expect(answer.value.sdp.match(/a=crypto:.*/g)).toEqual([
      `a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:${THEIR_KEY.keySalt.toString('base64')}`,
    ]);
    expect(answer.value.srtp).toMatchObject({ send: THEIR_KEY, receive: KEY_32 });
    expect(read).toMatchObject({
      ok: true,
      value: { srtp: { send: KEY_32, receive: THEIR_KEY } },
    });
  });

  test('may be with feedback', () => {
    const offer = createAudioOffer({ ...OURS, crypto: [KEY_80] }).replace('SAVP', 'SAVPF');

    const answer = answerAudioOffer(offer, { ...THEIRS, crypto: [KEY_80] });

    expect(answer).toMatchObject({ ok: true, value: { srtp: { receive: KEY_80 } } });
    expect(answer.ok && answer.value.sdp).toContain('m=audio 5000 RTP/SAVPF 0');
  });

  test('goes before one of plain RTP beside it', () => {
    const plain = createAudioOffer(OURS);
    const secure = createAudioOffer({ ...OURS, port: 4002, crypto: [KEY_80] });
    const offer = plain + secure.slice(secure.indexOf('m='));

    const answer = answerAudioOffer(offer, { ...THEIRS, crypto: [KEY_80] });

    expect(answer).toMatchObject({ ok: true, value: { remotePort: 4002 } });
    expect(answer.ok && answer.value.sdp.match(/^m=\S+ \d+ \S+/gm)).toEqual([
      'm=audio 0 RTP/AVP',
      'm=audio 5000 RTP/SAVP',
    ]);
  });

  test.each([
    ['by nobody who has no keys', undefined],
    ['without a suite in common', [THEIR_KEY]],
  ])('is not taken %s', (_, crypto) => {
    const offer = createAudioOffer({ ...OURS, crypto: [KEY_80] });

    const answer = answerAudioOffer(offer, { ...THEIRS, ...(crypto && { crypto }) });

    expect(answer).toMatchObject({ ok: false, error: { code: 'no-audio' } });
  });

  test('is not answered by plain RTP, nor with the tag of another line', () => {
    const plain = createAudioOffer(THEIRS);
    const wrong = createAudioOffer({ ...THEIRS, crypto: [THEIR_KEY] });

    expect(readAudioAnswer(plain, [KEY_80])).toMatchObject({ error: { code: 'no-crypto' } });
    expect(readAudioAnswer(wrong, [KEY_80, KEY_32])).toMatchObject({
      error: { code: 'no-crypto' },
    });
    expect(readAudioAnswer(wrong)).toMatchObject({ error: { code: 'rejected' } });
  });
});

describe('a line of crypto', () => {
  test.each([
    [`1 AES_CM_128_HMAC_SHA1_80 ${inline}`, 1],
    [`12 AES_CM_128_HMAC_SHA1_32 ${inline}|2^20`, 1],
    [`1 AES_CM_128_HMAC_SHA1_80 ${inline}|1048576`, 1],
    [`1 AES_CM_128_HMAC_SHA1_80 ${inline}|2^20|1:4`, 0],
    [`1 AES_CM_128_HMAC_SHA1_80 ${inline};${inline}`, 0],
    [`1 AES_CM_128_HMAC_SHA1_80 ${inline} UNENCRYPTED_SRTP`, 0],
    [`1 F8_128_HMAC_SHA1_80 ${inline}`, 0],
    ['1 AES_CM_128_HMAC_SHA1_80 inline:short', 0],
    ['', 0],
  ])('%s is usable: %i', (value, count) => {
    expect(readCrypto([{ name: 'crypto', value }])).toHaveLength(count);
  });
});
