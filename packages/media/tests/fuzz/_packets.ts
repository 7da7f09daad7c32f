import type { Random } from '../../../../tests/_fuzz/random.ts';
import { DTMF_KEYS } from '../../src/dtmf.ts';
import { RTP_HEADER_BYTES, writeRtpHeader } from '../../src/rtp-packet.ts';
import { writeTelephoneEvent } from '../../src/telephone-event.ts';

/** Payload type of the keys. */
export const EVENT = 101;

/** Audio or a key, with what most stacks never send. */
export function makePacket(random: Random, sequenceNumber: number, rtpTimestamp: number): Buffer {
  const isEvent = random.oneIn(5);
  const bytes = Buffer.alloc(
    RTP_HEADER_BYTES + (isEvent ? 4 : random.pick([0, 1, 80, 160, 240, 1600])),
  );
  writeRtpHeader(bytes, {
    payloadType: isEvent ? EVENT : random.pick([0, 0, 0, 8, 72, 127]),
    marker: random.oneIn(4),
    sequenceNumber,
    rtpTimestamp,
    ssrc: random.pick([1, 1, 1, 1, 0xffff_ffff]),
  });
  bytes.fill(random.below(256), RTP_HEADER_BYTES);
  if (isEvent) {
    writeTelephoneEvent(bytes, RTP_HEADER_BYTES, {
      key: random.pick(Array.from(DTMF_KEYS)),
      end: random.oneIn(2),
      durationTicks: random.below(65_536),
    });
  }
  // Contributing sources, an extension, padding: with and without the bytes they promise.
  if (random.oneIn(6)) bytes[0] = 0x80 | random.below(64);
  return bytes;
}

export const corpus = [
  Buffer.alloc(0),
  Buffer.from([0x80]),
  Buffer.alloc(12, 0x80),
  Buffer.alloc(12, 0xff),
  Buffer.from('b0000001000000010000000100000000', 'hex'),
  Buffer.from('90000001000000010000000100000000ffff', 'hex'),
  Buffer.from('a00000010000000100000001ff', 'hex'),
  Buffer.from('a0000001000000010000000100', 'hex'),
  Buffer.from('80c8000600000001', 'hex'),
];
