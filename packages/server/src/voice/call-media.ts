import type { MediaLegStats } from '@tutti/media';
import type { CallMedia } from '../model/call-media.ts';

/** What is kept of a leg's figures; undefined for a leg whose sound never began. */
export function callMedia(stats: MediaLegStats): CallMedia | undefined {
  const { codec, roundTripMs, remote } = stats;
  if (codec === undefined) return undefined;
  return {
    codec,
    packetsSent: stats.packetsSent,
    packetsReceived: stats.packetsReceived,
    packetsLost: stats.packetsLost,
    jitterMs: round(stats.jitterMs),
    maxJitterMs: round(stats.maxJitterMs),
    roundTripMs: roundTripMs === undefined ? null : round(roundTripMs),
    remote:
      remote === undefined
        ? null
        : { packetsLost: remote.packetsLost, jitterMs: round(remote.jitterMs) },
  };
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
