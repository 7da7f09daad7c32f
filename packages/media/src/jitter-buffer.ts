import { FRAME_SAMPLES, SAMPLE_RATE_HZ } from './frame.ts';
import { LossConcealer } from './loss-concealer.ts';
import { lengthen, shorten, SHORTEN_INPUT_SAMPLES } from './time-stretch.ts';

/** Room for 512 ms; a power of two that divides 2^32, so that timestamps wrap with the index. */
const RING_SAMPLES = 4096;
const RING_MASK = RING_SAMPLES - 1;
/** What waits when play-out starts: two frames, so one may be a whole frame late. */
const TARGET_SAMPLES = 2 * FRAME_SAMPLES;
/** Never hold more than this; a burst beyond it skips to the target. */
const MAX_DEPTH_SAMPLES = 10 * FRAME_SAMPLES;
/** Timestamps this far behind the play-out are a new time-line, not late packets. */
const NEW_TIMELINE_SAMPLES = SAMPLE_RATE_HZ;
/** After this many reads without audio the sender has paused; its next packet starts afresh. */
const PAUSED_READS = 50;
/** A quarter of a frame: how much more than one must wait at a read, and more than the target may. */
const SLACK_SAMPLES = FRAME_SAMPLES / 4;
/** The delay shrinks by what it was larger than needed in all of this many reads: 4 s. */
const SHRINK_WINDOW_READS = 200;
/** Between one pitch period left out or played twice and the next, so that nobody hears it. */
const STRETCH_PAUSE_READS = 5;

/** What {@link JitterBuffer.read} put into the frame. */
export type PlayOut =
  /** Nothing: no packet has come yet; the frame is silence. */
  | 'idle'
  | 'audio'
  /** The last sound going on and fading, or silence, in place of what is missing. */
  | 'concealed';

/**
 * Puts decoded audio back in time order by RTP timestamp, whatever the sender's packet time.
 *
 * Holds two frames in a calm network; the delay grows when packets come late, by as much as they
 * are late, and shrinks again when they no longer are. It grows and shrinks by single pitch periods
 * played twice or left out, which also makes up for a sender whose clock is fast or slow.
 */
export class JitterBuffer {
  readonly #samples = new Int16Array(RING_SAMPLES);
  readonly #present = new Uint8Array(RING_SAMPLES);
  readonly #concealer = new LossConcealer();
  /** What is made a frame of by leaving out or repeating. */
  readonly #stretchInput = new Int16Array(SHORTEN_INPUT_SAMPLES);
  readonly #fill = new Int16Array(FRAME_SAMPLES);
  #started = false;
  #anchored = false;
  /** Timestamp of the next sample to play. */
  #playAt = 0;
  /** Timestamp after the newest sample held. */
  #endAt = 0;
  /** Reads since the buffer ran empty, during which the play-out position stood still. */
  #dryReads = 0;
  #leastDepth = MAX_DEPTH_SAMPLES;
  #readsInWindow = 0;
  /** Samples still to be left out, one pitch period after another. */
  #surplus = 0;
  #readsSinceStretch = 0;
  #skippedFrames = 0;

  /** Frames thrown away to bound or shorten the delay. */
  get skippedFrames(): number {
    return this.#skippedFrames;
  }

  /** How long what came last waits to be played. */
  get delayMs(): number {
    return this.#anchored ? (Math.max(0, this.#depth()) * 1000) / SAMPLE_RATE_HZ : 0;
  }

  /** Forgets all audio; the next packet starts play-out afresh. */
  restart(): void {
    this.#anchored = false;
    this.#concealer.restart();
    this.#present.fill(0);
  }

  /** Takes one packet's payload. False: it came too late to be played. */
  insert(
    rtpTimestamp: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    decodeTable: Int16Array,
  ): boolean {
    const length = Math.min(end - start, MAX_DEPTH_SAMPLES);
    if (!this.#anchored) {
      this.#anchor(rtpTimestamp);
    } else if (this.#dryReads > 0) {
      this.#resume(rtpTimestamp);
    }
    let ahead = (rtpTimestamp - this.#playAt) | 0;
    if (ahead < -NEW_TIMELINE_SAMPLES || ahead + length > RING_SAMPLES) {
      this.#anchor(rtpTimestamp);
      ahead = (rtpTimestamp - this.#playAt) | 0;
    }
    if (ahead + length <= 0) {
      return false;
    }
    const samples = this.#samples;
    const skipped = Math.max(0, -ahead);
    for (let i = skipped; i < length; i += 1) {
      samples[(rtpTimestamp + i) & RING_MASK] = decodeTable[bytes[start + i] ?? 0] ?? 0;
    }
    this.#markPresent(rtpTimestamp + skipped, length - skipped, 1);
    const endAt = (rtpTimestamp + length) | 0;
    if (((endAt - this.#endAt) | 0) > 0) {
      this.#endAt = endAt;
    }
    this.#dryReads = 0;
    const depth = this.#depth();
    if (depth > MAX_DEPTH_SAMPLES) {
      this.#skip(depth - TARGET_SAMPLES);
    }
    return true;
  }

  /** Fills the next 20 ms of play-out. Call once per tick. */
  read(frame: Int16Array): PlayOut {
    if (!this.#started) {
      frame.fill(0);
      return 'idle';
    }
    if (!this.#anchored || this.#depth() <= 0) {
      this.#dryReads += 1;
      if (this.#dryReads >= PAUSED_READS) {
        this.#anchored = false;
      }
      this.#concealer.conceal(frame);
      return 'concealed';
    }
    this.#watchDepth();
    if (!this.#stretch(frame) && !this.#take(frame)) {
      this.#concealer.conceal(frame);
      return 'concealed';
    }
    this.#concealer.heard(frame);
    return 'audio';
  }

  /** Plays a frame as it is. False: all of it is missing. */
  #take(frame: Int16Array): boolean {
    const missing = this.#copy(frame, FRAME_SAMPLES);
    if (missing > 0 && missing < FRAME_SAMPLES) {
      this.#concealer.conceal(this.#fill);
      for (let i = 0; i < FRAME_SAMPLES; i += 1) {
        if (this.#present[(this.#playAt + i) & RING_MASK] === 0) {
          frame[i] = this.#fill[i] ?? 0;
        }
      }
    }
    // Never past what is held: every packet after it would be late by the rest of the frame.
    this.#forget(Math.min(FRAME_SAMPLES, this.#depth()));
    return missing < FRAME_SAMPLES;
  }

  /** Plays a frame with one pitch period too many or too few, if the delay is wrong. */
  #stretch(frame: Int16Array): boolean {
    this.#readsSinceStretch += 1;
    const depth = this.#depth();
    const isScarce = depth < FRAME_SAMPLES + SLACK_SAMPLES;
    const inputSamples = isScarce ? FRAME_SAMPLES : SHORTEN_INPUT_SAMPLES;
    if (
      (!isScarce && this.#surplus < SLACK_SAMPLES) ||
      this.#readsSinceStretch < STRETCH_PAUSE_READS ||
      depth < inputSamples ||
      this.#copy(this.#stretchInput, inputSamples) > 0
    ) {
      return false;
    }
    const used = isScarce
      ? lengthen(this.#stretchInput, frame)
      : shorten(this.#stretchInput, frame);
    this.#surplus = isScarce ? 0 : this.#surplus - (used - FRAME_SAMPLES);
    this.#readsSinceStretch = 0;
    this.#forget(used);
    return true;
  }

  /** Copies what is played next, with zeros for what is missing; answers how much that is. */
  #copy(target: Int16Array, length: number): number {
    const playAt = this.#playAt;
    const samples = this.#samples;
    const present = this.#present;
    let missing = length;
    for (let i = 0; i < length; i += 1) {
      const slot = (playAt + i) & RING_MASK;
      const isPresent = present[slot] ?? 0;
      target[i] = (samples[slot] ?? 0) * isPresent;
      missing -= isPresent;
    }
    return missing;
  }

  /** Moves on by so many samples. */
  #forget(samples: number): void {
    this.#markPresent(this.#playAt, samples, 0);
    this.#playAt = (this.#playAt + samples) | 0;
  }

  #markPresent(at: number, samples: number, isPresent: 0 | 1): void {
    const slot = at & RING_MASK;
    this.#present.fill(isPresent, slot, slot + samples);
    if (slot + samples > RING_SAMPLES) {
      this.#present.fill(isPresent, 0, slot + samples - RING_SAMPLES);
    }
  }

  #depth(): number {
    return (this.#endAt - this.#playAt) | 0;
  }

  /** Starts play-out one frame before this packet, so that it waits for its successor. */
  #anchor(rtpTimestamp: number): void {
    this.#present.fill(0);
    this.#started = true;
    this.#anchored = true;
    this.#dryReads = 0;
    this.#playAt = (rtpTimestamp - FRAME_SAMPLES) | 0;
    this.#endAt = this.#playAt;
    this.#restartWindow();
  }

  /** Places the first packet after the buffer ran empty. */
  #resume(rtpTimestamp: number): void {
    const wouldBeAt = (this.#playAt + this.#dryReads * FRAME_SAMPLES) | 0;
    const lead = (rtpTimestamp - wouldBeAt) | 0;
    if (lead > FRAME_SAMPLES) {
      // The sender paused and its timestamps went on: a new talk-spurt.
      this.#anchor(rtpTimestamp);
    } else if (lead >= 0) {
      // Packets before this one are lost rather than late: time went on.
      this.#playAt = wouldBeAt;
    } else if (((rtpTimestamp - this.#playAt) | 0) >= 0) {
      // It is late: play it at once, and everything after it with the larger delay.
      this.#playAt = rtpTimestamp | 0;
      this.#restartWindow();
    }
    if (this.#depth() < 0) {
      this.#endAt = this.#playAt;
    }
  }

  #skip(samples: number): void {
    this.#forget(samples);
    this.#skippedFrames += Math.ceil(samples / FRAME_SAMPLES);
    this.#restartWindow();
  }

  #watchDepth(): void {
    this.#leastDepth = Math.min(this.#leastDepth, this.#depth());
    this.#readsInWindow += 1;
    if (this.#readsInWindow === SHRINK_WINDOW_READS) {
      const surplus = this.#leastDepth - TARGET_SAMPLES;
      this.#restartWindow();
      this.#surplus = surplus > SLACK_SAMPLES ? surplus : 0;
    }
  }

  #restartWindow(): void {
    this.#leastDepth = MAX_DEPTH_SAMPLES;
    this.#readsInWindow = 0;
    this.#surplus = 0;
  }
}
