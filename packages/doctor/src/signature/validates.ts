import { parse, stringify } from 'node:querystring';
import { parseUrl } from '../parse-url.ts';
import type { NamedSecret, Pair, UrlParts } from './signing.ts';
import { bodyHash, defaultPortOf, signatureOf, takeApart, urlOf } from './signing.ts';

export interface Validated {
  readonly signature: string;
  readonly url: string;
  readonly form: readonly Pair[];
  readonly body: string;
  readonly token: NamedSecret;
}

/**
 * Whether Twilio's own validator for Node takes the request: it tries the URL with and without its port, then
 * normalised, then with the query written anew; of a URL with `bodySHA256` the body is compared in place of the form.
 */
export function validates({ signature, url, form, body, token }: Validated): boolean {
  const hash = bodyHashOf(url);
  if (hash !== undefined && bodyHash(body) !== hash) return false;
  const parameters = hash === undefined ? form : [];
  return tolerated(url).some((each) => signatureOf(each, parameters, token.value) === signature);
}

/** `bodySHA256` of a URL; empty where only the name is there, as the validator looks for that alone. */
export function bodyHashOf(url: string): string | undefined {
  if (!url.includes('bodySHA256')) return undefined;
  return parseUrl(url)?.searchParams.get('bodySHA256') ?? '';
}

function tolerated(url: string): string[] {
  const normalised = parseUrl(url)?.toString();
  return [
    ...byPort(url),
    ...(normalised === undefined
      ? []
      : byPort(normalised).flatMap((each) => [each, rewritten(each)])),
  ];
}

function byPort(url: string): string[] {
  const parts = takeApart(url);
  if (parts === undefined) return [url];
  // The official validator knows https alone of the secure schemes.
  const added = /^https:/i.test(parts.scheme) ? defaultPortOf(parts.scheme) : ':80';
  return [withPort(parts, ''), withPort(parts, parts.port || added)];
}

const withPort = (parts: UrlParts, port: string): string => urlOf({ ...parts, port });

/** With the query as Node's `querystring` writes it. */
function rewritten(url: string): string {
  const start = url.indexOf('?');
  if (start === -1 || start === url.length - 1) return url;
  return `${url.slice(0, start)}?${stringify(parse(url.slice(start + 1)))}`;
}
