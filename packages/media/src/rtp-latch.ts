/** A latched source that is silent this long may be replaced by another. */
const STALE_SOURCE_MS = 1000;

/**
 * Symmetric RTP: where to send and whom to hear, when the peer may sit behind a NAT.
 *
 * Sends to the signalled address until the first valid packet shows where the peer really is.
 * Then only that source counts, except that the signalled address itself always wins (a re-INVITE
 * whose old packets still arrive), and a source gone silent may be replaced (a NAT rebinding).
 * Source: RFC 4961 §3, RFC 7362 §4.
 */
export class RtpLatch {
  #signalledAddress: string | undefined;
  #signalledPort = 0;
  #address: string | undefined;
  #port = 0;
  #latched = false;
  /** A typed array, so that no packet makes an object of a time. */
  readonly #lastPacketAtMs = new Float64Array(1);

  /** Where to send; undefined while unknown. */
  get address(): string | undefined {
    return this.#address;
  }

  get port(): number {
    return this.#port;
  }

  /** Sets what signalling says, as an IP address; undefined while its name is being resolved. */
  signal(address: string | undefined, port: number): void {
    if (address === this.#signalledAddress && port === this.#signalledPort) {
      return;
    }
    this.#signalledAddress = address;
    this.#signalledPort = port;
    this.#address = address;
    this.#port = port;
    this.#latched = false;
  }

  /** Whether a valid packet from this source is the peer's; latches to it if so. */
  accept(address: string, port: number, nowMs: number): boolean {
    const isCurrent = this.#latched && port === this.#port && address === this.#address;
    if (!isCurrent) {
      const isSignalled = port === this.#signalledPort && address === this.#signalledAddress;
      const isStale = nowMs - (this.#lastPacketAtMs[0] ?? 0) > STALE_SOURCE_MS;
      if (this.#latched && !isSignalled && !isStale) {
        return false;
      }
      this.#latched = true;
      this.#address = address;
      this.#port = port;
    }
    this.#lastPacketAtMs[0] = nowMs;
    return true;
  }
}
