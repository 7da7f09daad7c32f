import { createRequire } from 'node:module';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Metrics } from './base/metrics.ts';

const NANOSECONDS = 1e9;

/** Lets the process itself be seen in the metrics; returns what ends that. */
export function watchProcess(metrics: Metrics): () => void {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  metrics.buildInfo.with(version, process.version).read = () => 1;
  metrics.startSeconds.read = () => performance.timeOrigin / 1000;
  metrics.residentBytes.read = () => process.memoryUsage.rss();
  metrics.heapBytes.read = () => process.memoryUsage().heapUsed;
  metrics.cpuSeconds.read = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  // Watching wakes the process a hundred times a second, so it begins with the first who asks.
  let delay: ReturnType<typeof monitorEventLoopDelay> | undefined;
  metrics.loopDelayMean.read = () => {
    if (delay === undefined) {
      delay = monitorEventLoopDelay({ resolution: 10 });
      delay.enable();
      return undefined;
    }
    return delay.count === 0 ? undefined : delay.mean / NANOSECONDS;
  };
  // Read after the mean, and begins afresh.
  metrics.loopDelayMax.read = () => {
    if (delay === undefined || delay.count === 0) return undefined;
    const seconds = delay.max / NANOSECONDS;
    delay.reset();
    return seconds;
  };
  return () => delay?.disable();
}
