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
