import { refusal } from '../base/app-error.ts';

export type HttpMethod = 'GET' | 'POST';

/** The URLs that voice traffic of an application or number is served by. */
export interface VoiceUrls {
  readonly voiceUrl: string | null;
  readonly voiceMethod: HttpMethod;
  readonly voiceFallbackUrl: string | null;
  readonly voiceFallbackMethod: HttpMethod;
  /** 1 = look up the caller's name; stored and shown, without effect. */
  readonly voiceCallerIdLookup: number;
  readonly statusCallback: string | null;
  readonly statusCallbackMethod: HttpMethod;
  readonly smsUrl: string | null;
  readonly smsMethod: HttpMethod;
  readonly smsFallbackUrl: string | null;
  readonly smsFallbackMethod: HttpMethod;
}

/** What an application or number has before anything is said. Twilio: usage/api/applications */
export const defaultVoiceUrls: VoiceUrls = {
  voiceUrl: null,
  voiceMethod: 'POST',
  voiceFallbackUrl: null,
  voiceFallbackMethod: 'POST',
  voiceCallerIdLookup: 0,
  statusCallback: null,
  statusCallbackMethod: 'POST',
  smsUrl: null,
  smsMethod: 'POST',
  smsFallbackUrl: null,
  smsFallbackMethod: 'POST',
};

/**
 * A fallback steps in for something: without the URL it would never be asked.
 *
 * @throws RequestError fallbackWithoutUrl, smsFallbackWithoutUrl. Twilio: errors 21405, 21406
 */
export function checkFallbacks(urls: VoiceUrls): void {
  if (urls.voiceFallbackUrl !== null && urls.voiceUrl === null) {
    throw refusal('fallbackWithoutUrl', { fallback: 'VoiceFallbackUrl', url: 'VoiceUrl' });
  }
  if (urls.smsFallbackUrl !== null && urls.smsUrl === null) {
    throw refusal('smsFallbackWithoutUrl', { fallback: 'SmsFallbackUrl', url: 'SmsUrl' });
  }
}
