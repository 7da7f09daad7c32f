/** Monotonic time for the media plane. Real in production; tests move it by hand. */
export interface MediaClock {
  /** Milliseconds since an arbitrary start; monotonic and fractional. */
  now(): number;
  /** What it showed when `performance.now()` of this thread was so: when a packet came. */
  at(performanceMs: number): number;
  /** Runs `fn` once after `ms` milliseconds; the returned function cancels it. */
  after(ms: number, fn: () => void): () => void;
}
