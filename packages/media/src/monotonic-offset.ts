import { performance } from 'node:perf_hooks';

/** How far `performance.now()` of this thread lies behind the one clock of the machine that all threads share, in ms. */
export function monotonicOffsetMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6 - performance.now();
}
