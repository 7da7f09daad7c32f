import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sid } from '@tutti/ids';
import type { Config } from '../config/config.ts';

/** Where the bytes of media are: `media/` of the data directory, or a directory that goes with the process. */
export class MediaFiles {
  readonly #store: Config['store'];
  #directory: Promise<string> | undefined;

  constructor(store: Config['store']) {
    this.#store = store;
  }

  /** The path of a file, whether or not there is one; its directory is made. */
  async pathOf(sid: Sid<'ME'>): Promise<string> {
    this.#directory ??= this.#open();
    return join(await this.#directory, sid);
  }

  /** Whether or not they are there. */
  async remove(sids: readonly Sid<'ME'>[]): Promise<void> {
    for (const sid of sids) await rm(await this.pathOf(sid), { force: true });
  }

  /** Forgets what a server in memory has kept. */
  async close(): Promise<void> {
    if (this.#store.kind !== 'memory' || this.#directory === undefined) return;
    await rm(await this.#directory, { recursive: true, force: true });
  }

  async #open(): Promise<string> {
    if (this.#store.kind === 'memory') return mkdtemp(join(tmpdir(), 'tutti-media-'));
    const directory = join(this.#store.directory, 'media');
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return directory;
  }
}
