import { fail, ok, type Result } from '../result.ts';
import type { Envelope } from '../message/envelope.ts';
import { SipHeaders } from '../message/headers.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import {
  formatNameAddr,
  parseNameAddr,
  parseNameAddrList,
  withParam,
} from '../message/name-addr.ts';
import { formatSipUri, parseSipUri, type SipUri } from '../message/uri.ts';

/** What both ends of a dialog remember: RFC 3261 §12. */
export interface DialogState {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** From and To of our requests, with their tags, ready to write. */
  readonly local: string;
  readonly remote: string;
  readonly remoteUri: string;
  /** The peer's Contact. */
  readonly target: SipUri;
  readonly routes: readonly SipUri[];
  readonly localSeq: number;
  /** Undefined until the peer sent a request. */
  readonly remoteSeq: number | undefined;
}

type DialogResult = Result<DialogState, { readonly message: string }>;

/** Where a dialog is filed: RFC 3261 §12, "dialog ID". */
export function dialogKey(callId: string, localTag: string, remoteTag: string): string {
  return `${callId}|${localTag}|${remoteTag}`;
}

/**
 * The caller's side, made by a 2xx: RFC 3261 §12.1.2. `unrouted` is one whose Record-Route cannot be read: it leads to
 * the Contact, for the ACK and BYE that even such a 2xx needs (§13.2.2.4).
 */
export function callerDialog(
  request: SipRequest,
  response: SipResponse,
  envelope: Envelope,
): Result<DialogState, { readonly message: string; readonly unrouted?: DialogState }> {
  // A 2xx without Contact breaks §12.1.1; the address we called is the best guess there is.
  const target = contactOf(response) ?? uriOrUndefined(request.uri);
  if (target === undefined) return fail({ message: 'No remote target' });
  const unrouted: DialogState = {
    callId: envelope.callId,
    localTag: envelope.fromTag,
    remoteTag: envelope.toTag ?? '',
    local: request.headers.get('from') ?? '',
    remote: formatNameAddr(envelope.to),
    remoteUri: formatSipUri(envelope.to.uri),
    target,
    routes: [],
    localSeq: envelope.seq,
    remoteSeq: undefined,
  };
  const routes = routeSet(response);
  if (!routes.ok) return fail({ message: `2xx with unreadable ${routes.error.message}`, unrouted });
  // The caller takes the route set in reverse order.
  return ok({ ...unrouted, routes: routes.value.toReversed() });
}

/** The callee's side: RFC 3261 §12.1.1. */
export function calleeDialog(
  request: SipRequest,
  envelope: Envelope,
  localTag: string,
): DialogResult {
  const routes = routeSet(request);
  if (!routes.ok) return routes;
  // A peer of RFC 2543, which has no From tag either, need not name another address than From.
  const target = contactOf(request) ?? (envelope.fromTag === '' ? envelope.from.uri : undefined);
  if (target === undefined) return fail({ message: 'INVITE without a usable Contact' });
  return ok({
    callId: envelope.callId,
    localTag,
    remoteTag: envelope.fromTag,
    local: formatNameAddr(withParam(envelope.to, 'tag', localTag)),
    remote: formatNameAddr(envelope.from),
    remoteUri: formatSipUri(envelope.from.uri),
    target,
    routes: routes.value,
    localSeq: 0,
    remoteSeq: envelope.seq,
  });
}

/** The first SIP Contact of a message. */
export function contactOf(message: SipMessage): SipUri | undefined {
  const parsed = parseNameAddr(message.headers.list('contact')[0] ?? '');
  if (!parsed.ok || !parsed.value.uri.scheme.startsWith('sip')) return undefined;
  return parsed.value.uri;
}

/** Where a request of the dialog is sent: the first route, else the target. */
export function nextHopUri(dialog: DialogState): SipUri {
  return dialog.routes[0] ?? dialog.target;
}

export interface DialogRequestOptions {
  readonly seq: number;
  readonly headers?: Iterable<readonly [string, string]>;
  readonly body?: Uint8Array;
}

/** Builds a request inside the dialog, without Via: RFC 3261 §12.2.1.1. */
export function dialogRequest(
  dialog: DialogState,
  method: string,
  options: DialogRequestOptions,
): SipRequest {
  const first = dialog.routes[0];
  const strict = first !== undefined && !first.params.has('lr');
  // A strict router wants itself as Request-URI and the target as last Route.
  const uri = strict ? first : dialog.target;
  const routes = strict ? [...dialog.routes.slice(1), dialog.target] : dialog.routes;
  const pairs: (readonly [string, string])[] = routes.map((route) => [
    'Route',
    `<${formatSipUri(route)}>`,
  ]);
  pairs.push(
    ['Max-Forwards', '70'],
    ['From', dialog.local],
    ['To', dialog.remote],
    ['Call-ID', dialog.callId],
    ['CSeq', `${options.seq} ${method}`],
    ...(options.headers ?? []),
  );
  return {
    kind: 'request',
    method,
    uri: formatSipUri(withoutHeaders(uri)),
    headers: SipHeaders.of(pairs),
    body: options.body ?? new Uint8Array(0),
  };
}

// A Request-URI has no headers part: RFC 3261 §19.1.1, table 1.
function withoutHeaders(uri: SipUri): SipUri {
  const { headers: _dropped, ...rest } = uri;
  return rest;
}

function routeSet(message: SipMessage): Result<readonly SipUri[], { readonly message: string }> {
  const parsed = parseNameAddrList(message.headers.getAll('record-route'));
  if (!parsed.ok) return fail({ message: `Record-Route: ${parsed.error.message}` });
  const routes = parsed.value.map((route) => route.uri);
  const other = routes.find(({ scheme }) => !scheme.startsWith('sip'));
  if (other !== undefined)
    return fail({ message: `Record-Route: no SIP URI: ${formatSipUri(other)}` });
  return ok(routes);
}

function uriOrUndefined(text: string): SipUri | undefined {
  const parsed = parseSipUri(text);
  return parsed.ok ? parsed.value : undefined;
}
