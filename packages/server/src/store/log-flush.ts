import { closeSync, fdatasync, openSync } from 'node:fs';
import { promisify } from 'node:util';

/** Brings what was written to an open file to the disk. */
export type SyncFile = (fd: number) => Promise<void>;

export const syncFile: SyncFile = promisify(fdatasync);

/**
 * Flushes SQLite's log to the disk, outside the event loop and one flush after another: what is committed while one is
 * under way is flushed by the next, all of it together.
 */
export class LogFlush {
  readonly #path: string;
  readonly #sync: SyncFile;
  #fd: number | undefined;
  #running: Promise<void> | undefined;
  #following: Promise<void> | undefined;
  #failed: { readonly cause: unknown } | undefined;

  constructor(path: string, sync: SyncFile) {
    this.#path = path;
    this.#sync = sync;
  }

  /**
   * Resolves once all that is in the log now is on the disk. NOTE: after a flush that failed the system may take for
   * written what is lost, and then no later one tells anything: all reject until the file is opened anew.
   */
  flush(): Promise<void> {
    if (this.#running === undefined) return this.#start();
    const next = (): Promise<void> => {
      this.#following = undefined;
      return this.#start();
    };
    return (this.#following ??= this.#running.then(next, next));
  }

  /** To be called with no flush under way, before SQLite closes its files or after. */
  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    this.#failed = undefined;
  }

  #start(): Promise<void> {
    const running = this.#flush().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }

  async #flush(): Promise<void> {
    if (this.#failed !== undefined) throw this.#failed.cause;
    try {
      // SQLite has made it by now, and keeps it for as long as it has the database open.
      this.#fd ??= openSync(this.#path, 'r');
      await this.#sync(this.#fd);
    } catch (cause) {
      this.#failed = { cause };
      throw cause;
    }
  }
}
