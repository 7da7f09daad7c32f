import { G711, type AudioSource } from '@tutti/media';

/** One second: what comes in smaller and larger pieces is kept in such. */
const BLOCK_BYTES = 8000;
/** Ten minutes. Twilio: errors 31931 */
const WAITING_MAX_BYTES = 600 * 8000;
/** Marks that may wait to be passed. */
const MARKS_MAX = 10_000;

const { decodeTable } = G711.PCMU;

/** What a customer's server has sent to be heard, with the marks between; silence where there is nothing. */
export class StreamPlayback implements AudioSource {
  readonly #onMark: (name: string) => void;
  #blocks: Buffer[] = [];
  /** Bytes of the first block that have been played, and of the last that are filled. */
  #playedOfFirst = 0;
  #filledOfLast = BLOCK_BYTES;
  /** Bytes played, or thrown away, since the beginning; and taken. */
  #played = 0;
  #taken = 0;
  #marks: { readonly at: number; readonly name: string }[] = [];
  #isOver = false;

  /** `onMark` is called with each mark once all that came before it has been played. */
  constructor(onMark: (name: string) => void) {
    this.#onMark = onMark;
  }

  /** Takes mu-law to be played after all else; returns how many bytes there was no room for. */
  push(sound: Buffer): number {
    const length = Math.min(sound.length, WAITING_MAX_BYTES - (this.#taken - this.#played));
    for (let at = 0; at < length;) {
      if (this.#filledOfLast === BLOCK_BYTES) {
        this.#blocks.push(Buffer.allocUnsafe(BLOCK_BYTES));
        this.#filledOfLast = 0;
      }
      const copied = sound.copy(
        this.#blocks.at(-1) ?? sound,
        this.#filledOfLast,
        at,
        Math.min(length, at + BLOCK_BYTES - this.#filledOfLast),
      );
      this.#filledOfLast += copied;
      at += copied;
    }
    this.#taken += length;
    return sound.length - length;
  }

  /** False when too many wait already. */
  mark(name: string): boolean {
    if (this.#marks.length >= MARKS_MAX) return false;
    this.#marks.push({ at: this.#taken, name });
    this.#passMarks();
    return true;
  }

  /** Throws away what waits; its marks are passed at once. */
  clear(): void {
    this.#blocks = [];
    this.#playedOfFirst = 0;
    this.#filledOfLast = BLOCK_BYTES;
    this.#played = this.#taken;
    this.#passMarks();
  }

  /** Nothing more is heard of it. */
  end(): void {
    this.#isOver = true;
    this.#marks = [];
    this.clear();
  }

  read(frame: Int16Array): number {
    if (this.#isOver) return 0;
    let filled = 0;
    for (let block = this.#blocks[0]; block !== undefined; block = this.#blocks[0]) {
      const end = this.#blocks.length === 1 ? this.#filledOfLast : BLOCK_BYTES;
      const length = Math.min(frame.length - filled, end - this.#playedOfFirst);
      for (let i = 0; i < length; i += 1) {
        frame[filled + i] = decodeTable[block[this.#playedOfFirst + i] ?? 0] ?? 0;
      }
      filled += length;
      this.#playedOfFirst += length;
      if (this.#playedOfFirst === BLOCK_BYTES) {
        this.#blocks.shift();
        this.#playedOfFirst = 0;
      } else if (this.#playedOfFirst === end || filled === frame.length) {
        break;
      }
    }
    this.#played += filled;
    frame.fill(0, filled);
    if (this.#marks.length > 0) this.#passMarks();
    return frame.length;
  }

  #passMarks(): void {
    let passed = 0;
    while ((this.#marks[passed]?.at ?? Infinity) <= this.#played) passed += 1;
    for (const { name } of this.#marks.splice(0, passed)) this.#onMark(name);
  }
}
