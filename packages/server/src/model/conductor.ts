import type { Sid } from '@tutti/ids';
import type { Dated } from './record.ts';

/** What is spoken into its calls and heard in them is in this language. */
export const SPOKEN_LANGUAGE = 'en-US';

export interface Conductor extends Dated {
  readonly sid: Sid<'CN'>;
  readonly accountSid: Sid<'AC'>;
  readonly chatServiceSid: Sid<'IS'>;
  readonly conversationSid: Sid<'CH'>;
  /** Unique in the service. */
  readonly uniqueName: string | null;
  readonly friendlyName: string | null;
  readonly attributes: string;
  readonly applicationSid: Sid<'AP'> | null;
  readonly proxyAddress: string | null;
  readonly status: 'ready' | 'active' | 'closed';
  readonly speak: 'off' | 'all';
  readonly transcribe: 'off' | 'dtmf' | 'speech';
  readonly record: 'off' | 'on';
  readonly maxCalls: number;
}
