import { describe, expect, it } from 'vitest';
import { AesCounter } from './aes-counter.ts';
import { writeRtpHeader } from './rtp-packet.ts';
import { deriveKeyMaterial } from './srtp-key.ts';
import type { SrtpKey, SrtpSuite } from './srtp-key.ts';
import { SrtpReceiver } from './srtp-receiver.ts';
import { SrtpSender } from './srtp-sender.ts';

const KEY_SALT = Buffer.from('e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6', 'hex');
const SSRC = 0xcafe_babe;
const SUITES: readonly [SrtpSuite, number][] = [
  ['AES_CM_128_HMAC_SHA1_80', 10],
  ['AES_CM_128_HMAC_SHA1_32', 4],
];

function keyOf(suite: SrtpSuite): SrtpKey {
  return { suite, keySalt: KEY_SALT };
}

function rtp(sequenceNumber: number, payload = Buffer.alloc(160, 0xab), ssrc = SSRC): Buffer {
  const bytes = Buffer.alloc(12 + payload.length);
  writeRtpHeader(bytes, {
    payloadType: 15,
    marker: false,
    sequenceNumber,
    rtpTimestamp: 0xdecafbad,
    ssrc,
  });
  payload.copy(bytes, 12);
  return bytes;
}

function rtcp(): Buffer {
  return Buffer.from('81c8000dcafebabe'.padEnd(104, '0'), 'hex');
}

describe('RFC 3711 appendix B', () => {
  it('B.2: counter mode gives the key stream of its vector', () => {
    const counter = new AesCounter(
      Buffer.from('2b7e151628aed2a6abf7158809cf4f3c', 'hex'),
      Buffer.from('f0f1f2f3f4f5f6f7f8f9fafbfcfd', 'hex'),
    );
    const stream = Buffer.alloc(0xff02 * 16);

    counter.apply(stream, 0, stream.length, 0, 0);

    expect(stream.toString('hex', 0, 48)).toBe(
      'e03ead0935c95e80e166b16dd92b4eb4' +
        'd23513162b02d0f72a43a2fe4a5f97ab' +
        '41e95b3bb0a2e8dd477901e4fca894c0',
    );
    expect(stream.toString('hex', 0xfeff * 16, 0xff02 * 16)).toBe(
      'ec8cdf7398607cb0f2d21675ea9ea1e4' +
        '362b7c3c6773516318a077d7fc5073ae' +
        '6a2cc3787889374fbeb4c81b17ba6c44',
    );
  });

  it('B.3: the session keys are those of its vector', () => {
    const derived = [
      [0, 16],
      [2, 14],
      [1, 94],
    ].map(([label = 0, length = 0]) => deriveKeyMaterial(KEY_SALT, label, length).toString('hex'));

    expect(derived).toEqual([
      'c61e7a93744f39ee10734afe3ff7a087',
      '30cbbc08863d8c85d49db34a9ae1',
      'cebe321f6ff7716b6fd4ab49af256a156d38baa48f0a0acf3c34e2359e6cdbce' +
        'e049646c43d9327ad175578ef72270986371c10c9a369ac2f94a8c5fbcdddc25' +
        '6d6e919a48b610ef17c2041e474035766b68642c59bbfc2f34db60dbdfb2',
    ]);
  });
});

describe('protected packets', () => {
  it('are those of another implementation', () => {
    // The vector of libsrtp's test/srtp_driver.c (srtp_validate).
    const packet = rtp(0x1234, Buffer.alloc(16, 0xab));

    const made = new SrtpSender(keyOf('AES_CM_128_HMAC_SHA1_80')).protectRtp(packet);

    expect(made.toString('hex')).toBe(
      '800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb',
    );
  });

  it.each(SUITES)('of %s are read again and carry a tag of %i bytes', (suite, tagBytes) => {
    const sender = new SrtpSender(keyOf(suite));
    const receiver = new SrtpReceiver(keyOf(suite));
    const packet = rtp(7);
    const report = rtcp();

    const sealed = sender.protectRtp(packet);
    const sealedReport = sender.protectRtcp(report);

    expect(sealed).toHaveLength(packet.length + tagBytes);
    expect(sealedReport).toHaveLength(report.length + 14);
    expect(sealed.subarray(12, 28)).not.toEqual(packet.subarray(12, 28));
    expect(receiver.unprotectRtp(Buffer.from(sealed))).toEqual(packet);
    expect(receiver.unprotectRtcp(Buffer.from(sealedReport))).toEqual(report);
  });

  it('are read over roll-overs of the sequence number, in any near order', () => {
    const sender = new SrtpSender(keyOf('AES_CM_128_HMAC_SHA1_80'));
    const receiver = new SrtpReceiver(keyOf('AES_CM_128_HMAC_SHA1_80'));
    const sequences = Array.from({ length: 3 * 1024 }, (_, i) => (65_000 + i * 64) & 0xffff);
    const sealed = sequences.map((sequence) => sender.protectRtp(rtp(sequence)));
    for (let i = 0; i + 1 < sealed.length; i += 2) {
      const [first, second] = sealed.slice(i, i + 2);
      if (first !== undefined && second !== undefined) sealed.splice(i, 2, second, first);
    }

    const read = sealed.map((bytes) => receiver.unprotectRtp(bytes)?.readUInt16BE(2));

    expect(read.filter((sequence) => sequence !== undefined)).toHaveLength(sequences.length);
  });

  it('are refused when repeated, forged, of another key, too old, or cut short', () => {
    const sender = new SrtpSender(keyOf('AES_CM_128_HMAC_SHA1_80'));
    const receiver = new SrtpReceiver(keyOf('AES_CM_128_HMAC_SHA1_80'));
    const stranger = new SrtpSender({
      suite: 'AES_CM_128_HMAC_SHA1_80',
      keySalt: Buffer.alloc(30, 1),
    });
    const sealed = Array.from({ length: 200 }, (_, i) => sender.protectRtp(rtp(1000 + i)));
    const report = sender.protectRtcp(rtcp());
    const copyOf = (i: number): Buffer => Buffer.from(sealed[i] ?? '');
    const forged = copyOf(1);
    forged[20] = (forged[20] ?? 0) ^ 1;
    expect(receiver.unprotectRtp(copyOf(0))).toBeDefined();
    expect(receiver.unprotectRtcp(Buffer.from(report))).toBeDefined();

    const refused = [
      copyOf(0),
      forged,
      stranger.protectRtp(rtp(1001)),
      copyOf(1).subarray(0, 15),
      Buffer.alloc(0),
    ].map((bytes) => receiver.unprotectRtp(bytes));
    const refusedReports = [Buffer.from(report), stranger.protectRtcp(rtcp()), Buffer.alloc(9)];
    receiver.unprotectRtp(copyOf(199));

    refused.push(receiver.unprotectRtp(copyOf(2)));
    expect(refused.filter((bytes) => bytes !== undefined)).toEqual([]);
    expect(refused).toHaveLength(6);
    expect(refusedReports.map((bytes) => receiver.unprotectRtcp(bytes))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(receiver.unprotectRtp(copyOf(198))).toBeDefined();
  });

  it('remember the latest sources only', () => {
    const sender = new SrtpSender(keyOf('AES_CM_128_HMAC_SHA1_80'));
    const receiver = new SrtpReceiver(keyOf('AES_CM_128_HMAC_SHA1_80'));

    const read = Array.from({ length: 50 }, (_, ssrc) =>
      receiver.unprotectRtp(sender.protectRtp(rtp(1, Buffer.alloc(20), ssrc))),
    );

    expect(read).not.toContain(undefined);
  });
});
