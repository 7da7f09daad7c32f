import { mintSid } from '@tutti/ids';
import { parseTwiml } from '@tutti/twiml';
import type { Finding, RuleName, RuleValues, Where } from '../rules.ts';
import { whereOf } from '../rules.ts';
import { defaultPortOf, signatureOf, takeApart, urlOf } from '../signature/signing.ts';
import type { Pair } from '../signature/signing.ts';
import type { Answer } from './ask.ts';
import { ask, CannotLook } from './ask.ts';

/** A URL that answers calls with TwiML. */
export interface Endpoint extends Where {
  readonly url: string;
  readonly method: 'GET' | 'POST';
}

export interface EndpointOptions {
  readonly accountSid: string;
  /** What requests are signed with; without one only what refuses no unsigned request is found. */
  readonly authToken: string | undefined;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** How long the answer may take: default 15 s, as Twilio waits. */
  readonly timeoutMs?: number;
  /** From when on an answer is called slow: default 5 s. */
  readonly slowMs?: number;
  readonly signal?: AbortSignal | undefined;
}

const TIMEOUT_MS = 15_000;
const SLOW_MS = 5_000;
/** Twilio's number for tests, which nobody has. */
const NOBODY = '+15005550006';

/**
 * Asks a webhook as for an inbound call: signed rightly, wrongly and not at all.
 *
 * @returns What is wrong with its answers. Twilio: usage/webhooks/webhooks-security
 */
export async function examineEndpoint(
  endpoint: Endpoint,
  options: EndpointOptions,
): Promise<Finding[]> {
  const { authToken, clock, slowMs = SLOW_MS, timeoutMs = TIMEOUT_MS } = options;
  const url = shownUrl(endpoint.url);
  const findings: Finding[] = [];
  const find = <Rule extends RuleName>(rule: Rule, values: RuleValues[Rule]): void => {
    findings.push({ rule, values, ...whereOf(endpoint) } as Finding);
  };
  const request = requestOf(endpoint, options);
  const start = clock();
  let first: Answer;
  try {
    first = await request(authToken);
  } catch (error) {
    if (!(error instanceof CannotLook)) throw error;
    const isLate = clock() - start >= timeoutMs;
    if (isLate) find('endpoint-too-slow', { url, seconds: timeoutMs / 1000 });
    else find('endpoint-unreachable', { url, reason: error.message });
    return findings;
  }
  const seconds = Math.round((clock() - start) / 100) / 10;
  if (seconds * 1000 > slowMs) find('endpoint-slow', { url, seconds, limit: timeoutMs / 1000 });
  const isAccepted = first.status < 400;
  if (authToken === undefined) {
    if (isAccepted) find('endpoint-forgeable', { url, signature: 'missing' });
    return findings;
  }
  if (!isAccepted) {
    find('endpoint-status', { url, status: first.status });
    // One that refuses everything says nothing of signatures.
    return findings;
  }
  findings.push(...examineAnswer(endpoint, url, first));
  for (const [signature, token] of [
    ['wrong', `not ${authToken}`],
    ['missing', undefined],
  ] as const) {
    try {
      const { status } = await request(token);
      if (status < 400) find('endpoint-forgeable', { url, signature });
    } catch (error) {
      if (!(error instanceof CannotLook)) throw error;
      find('endpoint-unreachable', { url, reason: error.message });
    }
  }
  return findings;
}

function examineAnswer(endpoint: Endpoint, url: string, answer: Answer): Finding[] {
  const type = answer.contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  // Audio is played and plain text is read aloud. No Content asks for nothing.
  if (answer.status === 204 || type.startsWith('audio/')) return [];
  const isSpoken = type === 'text/plain' && !answer.text.trimStart().startsWith('<');
  if (isSpoken && answer.text.trim() !== '') return [];
  const where = whereOf(endpoint);
  const wrong = (code: number, problem: string): Finding => ({
    rule: 'endpoint-twiml',
    values: { url, code, problem },
    ...where,
  });
  if (!/^(?:text|application)\/(?:xml|html|plain)$/.test(type)) {
    return [wrong(12300, `Content-Type ${type === '' ? 'is missing' : type}`)];
  }
  const parsed = parseTwiml(answer.text);
  if (!parsed.ok) return [wrong(parsed.error.code, parsed.error.message)];
  return parsed.value.warnings.map(({ code, message }) => ({
    rule: 'endpoint-twiml-warning',
    values: { url, code, problem: message },
    ...where,
  }));
}

/** Sends a request signed with a token, or with none; userinfo travels as a header, and is signed. */
function requestOf(
  { url, method }: Endpoint,
  { accountSid, clock, timeoutMs = TIMEOUT_MS, signal }: EndpointOptions,
): (token: string | undefined) => Promise<Answer> {
  const form: Pair[] = [
    ['AccountSid', accountSid],
    ['ApiVersion', '2010-04-01'],
    ['CallSid', mintSid('CA', clock())],
    ['CallStatus', 'ringing'],
    ['Called', NOBODY],
    ['Caller', NOBODY],
    ['Direction', 'inbound'],
    ['From', NOBODY],
    ['To', NOBODY],
  ];
  const apart = takeApart(url);
  if (apart === undefined) throw new TypeError(`${url} is no URL`);
  const { scheme, port, userinfo, query } = apart;
  const added = new URLSearchParams(
    form.map(([name, value]): [string, string] => [name, value]),
  ).toString();
  const configured = {
    ...apart,
    fragment: '',
    port: port === defaultPortOf(scheme) ? '' : port,
    path: apart.path === '' ? '/' : apart.path,
    query: method === 'POST' ? query : query === '' ? `?${added}` : `${query}&${added}`,
  };
  const basic = Buffer.from(decodeURIComponent(userinfo.replace(/@$/, ''))).toString('base64');
  return async (token) =>
    ask(urlOf({ ...configured, userinfo: '' }), {
      method,
      ...(method === 'POST' && { body: new URLSearchParams(added) }),
      headers: {
        'user-agent': 'tutti-doctor',
        ...(userinfo !== '' && { authorization: `Basic ${basic}` }),
        ...(token !== undefined && {
          'x-twilio-signature': signatureOf(
            urlOf(configured),
            method === 'POST' ? form : [],
            token,
          ),
        }),
      },
      timeoutMs,
      signal,
    });
}

/** Without a password. */
export const shownUrl = (url: string): string =>
  url.replace(/^([^/]+\/\/[^/?#@:]*):[^/?#@]*@/, '$1:***@');
