import type { Sid } from '@tutti/ids';
import type { Conference } from '../model/conference.ts';
import type { New } from '../store/schema.ts';
import type { VoiceContext } from './context.ts';
import { LiveConference, type Announcement } from './live-conference.ts';

/** The conferences that this node mixes. */
export class Conferences {
  readonly #live = new Map<string, LiveConference>();

  get size(): number {
    return this.#live.size;
  }

  /** The conference; opened for who is first, and closed by the last to leave. */
  open(context: VoiceContext, conference: New<Conference>): LiveConference {
    const { sid } = conference;
    const live =
      this.#live.get(sid) ??
      new LiveConference(context, conference, () => void this.#live.delete(sid));
    this.#live.set(sid, live);
    return live;
  }

  /** Its rows say something new. Rejects when they could not be read. */
  async changed(conferenceSid: Sid<'CF'>): Promise<void> {
    await this.#live.get(conferenceSid)?.sync();
  }

  async announce(announcement: Announcement): Promise<void> {
    await this.#live.get(announcement.conferenceSid)?.announce(announcement);
  }
}
