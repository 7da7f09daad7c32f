import { parseJson } from '../parse-json.ts';
import type { Pair } from './signing.ts';

/** A webhook as it was received. */
export interface ReceivedRequest {
  /** As the program that validates has it: the host and scheme that it sees, or those that are configured. */
  readonly url: string;
  /** Names in any case. `X-Twilio-Signature`, and what proxies add, are read of them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** As it came, neither decoded nor parsed. */
  readonly body?: string;
  /** Default POST where there is a body, else GET. */
  readonly method?: string;
  /** Path and query of the request line, where `url` was configured apart from it. */
  readonly target?: string;
}

export type RawRequestResult =
  | { readonly ok: true; readonly value: ReceivedRequest }
  | { readonly ok: false; readonly error: string };

/**
 * Reads an HTTP request as a tunnel or `tcpdump` shows it: request line, headers, an empty line, the body.
 *
 * @param url What the receiver takes for its URL; by default `http://`, `Host` and the path.
 */
export function parseRawRequest(text: string, url?: string): RawRequestResult {
  const head = /^([\s\S]*?)(?:\r?\n\r?\n|$)/.exec(text.replace(/^\s+/, ''))?.[1] ?? '';
  const start = text.length - text.replace(/^\s+/, '').length + head.length;
  const [line = '', ...fields] = head.split(/\r?\n/);
  const match = /^([A-Z]+) (\S+)(?: HTTP\/[\d.]+)?$/.exec(line.trim());
  if (match === null) {
    return {
      ok: false,
      error: `"${line.slice(0, 60)}" is no request line as POST /voice HTTP/1.1`,
    };
  }
  const [, method = '', target = ''] = match;
  const headers: Record<string, string> = {};
  for (const field of fields) {
    const colon = field.indexOf(':');
    if (colon < 1) return { ok: false, error: `"${field.slice(0, 60)}" is no header: Name: value` };
    headers[field.slice(0, colon).trim().toLowerCase()] = field.slice(colon + 1).trim();
  }
  const isWhole = /^[a-z]+:\/\//i.test(target);
  const host = headers['host'];
  if (url === undefined && !isWhole && host === undefined) {
    return { ok: false, error: 'it has no Host header, so its URL is not known: give --url' };
  }
  const body = text.slice(start).replace(/^\r?\n\r?\n/, '');
  return {
    ok: true,
    value: {
      url: url ?? (isWhole ? target : `http://${host}${target}`),
      headers,
      method,
      body: bodyByLength(body, headers['content-length']),
      ...(!isWhole && { target }),
    },
  };
}

/** Editors add a line end to the last line of a file; the length that was sent says whether it belongs. */
function bodyByLength(body: string, length: string | undefined): string {
  const bytes = Buffer.from(body, 'utf8');
  const wanted = Number(length ?? Number.NaN);
  if (Number.isInteger(wanted) && wanted <= bytes.length) return bytes.toString('utf8', 0, wanted);
  return length === undefined ? body.replace(/\r?\n$/, '') : body;
}

export function headerOf(request: ReceivedRequest, name: string): string | undefined {
  return Object.entries(request.headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1];
}

/** How the body is read: by its type, else by how it begins. */
export function bodyKind(request: ReceivedRequest): 'none' | 'form' | 'json' {
  const { body = '', method } = request;
  if (body === '' || method === 'GET' || method === 'HEAD') return 'none';
  const type = headerOf(request, 'content-type');
  if (type !== undefined) return /json/i.test(type) ? 'json' : 'form';
  return /^\s*[[{]/.test(body) ? 'json' : 'form';
}

/** The parameters that a web framework makes of the body. */
export function parametersOf(request: ReceivedRequest): readonly Pair[] {
  const { body = '' } = request;
  const kind = bodyKind(request);
  if (kind === 'none') return [];
  if (kind === 'form') return [...new URLSearchParams(body)];
  const parsed = parseJson(body);
  if (typeof parsed !== 'object' || parsed === null) return [];
  return Object.entries(parsed).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((each): Pair => [name, String(each)]),
  );
}
