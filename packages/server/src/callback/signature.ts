import { createHmac } from 'node:crypto';

/** Form parameters by name. A list is sent as the same name several times. */
export type Parameters = Readonly<Record<string, string | readonly string[]>>;

/** Scheme, optional userinfo, host, optional port; then path and query; a fragment is left out. */
const urlParts = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*?)(?::(\d+))?([/?][^#]*)?(?:#.*)?$/i;

const defaultPorts: Readonly<Record<string, string>> = {
  http: '80',
  https: '443',
  ws: '80',
  wss: '443',
};

/**
 * The value of `X-Twilio-Signature`: Base64 of HMAC-SHA1, keyed with the auth token, over the URL and
 * the form's names and values. Pass no parameters when they travel in the URL's query.
 *
 * The URL is signed byte by byte as given, userinfo included; only the fragment and the scheme's default
 * port are dropped. Twilio: usage/security#validating-requests
 */
export function signForm(url: string, parameters: Parameters, authToken: string): string {
  const text = Object.keys(parameters)
    .sort()
    .reduce((signed, name) => signed + nameAndValues(name, parameters[name] ?? ''), signedUrl(url));
  return createHmac('sha1', authToken).update(text, 'utf8').digest('base64');
}

function signedUrl(url: string): string {
  const [, scheme, authority, port, rest = ''] = urlParts.exec(url) ?? [];
  if (scheme === undefined || authority === undefined) return url.replace(/#.*$/s, '');
  const shownPort =
    port === undefined || defaultPorts[scheme.toLowerCase()] === port ? '' : `:${port}`;
  return `${scheme}://${authority}${shownPort}${rest}`;
}

function nameAndValues(name: string, value: string | readonly string[]): string {
  if (typeof value === 'string') return name + value;
  // Repeated values count once, in sorted order, as the official validators read them.
  return [...new Set(value)]
    .sort()
    .map((each) => name + each)
    .join('');
}

/** `parameters` as an `application/x-www-form-urlencoded` text. */
export function encodeForm(parameters: Parameters): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const each of typeof value === 'string' ? [value] : value) form.append(name, each);
  }
  return form.toString();
}
