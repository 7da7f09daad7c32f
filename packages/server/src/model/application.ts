import type { Sid } from '@tutti/ids';
import type { Dated } from './record.ts';
import type { VoiceUrls } from './voice-urls.ts';

export interface Application extends Dated, VoiceUrls {
  readonly sid: Sid<'AP'>;
  readonly accountSid: Sid<'AC'>;
  readonly friendlyName: string | null;
  readonly messageStatusCallback: string | null;
  /** 1 = other accounts may dial it with <Application>. */
  readonly publicApplicationConnectEnabled: number;
}

/** Who is called at `app:AP…`, and what else its voice URL is told. */
export interface ApplicationAddress {
  /** As written: whoever uses it says what is wrong with it. */
  readonly applicationSid: string;
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
}

/** `app:AP…`, with parameters after `?`; undefined when it is none. */
export function readApplicationAddress(address: string): ApplicationAddress | undefined {
  const match = /^app:([^?]*)\??(.*)$/s.exec(address);
  if (match === null) return undefined;
  const [, applicationSid = '', query = ''] = match;
  const parameters = Array.from(new URLSearchParams(query), ([name, value]) => ({ name, value }));
  return { applicationSid, parameters };
}
