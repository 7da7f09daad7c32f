import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { parseRtcp, writeRtcp } from '../src/rtcp-packet.ts';
import type { ReceptionReport, RtcpFields, RtcpReport } from '../src/rtcp-packet.ts';

/** A bare pair of sockets, RTP on the even port and RTCP on the next: a phone that reports. */
export class RtcpPeer {
  readonly port: number;
  readonly rtp: Socket;
  readonly rtcp: Socket;

  private constructor(rtp: Socket, rtcp: Socket) {
    this.rtp = rtp;
    this.rtcp = rtcp;
    this.port = rtp.address().port;
  }

  static async open(): Promise<RtcpPeer> {
    for (;;) {
      const rtp = await bound(0);
      const { port } = rtp.address();
      const rtcp = port % 2 === 0 ? await bound(port + 1).catch(() => undefined) : undefined;
      if (rtcp !== undefined) {
        return new RtcpPeer(rtp, rtcp);
      }
      rtp.close();
    }
  }

  report(fields: Partial<RtcpFields>): Buffer {
    return writeRtcp({
      ssrc: 1,
      sender: undefined,
      reception: undefined,
      cname: 'peer',
      bye: false,
      ...fields,
    });
  }

  /** The next report of the other side that satisfies the condition. */
  next(
    condition: (report: RtcpReport) => boolean = () => true,
    socket: Socket = this.rtcp,
  ): Promise<RtcpReport> {
    return new Promise((resolve) => {
      const onMessage = (bytes: Buffer): void => {
        const report = parseRtcp(bytes);
        if (report !== undefined && condition(report)) {
          socket.off('message', onMessage);
          resolve(report);
        }
      };
      socket.on('message', onMessage);
    });
  }

  async close(): Promise<void> {
    this.rtp.close();
    this.rtcp.close();
    await Promise.all([once(this.rtp, 'close'), once(this.rtcp, 'close')]);
  }
}

export function receptionOf(ssrc: number, more: Partial<ReceptionReport> = {}): ReceptionReport {
  return {
    ssrc,
    fractionLost: 0,
    packetsLost: 0,
    highestSequence: 0,
    jitterTicks: 0,
    lastSenderReport: 0,
    delaySinceLastSenderReport: 0,
    ...more,
  };
}

async function bound(port: number): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}
