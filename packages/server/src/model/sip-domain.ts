import type { Sid } from '@tutti/ids';
import type { Dated } from './record.ts';
import type { HttpMethod } from './voice-urls.ts';

/** A name that SIP phones and PBXs call and register at. Twilio: voice/api/sip-domain-resource */
export interface SipDomain extends Dated {
  readonly sid: Sid<'SD'>;
  readonly accountSid: Sid<'AC'>;
  /** In lower case, unique on the server. */
  readonly domainName: string;
  readonly friendlyName: string | null;
  readonly voiceUrl: string | null;
  readonly voiceMethod: HttpMethod;
  readonly voiceFallbackUrl: string | null;
  readonly voiceFallbackMethod: HttpMethod;
  readonly voiceStatusCallbackUrl: string | null;
  readonly voiceStatusCallbackMethod: HttpMethod;
  /** 1 = phones may register. */
  readonly sipRegistration: number;
  /** 1 = calls come over TLS and with SRTP, or not at all. */
  readonly secure: number;
}

/** Who may call or register: a credential list (CL) or an access list of addresses (AL). */
export interface SipList extends Dated {
  readonly sid: Sid<'CL' | 'AL'>;
  readonly accountSid: Sid<'AC'>;
  readonly friendlyName: string;
}

/** A username of a credential list. The password is not kept, only what digest makes of it. */
export interface SipCredential extends Dated {
  readonly sid: Sid<'CR'>;
  readonly accountSid: Sid<'AC'>;
  readonly listSid: Sid<'CL'>;
  /** Unique in its list. */
  readonly username: string;
  /** H(username:realm:password) in MD5 and SHA-256: RFC 7616 §3.4.2. */
  readonly ha1Md5: string;
  readonly ha1Sha256: string;
}

/** A network of an access list. */
export interface SipAddress extends Dated {
  readonly sid: Sid<'IP'>;
  readonly accountSid: Sid<'AC'>;
  readonly listSid: Sid<'AL'>;
  readonly friendlyName: string;
  /** IPv4 or IPv6. */
  readonly ipAddress: string;
  readonly cidrPrefixLength: number;
}

export type SipPurpose = 'calls' | 'registrations';

/** That a list decides who may call a domain, or register at it. */
export interface SipMapping extends Dated {
  readonly accountSid: Sid<'AC'>;
  readonly domainSid: Sid<'SD'>;
  readonly listSid: Sid<'CL' | 'AL'>;
  readonly purpose: SipPurpose;
}

/** What digest of SIP asks for everywhere: what is kept of a password holds for one realm only. */
export const SIP_REALM = 'tutti';
