import { mkdir, mkdtemp, opendir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSid, type Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';
import type { Config } from '../config/config.ts';

/** What files are named by: media of messages, and recordings of calls. */
export type MediaFileSid = Sid<'ME' | 'RE'>;

/** Whether a file is named as one of ours. */
export function isMediaFileSid(name: string): name is MediaFileSid {
  return isSid(name, 'ME') || isSid(name, 'RE');
}

/** Where they are in a data directory. */
export function mediaDirectory(directory: string): string {
  return join(directory, 'media');
}

/** Where the bytes of media are: `media/` of the data directory, or a directory that goes with the process. */
export class MediaFiles {
  readonly #store: Config['store'];
  #directory: Promise<string> | undefined;

  constructor(store: Config['store']) {
    this.#store = store;
  }

  /** The path of a file, whether or not there is one; its directory is made. */
  async pathOf(sid: MediaFileSid): Promise<string> {
    return join(await this.#opened(), sid);
  }

  /** When the file was last written; undefined when there is none. */
  async dateOf(sid: MediaFileSid): Promise<Instant | undefined> {
    try {
      return (await stat(await this.pathOf(sid))).mtimeMs;
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Every file that is named as one of ours. */
  async *list(): AsyncGenerator<MediaFileSid> {
    for await (const { name } of await opendir(await this.#opened())) {
      if (isMediaFileSid(name)) yield name;
    }
  }

  /** Whether or not they are there. */
  async remove(sids: readonly MediaFileSid[]): Promise<void> {
    for (const sid of sids) await rm(await this.pathOf(sid), { force: true });
  }

  /** Forgets what a server in memory has kept. */
  async close(): Promise<void> {
    if (this.#store.kind !== 'memory' || this.#directory === undefined) return;
    await rm(await this.#directory, { recursive: true, force: true });
  }

  /** One that could not be made is tried again the next time. */
  #opened(): Promise<string> {
    this.#directory ??= this.#open().catch((error: unknown) => {
      this.#directory = undefined;
      throw error;
    });
    return this.#directory;
  }

  async #open(): Promise<string> {
    if (this.#store.kind === 'memory') return mkdtemp(join(tmpdir(), 'tutti-media-'));
    const directory = mediaDirectory(this.#store.directory);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return directory;
  }
}
