import type { Sid } from '@tutti/ids';
import type { Dated } from './record.ts';
import type { HttpMethod } from './voice-urls.ts';

/** What call-backs tell of a stream. Twilio: voice/twiml/stream#statuscallback */
export type StreamEvent = 'stream-started' | 'stream-stopped' | 'stream-error';

export const streamTracks = ['inbound_track', 'outbound_track', 'both_tracks'] as const;

/** Streams that a call may have at once. */
export const STREAMS_MAX = 4;

/** What a stream is to be. */
export interface StreamSettings {
  /** Unique among the streams of its call that are not stopped. */
  readonly name: string | null;
  /** As given: what is wrong with it is told when it is connected to. */
  readonly url: string;
  /** What the party of the call says is inbound, what it hears outbound. */
  readonly track: (typeof streamTracks)[number];
  /** JSON object, by name. */
  readonly parameters: string;
  readonly statusCallback: string | null;
  readonly statusCallbackMethod: HttpMethod;
}

/** The sound of a call on its way to a WebSocket of the customer's, and back. */
export interface MediaStreamRecord extends Dated, StreamSettings {
  readonly sid: Sid<'MZ'>;
  readonly accountSid: Sid<'AC'>;
  readonly callSid: Sid<'CA'>;
  readonly status: 'in-progress' | 'stopped';
}
