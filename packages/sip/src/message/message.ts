import type { SipHeaders } from './headers.ts';

/** `headers` never holds Content-Length: it is framing, and always follows from `body`. */
export interface SipRequest {
  readonly kind: 'request';
  readonly method: string;
  /** The Request-URI as written. */
  readonly uri: string;
  readonly headers: SipHeaders;
  readonly body: Uint8Array;
}

export interface SipResponse {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: string;
  readonly headers: SipHeaders;
  readonly body: Uint8Array;
}

export type SipMessage = SipRequest | SipResponse;

export const NO_BODY = new Uint8Array(0);

/** The body as UTF-8 text. */
export function bodyText(message: SipMessage): string {
  const { buffer, byteOffset, byteLength } = message.body;
  return Buffer.from(buffer, byteOffset, byteLength).toString('utf8');
}

/** The SDP a message carries, alone or as a part of a multipart body; `undefined` without one. */
export function sdpOf(message: SipMessage): string | undefined {
  if (message.body.byteLength === 0) return undefined;
  const type = message.headers.get('content-type') ?? 'application/sdp';
  const media = type.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (media === 'application/sdp') return bodyText(message);
  if (!media.startsWith('multipart/')) return undefined;
  const boundary = /;\s*boundary="?([^";]+)"?/i.exec(type)?.[1];
  return boundary === undefined ? undefined : sdpPart(bodyText(message), boundary);
}

// SIP-I trunks send SDP beside ISUP in multipart/mixed: RFC 5621 §3.
function sdpPart(body: string, boundary: string): string | undefined {
  for (const part of body.split(`--${boundary}`)) {
    const blank = part.indexOf('\r\n\r\n');
    if (blank === -1) continue;
    if (/^content-type\s*:\s*application\/sdp/im.test(part.slice(0, blank))) {
      return part.slice(blank + 4).replace(/\r\n$/, '');
    }
  }
  return undefined;
}
