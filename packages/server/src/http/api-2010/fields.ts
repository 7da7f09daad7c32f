import { parseE164, type E164 } from '@tutti/ids';
import { refusal } from '../../base/app-error.ts';
import type { VoiceUrls } from '../../model/voice-urls.ts';
import { boolean, method, text, url } from '../fields.ts';
import type { Field, FormValues } from '../form.ts';
import { given, nullable } from '../given.ts';
import type { Json } from '../render.ts';
import { API_VERSION } from './uri.ts';

/** Twilio: usage/api/applications#create-an-application-resource */
export const friendlyName = text(64, 'friendlyNameTooLong2010');

/** The version is the one of the path; asking for another would change what the customer is sent. */
export const apiVersion: Field<string> = {
  read: (values, name) => {
    const value = values.at(-1) ?? '';
    if (value === '' || value === API_VERSION) return API_VERSION;
    throw refusal('notCarried', { name, given: value, problem: `Use ${API_VERSION}.` });
  },
};

/** A parameter of Twilio that has no meaning here; empty text and `allowed` ask for nothing. */
export function notCarried(problem: string, allowed?: string): Field<undefined> {
  return {
    read: (values, name) => {
      const value = values.at(-1) ?? '';
      if (value === '' || value.toLowerCase() === allowed) return undefined;
      throw refusal('notCarried', { name, given: value, problem });
    },
  };
}

/** In E.164, or nearly. */
export const phoneNumber: Field<E164> = {
  read: (values) => {
    const value = values.at(-1) ?? '';
    const parsed = parseE164(value);
    if (parsed.ok) return parsed.value;
    throw refusal('invalidPhoneNumber', { given: value, problem: parsed.error.message });
  },
};

/** Of the North American plan. */
export const areaCode: Field<string> = {
  read: (values, name) => {
    const value = values.at(-1) ?? '';
    if (/^[2-9]\d{2}$/.test(value)) return value;
    throw refusal('invalidParameter', {
      name,
      problem: `${value} was given; the three digits of a North American area code are expected, as 415.`,
    });
  },
};

/** What applications and numbers have in common. */
export const voiceUrlFields = {
  VoiceUrl: url('invalidUrl2010'),
  VoiceMethod: method('invalidMethod2010'),
  VoiceFallbackUrl: url('invalidUrl2010'),
  VoiceFallbackMethod: method('invalidMethod2010'),
  VoiceCallerIdLookup: boolean,
  StatusCallback: url('invalidUrl2010'),
  StatusCallbackMethod: method('invalidMethod2010'),
  SmsUrl: url('invalidUrl2010'),
  SmsMethod: method('invalidMethod2010'),
  SmsFallbackUrl: url('invalidUrl2010'),
  SmsFallbackMethod: method('invalidMethod2010'),
};

/** Columns hold no booleans. */
export function bit(value: boolean | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

/** The URLs that were given. */
export function voiceUrlsOf(values: FormValues<typeof voiceUrlFields>): Partial<VoiceUrls> {
  return given({
    voiceUrl: nullable(values.VoiceUrl),
    voiceMethod: values.VoiceMethod,
    voiceFallbackUrl: nullable(values.VoiceFallbackUrl),
    voiceFallbackMethod: values.VoiceFallbackMethod,
    voiceCallerIdLookup: bit(values.VoiceCallerIdLookup),
    statusCallback: nullable(values.StatusCallback),
    statusCallbackMethod: values.StatusCallbackMethod,
    smsUrl: nullable(values.SmsUrl),
    smsMethod: values.SmsMethod,
    smsFallbackUrl: nullable(values.SmsFallbackUrl),
    smsFallbackMethod: values.SmsFallbackMethod,
  });
}

export function renderVoiceUrls(urls: VoiceUrls): Json {
  return {
    voice_url: urls.voiceUrl,
    voice_method: urls.voiceMethod,
    voice_fallback_url: urls.voiceFallbackUrl,
    voice_fallback_method: urls.voiceFallbackMethod,
    voice_caller_id_lookup: urls.voiceCallerIdLookup === 1,
    status_callback: urls.statusCallback,
    status_callback_method: urls.statusCallbackMethod,
    sms_url: urls.smsUrl,
    sms_method: urls.smsMethod,
    sms_fallback_url: urls.smsFallbackUrl,
    sms_fallback_method: urls.smsFallbackMethod,
  };
}
