import type { IncomingMessage } from 'node:http';

/** One request that a catcher has received. */
export interface CaughtWebhook {
  /** Without the query. */
  readonly path: string;
  readonly method: string;
  /** The whole URL as asked for, with its query. */
  readonly url: string;
  /** The form's, or the query's of a GET; of a repeated name the last. */
  readonly parameters: Readonly<Record<string, string>>;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** By the official validator; false without a signature, and while the catcher has no token. */
  readonly signatureValid: boolean;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Reads a request to the end and checks its signature. */
export async function readWebhook(
  request: IncomingMessage,
  authToken: () => string | undefined,
): Promise<CaughtWebhook> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString('utf8');
  const headers = plainHeaders(request);
  const method = request.method ?? 'GET';
  const url = `http://${headers['host'] ?? 'localhost'}${request.url ?? '/'}`;
  const { pathname, searchParams } = new URL(url);
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  const form = new URLSearchParams(isForm ? body : '');
  const token = authToken();
  return {
    path: pathname,
    method,
    url,
    parameters: Object.fromEntries(method === 'GET' ? searchParams : form),
    headers,
    body,
    signatureValid:
      token !== undefined && (await isSigned({ token, url, headers, form, body, isForm })),
    at: Date.now(),
  };
}

async function isSigned(signed: {
  readonly token: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly form: URLSearchParams;
  readonly body: string;
  readonly isForm: boolean;
}): Promise<boolean> {
  const { token, url, headers, form, body, isForm } = signed;
  const signature = headers['x-twilio-signature'];
  if (signature === undefined) return false;
  // Of the package only what is needed: all of it takes long to load.
  const { validateRequest, validateRequestWithBody } =
    await import('twilio/lib/webhooks/webhooks.js');
  const parameters = allValues(form);
  return [url, withUserInfo(url, headers['authorization'])].some((each) =>
    isForm || body === ''
      ? validateRequest(token, signature, each, parameters)
      : validateRequestWithBody(token, signature, each, body),
  );
}

/** A user and password of the URL are signed with it, and travel as a header. */
function withUserInfo(url: string, authorization: string | undefined): string {
  const basic = /^Basic (\S+)$/i.exec(authorization ?? '')?.[1];
  if (basic === undefined) return url;
  return url.replace('://', `://${Buffer.from(basic, 'base64').toString('utf8')}@`);
}

function allValues(form: URLSearchParams): Record<string, string | readonly string[]> {
  const values: Record<string, string | readonly string[]> = {};
  for (const name of form.keys()) {
    const all = form.getAll(name);
    values[name] = all.length === 1 ? (all[0] ?? '') : all;
  }
  return values;
}

function plainHeaders(request: IncomingMessage): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return headers;
}
