import type { Target } from './target.ts';

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  /** Sent to `domain` alone, not to hosts below it. */
  readonly hostOnly: boolean;
  readonly path: string;
  readonly secure: boolean;
}

const maxCookies = 50;
const maxCookieBytes = 4096;

/**
 * The cookies of one call, kept from answer to request (RFC 6265 §5.3, §5.4). They live as long as the
 * jar: expiry dates are not read, a `Max-Age` of 0 deletes. Bounded: the oldest of 50 makes way.
 *
 * Twilio: voice/twiml#cookies
 */
export class CookieJar {
  #cookies: readonly Cookie[] = [];

  /** Takes the `Set-Cookie` headers of an answer of `target`. What is not a cookie is left out. */
  store(target: Target, setCookies: readonly string[]): void {
    for (const text of setCookies) {
      const parsed = parse(text, target);
      if (parsed === undefined) continue;
      const { cookie, deleted } = parsed;
      const others = this.#cookies.filter((each) => !isSame(each, cookie));
      this.#cookies = deleted ? others : [...others, cookie].slice(-maxCookies);
    }
  }

  /** The `Cookie` header for a request to `target`; absent when there is none. */
  header(target: Target): string | undefined {
    const sent = this.#cookies.filter((cookie) => isFor(cookie, target));
    if (sent.length === 0) return undefined;
    // Longer paths first. RFC 6265 §5.4.2
    return [...sent]
      .sort((a, b) => b.path.length - a.path.length)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }
}

function parse(text: string, target: Target): { cookie: Cookie; deleted: boolean } | undefined {
  if (text.length > maxCookieBytes) return undefined;
  const [pair = '', ...attributes] = text.split(';').map((part) => part.trim());
  const equals = pair.indexOf('=');
  const name = pair.slice(0, equals).trim();
  const value = pair.slice(equals + 1).trim();
  // What could not be a header's content, or would read as two cookies, is dropped.
  if (equals < 1 || /[^\x21-\x7e]/.test(name) || /[^\x20-\x7e\x80-\xff]/.test(value))
    return undefined;

  const attribute = (wanted: string): string | undefined => {
    const found = attributes.findLast((each) => each.split('=', 1)[0]?.toLowerCase() === wanted);
    return found?.slice(wanted.length + 1);
  };
  const host = target.hostname.toLowerCase();
  const domain = (attribute('domain') ?? '').toLowerCase().replace(/^\./, '');
  if (domain !== '' && !isWithin(host, domain)) return undefined;
  const path = attribute('path') ?? '';
  const cookie: Cookie = {
    name,
    value,
    domain: domain === '' ? host : domain,
    // A cookie for all of `com` would reach strangers, so a single label stands for itself only.
    hostOnly: domain === '' || !domain.includes('.'),
    path: path.startsWith('/') ? path : defaultPath(target.path),
    secure: attribute('secure') !== undefined,
  };
  return { cookie, deleted: /^(?:0|-\d+)$/.test(attribute('max-age') ?? '') };
}

/** The directory of the request's path. RFC 6265 §5.1.4 */
function defaultPath(path: string): string {
  const [bare = '/'] = path.split('?', 1);
  return bare.slice(0, bare.lastIndexOf('/')) || '/';
}

function isSame(a: Cookie, b: Cookie): boolean {
  return a.name === b.name && a.domain === b.domain && a.path === b.path;
}

function isFor(cookie: Cookie, target: Target): boolean {
  const host = target.hostname.toLowerCase();
  const [path = '/'] = target.path.split('?', 1);
  const domainMatches = cookie.hostOnly ? host === cookie.domain : isWithin(host, cookie.domain);
  const directory = cookie.path.endsWith('/') ? cookie.path : `${cookie.path}/`;
  const pathMatches = path === cookie.path || path.startsWith(directory);
  return domainMatches && pathMatches && (!cookie.secure || target.scheme === 'https');
}

/** RFC 6265 §5.1.3 */
function isWithin(host: string, domain: string): boolean {
  return host === domain || (host.endsWith(`.${domain}`) && !/^[\d.]+$/.test(host));
}
