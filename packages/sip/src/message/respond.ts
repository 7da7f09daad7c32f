import { SipHeaders } from './headers.ts';
import { NO_BODY, type SipRequest, type SipResponse } from './message.ts';

const REASONS: ReadonlyMap<number, string> = new Map([
  [100, 'Trying'],
  [180, 'Ringing'],
  [181, 'Call Is Being Forwarded'],
  [182, 'Queued'],
  [183, 'Session Progress'],
  [200, 'OK'],
  [202, 'Accepted'],
  [300, 'Multiple Choices'],
  [301, 'Moved Permanently'],
  [302, 'Moved Temporarily'],
  [305, 'Use Proxy'],
  [380, 'Alternative Service'],
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [402, 'Payment Required'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [406, 'Not Acceptable'],
  [407, 'Proxy Authentication Required'],
  [408, 'Request Timeout'],
  [410, 'Gone'],
  [413, 'Request Entity Too Large'],
  [414, 'Request-URI Too Long'],
  [415, 'Unsupported Media Type'],
  [416, 'Unsupported URI Scheme'],
  [420, 'Bad Extension'],
  [421, 'Extension Required'],
  [422, 'Session Interval Too Small'],
  [423, 'Interval Too Brief'],
  [480, 'Temporarily Unavailable'],
  [481, 'Call/Transaction Does Not Exist'],
  [482, 'Loop Detected'],
  [483, 'Too Many Hops'],
  [484, 'Address Incomplete'],
  [485, 'Ambiguous'],
  [486, 'Busy Here'],
  [487, 'Request Terminated'],
  [488, 'Not Acceptable Here'],
  [489, 'Bad Event'],
  [491, 'Request Pending'],
  [493, 'Undecipherable'],
  [500, 'Server Internal Error'],
  [501, 'Not Implemented'],
  [502, 'Bad Gateway'],
  [503, 'Service Unavailable'],
  [504, 'Server Time-out'],
  [505, 'Version Not Supported'],
  [513, 'Message Too Large'],
  [600, 'Busy Everywhere'],
  [603, 'Decline'],
  [604, 'Does Not Exist Anywhere'],
  [606, 'Not Acceptable'],
]);

export interface ResponseOptions {
  /** Default: the standard phrase. */
  readonly reason?: string;
  /** Added to To when the request's had none: RFC 3261 §8.2.6.2. */
  readonly toTag?: string;
  readonly headers?: Iterable<readonly [string, string]>;
  readonly sdp?: string;
}

/** Builds a response with the headers it takes over from its request: RFC 3261 §8.2.6.2. */
export function respondTo(
  request: SipRequest,
  status: number,
  options: ResponseOptions = {},
): SipResponse {
  const { headers } = request;
  const pairs: (readonly [string, string])[] = [];
  for (const via of headers.getAll('via')) pairs.push(['Via', via]);
  const to = headers.get('to') ?? '';
  const tagged = /;\s*tag\s*=/i.test(to.slice(to.lastIndexOf('>') + 1));
  const tag = options.toTag === undefined || tagged ? '' : `;tag=${options.toTag}`;
  pairs.push(['From', headers.get('from') ?? ''], ['To', `${to}${tag}`]);
  pairs.push(['Call-ID', headers.get('call-id') ?? ''], ['CSeq', headers.get('cseq') ?? '']);
  const timestamp = headers.get('timestamp');
  if (status === 100 && timestamp !== undefined) pairs.push(['Timestamp', timestamp]);
  pairs.push(...(options.headers ?? []));
  if (options.sdp !== undefined) pairs.push(['Content-Type', 'application/sdp']);
  return {
    kind: 'response',
    status,
    reason: options.reason ?? REASONS.get(status) ?? 'Unknown',
    headers: SipHeaders.of(pairs),
    body: options.sdp === undefined ? NO_BODY : Buffer.from(options.sdp),
  };
}
