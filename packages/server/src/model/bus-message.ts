import type { Sid } from '@tutti/ids';
import type { HttpMethod } from './voice-urls.ts';

/** News for the doors of this system: what an outbox entry of kind `bus` holds. */
export type BusMessage =
  | { readonly kind: 'call-placed'; readonly callSid: Sid<'CA'> }
  | { readonly kind: 'call-updated'; readonly callSid: Sid<'CA'>; readonly order: CallOrder }
  /** Its rows say something new. */
  | { readonly kind: 'conference-changed'; readonly conferenceSid: Sid<'CF'> }
  /** Somebody waits in it who did not, or it is gone. */
  | { readonly kind: 'queue-changed'; readonly queueSid: Sid<'QU'> }
  | {
      readonly kind: 'announcement';
      readonly conferenceSid: Sid<'CF'>;
      /** Who hears it; null: everyone. */
      readonly callSid: Sid<'CA'> | null;
      readonly url: string;
      readonly method: HttpMethod;
    }
  | {
      readonly kind: 'message-to-speak';
      readonly conductorSids: readonly Sid<'CN'>[];
      readonly messageSid: Sid<'IM'>;
      readonly conversationSid: Sid<'CH'>;
    }
  /** A recording is complete, and its words are to be made. */
  | { readonly kind: 'transcription-requested'; readonly transcriptionSid: Sid<'TR'> }
  /** The account's webhooks are signed with another token from now on. */
  | { readonly kind: 'auth-token-promoted'; readonly accountSid: Sid<'AC'> }
  /** Their records are gone, and their files are to go. */
  | { readonly kind: 'media-removed'; readonly mediaSids: readonly Sid<'ME' | 'RE'>[] };

/** What a pause of a recording leaves in the file. */
export type PauseBehavior = 'silence' | 'skip';

/** What a live call is told to do. */
export type CallOrder =
  | { readonly kind: 'end'; readonly status: 'completed' | 'canceled' }
  /** Counted from the answer. */
  | { readonly kind: 'time-limit'; readonly timeLimitSec: number }
  | { readonly kind: 'start-recording'; readonly recordingSid: Sid<'RE'> }
  | {
      readonly kind: 'change-recording';
      readonly recordingSid: Sid<'RE'>;
      readonly status: 'in-progress' | 'paused' | 'stopped';
      readonly pauseBehavior: PauseBehavior;
    }
  | {
      readonly kind: 'start-transcription' | 'stop-transcription';
      readonly transcriptionSid: Sid<'GT'>;
    }
  | { readonly kind: 'start-stream' | 'stop-stream'; readonly streamSid: Sid<'MZ'> }
  | {
      readonly kind: 'redirect';
      /** The new document: fetched from `url`, else `twiml` itself, else what its Conductor says. */
      readonly url: string | null;
      readonly method: HttpMethod;
      readonly twiml: string | null;
    };
