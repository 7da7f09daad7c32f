/** How the sound of a call went, measured on our side of it. */
export interface CallMedia {
  readonly codec: string;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  /** Of the peer's packets, those that never came. */
  readonly packetsLost: number;
  readonly jitterMs: number;
  readonly maxJitterMs: number;
  /** By RTCP; null if the peer reported nothing. */
  readonly roundTripMs: number | null;
  /** What the peer reported of the packets we sent, by RTCP. */
  readonly remote: { readonly packetsLost: number; readonly jitterMs: number } | null;
}
