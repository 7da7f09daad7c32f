import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';

export interface Alert {
  readonly seq: number;
  readonly sid: Sid<'NO'>;
  readonly accountSid: Sid<'AC'>;
  readonly serviceSid: string | null;
  /** The call, conversation, conductor … it is about. */
  readonly resourceSid: string | null;
  readonly errorCode: number;
  readonly logLevel: 'error' | 'warning' | 'notice' | 'debug';
  readonly alertText: string;
  readonly requestMethod: string | null;
  readonly requestUrl: string | null;
  readonly requestVariables: string | null;
  readonly requestHeaders: string | null;
  readonly responseHeaders: string | null;
  readonly responseBody: string | null;
  /** Names what it is the same as, within one window; null of one kept before floods were counted. */
  readonly floodKey: string | null;
  /** Names what it is one of many of, within the same window. */
  readonly familyKey: string | null;
  /** How often it was raised; the request and the answer are of the last time. */
  readonly occurrences: number;
  readonly dateLastOccurred: Instant;
  readonly dateCreated: Instant;
}
