import { setImmediate } from 'node:timers/promises';

/** Resolves once the condition holds, looking each time the sockets have been read. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await setImmediate();
  }
}
