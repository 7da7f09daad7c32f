import { FRAME_SAMPLES, SAMPLE_RATE_HZ } from './frame.ts';

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
/** The delay shrinks by a frame when for this many reads it was larger than needed. */
const SHRINK_WINDOW_READS = 50;

/** What {@link JitterBuffer.read} put into the frame. */
export type PlayOut =
  /** Nothing: no packet has come yet; the frame is silence. */
  | 'idle'
  | 'audio'
  /** A fade of the last frame, or silence, in place of what is missing. */
  | 'concealed';

/**
 * Puts decoded audio back in time order by RTP timestamp, whatever the sender's packet time.
 *
 * Holds two frames in a calm network; the delay grows when packets come late, by as much as they
 * are late, and shrinks again when they no longer are.
 */
export class JitterBuffer {
  readonly #samples = new Int16Array(RING_SAMPLES);
  readonly #present = new Uint8Array(RING_SAMPLES);
  readonly #lastFrame = new Int16Array(FRAME_SAMPLES);
  #canConceal = false;
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
  #skippedFrames = 0;

  /** Frames thrown away to bound or shorten the delay. */
  get skippedFrames(): number {
    return this.#skippedFrames;
  }

  /** Forgets all audio; the next packet starts play-out afresh. */
  restart(): void {
    this.#anchored = false;
    this.#canConceal = false;
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
    for (let i = Math.max(0, -ahead); i < length; i += 1) {
      const slot = (rtpTimestamp + i) & RING_MASK;
      this.#samples[slot] = decodeTable[bytes[start + i] ?? 0] ?? 0;
      this.#present[slot] = 1;
    }
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
      return this.#conceal(frame);
    }
    this.#shrinkWhenCalm();
    let missing = 0;
    const playAt = this.#playAt;
    for (let i = 0; i < FRAME_SAMPLES; i += 1) {
      const slot = (playAt + i) & RING_MASK;
      if (this.#present[slot] === 1) {
        frame[i] = this.#samples[slot] ?? 0;
        this.#present[slot] = 0;
      } else {
        frame[i] = 0;
        missing += 1;
      }
    }
    // Never past what is held: every packet after it would be late by the rest of the frame.
    this.#playAt = (playAt + Math.min(FRAME_SAMPLES, this.#depth())) | 0;
    if (missing === FRAME_SAMPLES) {
      return this.#conceal(frame);
    }
    this.#lastFrame.set(frame);
    this.#canConceal = true;
    return 'audio';
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

  #conceal(frame: Int16Array): 'concealed' {
    if (!this.#canConceal) {
      frame.fill(0);
      return 'concealed';
    }
    // One faded repeat hides a single loss; more of it would buzz.
    for (let i = 0; i < FRAME_SAMPLES; i += 1) {
      frame[i] = ((this.#lastFrame[i] ?? 0) * (FRAME_SAMPLES - i)) / FRAME_SAMPLES;
    }
    this.#canConceal = false;
    return 'concealed';
  }

  #skip(samples: number): void {
    for (let i = 0; i < samples; i += 1) {
      this.#present[(this.#playAt + i) & RING_MASK] = 0;
    }
    this.#playAt = (this.#playAt + samples) | 0;
    this.#skippedFrames += Math.ceil(samples / FRAME_SAMPLES);
    this.#restartWindow();
  }

  #shrinkWhenCalm(): void {
    this.#leastDepth = Math.min(this.#leastDepth, this.#depth());
    this.#readsInWindow += 1;
    if (this.#readsInWindow < SHRINK_WINDOW_READS) {
      return;
    }
    if (this.#leastDepth > TARGET_SAMPLES + FRAME_SAMPLES) {
      this.#skip(FRAME_SAMPLES);
    } else {
      this.#restartWindow();
    }
  }

  #restartWindow(): void {
    this.#leastDepth = MAX_DEPTH_SAMPLES;
    this.#readsInWindow = 0;
  }
}
