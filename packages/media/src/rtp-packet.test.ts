import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRtcp, RtpPacket, writeRtpHeader } from './rtp-packet.ts';

const header = {
  payloadType: 8,
  marker: true,
  sequenceNumber: 65535,
  rtpTimestamp: 0xfedcba98,
  ssrc: 0x89abcdef,
};

function packetOf(payload: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(12 + payload.length);
  writeRtpHeader(bytes, header);
  bytes.set(payload, 12);
  return bytes;
}

function payloadOf(bytes: Uint8Array): readonly number[] | string {
  const packet = new RtpPacket();
  return packet.parse(bytes)
    ? Array.from(bytes.subarray(packet.payloadStart, packet.payloadEnd))
    : 'invalid';
}

describe('RTP header', () => {
  it('reads back what was written', () => {
    fc.assert(
      fc.property(
        fc.record({
          payloadType: fc.integer({ min: 0, max: 127 }).filter((type) => type < 72 || type > 76),
          marker: fc.boolean(),
          sequenceNumber: fc.integer({ min: 0, max: 0xffff }),
          rtpTimestamp: fc.integer({ min: 0, max: 0xffffffff }),
          ssrc: fc.integer({ min: 0, max: 0xffffffff }),
        }),
        fc.uint8Array({ maxLength: 200 }),
        (fields, payload) => {
          const bytes = new Uint8Array(12 + payload.length);
          writeRtpHeader(bytes, fields);
          bytes.set(payload, 12);
          const packet = new RtpPacket();

          expect(packet.parse(bytes)).toBe(true);

          expect(packet).toMatchObject({
            ...fields,
            payloadStart: 12,
            payloadEnd: 12 + payload.length,
          });
        },
      ),
    );
  });

  it('skips contributing sources', () => {
    const bytes = packetOf([1, 1, 1, 1, 2, 2, 2, 2, 7]);
    bytes[0] = 0x82;

    expect(payloadOf(bytes)).toEqual([7]);
  });

  it('skips a header extension after contributing sources', () => {
    const bytes = packetOf([1, 1, 1, 1, 0xbe, 0xde, 0, 1, 9, 9, 9, 9, 7, 8]);
    bytes[0] = 0x91;

    expect(payloadOf(bytes)).toEqual([7, 8]);
  });

  it('leaves padding out of the payload', () => {
    const bytes = packetOf([7, 8, 0, 0, 3]);
    bytes[0] = 0xa0;

    expect(payloadOf(bytes)).toEqual([7, 8]);
  });

  it.each([
    ['a version other than two', [0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
    ['fewer bytes than a header', [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['fewer bytes than its contributing sources need', [0x81, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
    ['an extension longer than the packet', [0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]],
    ['more padding than payload', [0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3]],
    ['padding of no bytes', [0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]],
    ['nothing at all', []],
  ])('refuses %s', (_, bytes) => {
    expect(payloadOf(Uint8Array.from(bytes))).toBe('invalid');
  });

  it.each([200, 201, 202, 203, 204])('tells RTCP packet type %i from RTP', (type) => {
    expect(isRtcp(Uint8Array.of(0x80, type, 0, 1, 0, 0, 0, 1))).toBe(true);
    expect(isRtcp(Uint8Array.of(0x80, type - 72, 0, 1, 0, 0, 0, 1))).toBe(false);
  });

  it('takes any bytes without throwing, and never points outside them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        if (bytes.length > 0) {
          bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x80;
        }
        const packet = new RtpPacket();
        if (packet.parse(bytes)) {
          expect(packet.payloadStart).toBeLessThanOrEqual(packet.payloadEnd);
          expect(packet.payloadEnd).toBeLessThanOrEqual(bytes.length);
        }
      }),
    );
  });
});
