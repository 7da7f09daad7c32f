/** `a=name:value`; without a value a flag. */
export interface SdpAttribute {
  readonly name: string;
  readonly value?: string;
}

/** The address of a `c=` line. */
export interface SdpConnection {
  /** `IP4` or `IP6`. */
  readonly addressType: string;
  /** Without TTL and count. */
  readonly address: string;
}

/** One `m=` section: RFC 8866 §5.14. */
export interface SdpMedia {
  /** `audio`, `video`, … */
  readonly type: string;
  /** 0 refuses the stream: RFC 3264 §6. */
  readonly port: number;
  /** `RTP/AVP`, `RTP/SAVP`, … */
  readonly protocol: string;
  /** Payload type numbers, for RTP. */
  readonly formats: readonly string[];
  readonly connection?: SdpConnection;
  /** `b=` lines, as written. */
  readonly bandwidths: readonly string[];
  readonly attributes: readonly SdpAttribute[];
}

/** A session description: RFC 8866. Lines without a meaning here (i=, u=, e=, p=, k=) are left out. */
export interface SessionDescription {
  readonly origin: {
    readonly username: string;
    readonly sessionId: string;
    /** Grows with each change: RFC 3264 §8. */
    readonly sessionVersion: string;
    readonly addressType: string;
    readonly address: string;
  };
  readonly name: string;
  readonly connection?: SdpConnection;
  readonly bandwidths: readonly string[];
  /** The first `t=` line. */
  readonly timing: string;
  readonly attributes: readonly SdpAttribute[];
  readonly media: readonly SdpMedia[];
}

export interface SdpError {
  readonly code: 'syntax' | 'no-audio' | 'no-codec' | 'no-crypto' | 'rejected';
  readonly message: string;
}
