import { deepStrictEqual } from 'node:assert';
import { fuzz } from '../../../../tests/_fuzz/fuzz.ts';
import { mutateBytes } from '../../../../tests/_fuzz/mutate.ts';
import { Random } from '../../../../tests/_fuzz/random.ts';
import { DTMF_KEYS } from '../../src/dtmf.ts';
import { FRAME_SAMPLES } from '../../src/frame.ts';
import { G711 } from '../../src/g711.ts';
import { isRtcp, RTP_HEADER_BYTES, RtpPacket, writeRtpHeader } from '../../src/rtp-packet.ts';
import { parseRtcp, writeRtcp } from '../../src/rtcp-packet.ts';
import { RtpReceiver } from '../../src/rtp-receiver.ts';
import { SrtpReceiver } from '../../src/srtp-receiver.ts';
import { SrtpSender } from '../../src/srtp-sender.ts';
import { corpus, EVENT, makePacket } from './_packets.ts';

const packet = new RtpPacket();

fuzz<Buffer>('An RTCP packet', {
  corpus: [...corpus, Buffer.from('81c8000c00000001'.padEnd(104, '0'), 'hex')],
  make: (random) =>
    mutateBytes(
      random,
      writeRtcp({
        ssrc: random.below(2 ** 32),
        sender: random.oneIn(2)
          ? { ntpSeconds: 1, ntpFraction: 2, rtpTimestamp: 3, packets: 4, octets: 5 }
          : undefined,
        reception: undefined,
        cname: 'x'.repeat(random.below(20)),
        bye: random.oneIn(3),
      }),
    ),
  check: (bytes) => {
    const report = parseRtcp(bytes);
    if (
      report !== undefined &&
      report.receptions.length * 24 + report.bye.length * 4 > bytes.length
    )
      throw new Error('More than there was');
  },
});

const srtpKey = { suite: 'AES_CM_128_HMAC_SHA1_32', keySalt: Buffer.alloc(30, 7) } as const;

fuzz<Buffer>('An SRTP packet', {
  corpus,
  make: (random) => {
    const sealed = new SrtpSender(srtpKey).protectRtp(makePacket(random, 1, 1));
    return mutateBytes(random, sealed);
  },
  check: (bytes) => {
    const receiver = new SrtpReceiver(srtpKey);
    const opened = receiver.unprotectRtp(Buffer.from(bytes));
    if (opened !== undefined && receiver.unprotectRtp(Buffer.from(bytes)) !== undefined)
      throw new Error('Taken twice');
    receiver.unprotectRtcp(Buffer.from(bytes));
  },
});

fuzz<Buffer>('An RTP packet', {
  corpus,
  make: (random) =>
    mutateBytes(random, makePacket(random, random.below(65_536), random.below(2 ** 32))),
  check: (bytes) => {
    if (isRtcp(bytes) || !packet.parse(bytes)) return;
    const { payloadStart, payloadEnd, payloadType, sequenceNumber, rtpTimestamp, ssrc } = packet;
    if (!(
      payloadStart >= RTP_HEADER_BYTES &&
      payloadStart <= payloadEnd &&
      payloadEnd <= bytes.length
    )) {
      throw new Error(`A payload from ${payloadStart} to ${payloadEnd} of ${bytes.length} bytes`);
    }
    if (payloadType > 127 || (payloadType >= 72 && payloadType <= 76)) throw new Error('Type');
    const { marker } = packet;
    const fields = { payloadType, marker, sequenceNumber, rtpTimestamp, ssrc };
    const written = new Uint8Array(RTP_HEADER_BYTES);
    writeRtpHeader(written, fields);
    if (!packet.parse(written)) throw new Error('What was written is not read');
    const {
      payloadType: type,
      marker: mark,
      sequenceNumber: number,
      rtpTimestamp: time,
      ssrc: source,
    } = packet;
    deepStrictEqual(
      { payloadType: type, marker: mark, sequenceNumber: number, rtpTimestamp: time, ssrc: source },
      fields,
    );
  },
});

/** Each eight bytes of an input choose one step: packets in and out of order, jumps, reads. */
fuzz<Buffer>('An RTP stream, its keys and its jitter buffer', {
  corpus: [...corpus, Buffer.alloc(400, 0), Buffer.alloc(400, 0xff), Buffer.alloc(400, 1)],
  make: (random) =>
    Buffer.from(Array.from({ length: 8 * (1 + random.below(12)) }, () => random.below(256))),
  check: (bytes) => {
    const keys: string[] = [];
    const receiver = new RtpReceiver((key) => keys.push(key));
    receiver.setFormat({
      decodeTable: G711.PCMU.decodeTable,
      payloadType: 0,
      telephoneEventPayloadType: EVENT,
    });
    const frame = new Int16Array(FRAME_SAMPLES);
    let sequenceNumber = 65_530;
    let rtpTimestamp = 2 ** 32 - 800;
    let nowMs = 0;
    let offered = 0;
    for (let at = 0; at + 8 <= bytes.length; at += 8) {
      const step = bytes[at] ?? 0;
      const random = new Random(bytes.readInt32LE(at + 1));
      nowMs += step & 0x1f;
      if (step < 20) sequenceNumber = random.below(65_536);
      if (step > 235) rtpTimestamp = random.below(2 ** 32);
      sequenceNumber = (sequenceNumber + (step % 7 === 0 ? 65_534 : 1)) & 0xffff;
      rtpTimestamp = (rtpTimestamp + (step % 5 === 0 ? 2 ** 32 - 320 : 160)) >>> 0;
      const sent = makePacket(random, sequenceNumber, rtpTimestamp);
      if (packet.parse(sent) && receiver.accepts(packet.payloadType)) {
        offered += 1;
        packet.arrivedAtMs = nowMs;
        receiver.receive(packet, sent);
      }
      if (step % 3 === 0) {
        const played = receiver.read(frame);
        if (!['idle', 'audio', 'concealed'].includes(played)) throw new Error(played);
        if (played === 'idle' && frame.some((sample) => sample !== 0)) throw new Error('Noise');
      }
      if (step === 77) receiver.flush();
    }
    if (keys.length > offered || keys.some((key) => !DTMF_KEYS.includes(key)))
      throw new Error('Key');
    const { packetsReceived, packetsLost, packetsDiscarded, jitterMs } = receiver;
    if (packetsReceived > offered || packetsLost < 0 || packetsDiscarded < 0)
      throw new Error('Count');
    if (!(jitterMs >= 0 && jitterMs < Infinity)) throw new Error(`Jitter ${jitterMs}`);
    // What comes after is heard again, whatever came before: at worst 100 packets
    // are taken for duplicates, and then a second of them for late ones.
    let heard = false;
    const tone = Buffer.alloc(RTP_HEADER_BYTES + FRAME_SAMPLES, 0x10);
    for (let sent = 0; sent < 400 && !heard; sent += 1) {
      sequenceNumber = (sequenceNumber + 1) & 0xffff;
      rtpTimestamp = (rtpTimestamp + FRAME_SAMPLES) >>> 0;
      const header = { payloadType: 0, marker: false, sequenceNumber, rtpTimestamp, ssrc: 1 };
      writeRtpHeader(tone, header);
      packet.parse(tone);
      packet.arrivedAtMs = nowMs + sent * 20;
      receiver.receive(packet, tone);
      heard = receiver.read(frame) === 'audio' && frame.every((sample) => sample === frame[0]);
    }
    if (!heard) throw new Error('The stream is not heard again');
  },
});
