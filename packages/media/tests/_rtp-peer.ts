import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { isRtcp, RtpPacket, writeRtpHeader } from '../src/rtp-packet.ts';
import type { RtpHeaderFields } from '../src/rtp-packet.ts';

/** A packet as it came. */
export interface PeerPacket extends RtpHeaderFields {
  readonly payload: Uint8Array;
  readonly sourcePort: number;
}

/** A bare socket that speaks RTP by hand: the outside world of a leg. */
export class RtpPeer {
  readonly port: number;
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.port = socket.address().port;
  }

  static async open(): Promise<RtpPeer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new RtpPeer(socket);
  }

  /** Sends one packet; what is not given is an ordinary PCMU frame of silence. */
  send(port: number, fields: Partial<RtpHeaderFields> & { payload?: Uint8Array } = {}): void {
    const payload = fields.payload ?? new Uint8Array(160).fill(0xff);
    const bytes = Buffer.alloc(12 + payload.length);
    writeRtpHeader(bytes, {
      payloadType: 0,
      marker: false,
      sequenceNumber: 0,
      rtpTimestamp: 0,
      ssrc: 1,
      ...fields,
    });
    bytes.set(payload, 12);
    this.sendBytes(port, bytes);
  }

  sendBytes(port: number, bytes: Uint8Array): void {
    this.#socket.send(bytes, port, '127.0.0.1');
  }

  /** The next `count` packets. */
  collect(count: number): Promise<PeerPacket[]> {
    const packets: PeerPacket[] = [];
    return this.next((packet) => packets.push(packet) === count).then(() => packets);
  }

  /** The next packet of which that is true. */
  next(condition: (packet: PeerPacket) => boolean): Promise<PeerPacket> {
    return new Promise((resolve) => {
      const onMessage = (bytes: Buffer, { port }: { port: number }): void => {
        const packet = new RtpPacket();
        if (isRtcp(bytes) || !packet.parse(bytes)) {
          return;
        }
        const { payloadType, marker, sequenceNumber, rtpTimestamp, ssrc } = packet;
        const payload = new Uint8Array(bytes.subarray(packet.payloadStart, packet.payloadEnd));
        const heard = {
          payloadType,
          marker,
          sequenceNumber,
          rtpTimestamp,
          ssrc,
          payload,
          sourcePort: port,
        };
        if (condition(heard)) {
          this.#socket.off('message', onMessage);
          resolve(heard);
        }
      };
      this.#socket.on('message', onMessage);
    });
  }

  async close(): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }
}
