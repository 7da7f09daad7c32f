import { parseUrl } from './parse-url.ts';

/** What keeps `given` from being an absolute http(s) URL. Twilio: conversations, code 50372 (512 characters) */
export function urlProblem(given: string): string | undefined {
  if (given.length > 2048) return `It is ${given.length} characters long; at most 2048 are taken.`;
  const url = parseUrl(given);
  if (url === undefined) return 'An absolute URL is expected, as https://example.com/voice.';
  const { protocol } = url;
  if (protocol !== 'http:' && protocol !== 'https:') return `${protocol} is not http: or https:.`;
  // The URL standard finds a host in `http:a`, `http:///a` and `http:\\a`; others find another, or none.
  const authority = /^https?:\/\/([^/?#]*)/i.exec(given.trim())?.[1] ?? '';
  if (authority === '' || authority.includes('\\')) {
    return 'It has no host behind two slashes, as https://example.com/voice.';
  }
  if (hasControls(given.trim())) return 'It has control characters in it.';
  return undefined;
}

/** Whether `text` has what could begin another line or be passed over: RFC 3986 §2 has none of it. */
export function hasControls(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20 || unit === 0x7f) return true;
  }
  return false;
}
