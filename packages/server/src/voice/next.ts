import type { HttpMethod } from '../model/voice-urls.ts';

/** What a verb leaves to be done. */
export type Next =
  | { readonly kind: 'continue' }
  /** Another document takes over. */
  | {
      readonly kind: 'fetch';
      readonly url: string;
      readonly method: HttpMethod;
      /** Beside those every voice request carries. */
      readonly parameters: Readonly<Record<string, string>>;
    }
  /** The call ends. */
  | { readonly kind: 'end' }
  /** The document cannot go on; an alert has said why. */
  | { readonly kind: 'fail' };

export const goOn: Next = { kind: 'continue' };
export const endCall: Next = { kind: 'end' };
export const failDocument: Next = { kind: 'fail' };
