/** Gaps up to this many packets are loss; more is a restarted sender. RFC 3550 A.1 */
const MAX_DROPOUT = 3000;
/** Packets up to this many late are reordered; more is a restarted sender. RFC 3550 A.1 */
const MAX_MISORDER = 100;
const SEQUENCE_MODULUS = 65536;
/** Sequence numbers remembered to tell a duplicate from a reordered packet. */
const SEEN_SLOTS = 128;

/** What a sequence number means: play it, drop it, or forget the past and play it. */
export type SequenceVerdict = 'accepted' | 'duplicate' | 'suspect' | 'restarted';

/** Follows one sender's sequence numbers and counts what is missing. RFC 3550 A.1, A.3 */
export class RtpSequence {
  readonly #seen = new Float64Array(SEEN_SLOTS).fill(-1);
  #started = false;
  #firstExtended = 0;
  #highestExtended = 0;
  /** The next number expected should a jump prove to be a restart; -1 for none. */
  #suspectNext = -1;
  #receivedSinceStart = 0;
  #lostBefore = 0;
  #expectedBefore = 0;

  /** Packets that should have come and have not, over all restarts; reordered ones count back. */
  get lost(): number {
    return this.#lostBefore + this.#lostNow();
  }

  /** Packets that should have come, over all restarts. */
  get expected(): number {
    return this.#expectedBefore + this.#expectedNow();
  }

  /** Of this sender, extended by the count of its cycles. RFC 3550 §6.4.1 */
  get highest(): number {
    return Math.max(0, this.#highestExtended - SEQUENCE_MODULUS);
  }

  /** Forgets the sender but keeps the counts. */
  restart(): void {
    this.#lostBefore += this.#lostNow();
    this.#expectedBefore += this.#expectedNow();
    this.#started = false;
    this.#suspectNext = -1;
  }

  /** Judges the next packet of this sender. */
  accept(sequenceNumber: number): SequenceVerdict {
    if (!this.#started) {
      this.#begin(sequenceNumber);
      return 'accepted';
    }
    const delta = (sequenceNumber - this.#highestExtended) & 0xffff;
    if (delta < MAX_DROPOUT) {
      return this.#mark(this.#highestExtended + delta);
    }
    if (delta >= SEQUENCE_MODULUS - MAX_MISORDER) {
      return this.#mark(this.#highestExtended + delta - SEQUENCE_MODULUS);
    }
    // Two packets in a row after a large jump: the sender restarted. RFC 3550 A.1
    if (sequenceNumber === this.#suspectNext) {
      this.restart();
      this.#begin(sequenceNumber);
      return 'restarted';
    }
    this.#suspectNext = (sequenceNumber + 1) & 0xffff;
    return 'suspect';
  }

  #begin(sequenceNumber: number): void {
    // One cycle up, so that a packet reordered before the first has a positive number.
    const extended = SEQUENCE_MODULUS + sequenceNumber;
    this.#started = true;
    this.#seen.fill(-1);
    this.#firstExtended = extended;
    this.#highestExtended = extended;
    this.#suspectNext = -1;
    this.#receivedSinceStart = 0;
    this.#mark(extended);
  }

  #mark(extended: number): 'accepted' | 'duplicate' {
    const slot = extended % SEEN_SLOTS;
    if (this.#seen[slot] === extended) {
      return 'duplicate';
    }
    this.#seen[slot] = extended;
    this.#suspectNext = -1;
    this.#receivedSinceStart += 1;
    this.#highestExtended = Math.max(this.#highestExtended, extended);
    this.#firstExtended = Math.min(this.#firstExtended, extended);
    return 'accepted';
  }

  #lostNow(): number {
    return Math.max(0, this.#expectedNow() - this.#receivedSinceStart);
  }

  #expectedNow(): number {
    return this.#started ? this.#highestExtended - this.#firstExtended + 1 : 0;
  }
}
