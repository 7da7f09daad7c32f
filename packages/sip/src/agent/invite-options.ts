import type { Credentials } from '../digest/authenticator.ts';
import { extraHeaders } from '../message/extra-headers.ts';
import { headerName } from '../message/headers.ts';
import { formatNameAddr, type NameAddr, parseNameAddr, withParam } from '../message/name-addr.ts';
import { refuseLineBreak } from '../message/params.ts';
import { formatSipUri, parseHostPort, parseSipUri, type SipUri } from '../message/uri.ts';
import type { Source } from '../transport/transport.ts';
import { fail, ok, type Result } from '../result.ts';

/** A call to place. @throws TypeError from `invite()` when any value holds a line break. */
export interface InviteOptions {
  /** The Request-URI, such as `sip:+15551234567@192.0.2.1:5070;transport=tcp`. */
  readonly uri: string;
  /** URI or name-addr. */
  readonly from: string;
  /** URI or name-addr; default: `uri`. */
  readonly to?: string;
  readonly sdp: string;
  /** Added to the INVITE; those the stack writes itself may not be among them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For 401 and 407. */
  readonly credentials?: Credentials;
  /** Outbound proxy or trunk as `host:port` or SIP URI: sent there, with a loose Route. */
  readonly proxy?: string;
  /**
   * The way the called phone registered by: its connection, as long as that lives, and over UDP the address that it was
   * seen at, where its own is another. When the connection is gone, a private address of another host is not tried.
   */
  readonly flow?: Source;
  /** Other addresses that ring at the same time; who answers first has the call. */
  readonly also?: readonly { readonly uri: string; readonly flow?: Source }[];
  /**
   * Gives up after so long without a word, not even a 100: the peer is down, and a 32 s wait for it (RFC 3261 §17.1.1.2)
   * is of no use to who knows another. What it says later is cancelled or hung up. Default: waits.
   */
  readonly patienceMs?: number;
  /** `sdp` is early media. Called for 101 to 199, not for 100. */
  readonly onProvisional?: (response: {
    readonly status: number;
    readonly reason: string;
    readonly sdp?: string;
  }) => void;
}

/** The options, read. */
export interface InvitePlan {
  readonly uri: SipUri;
  readonly from: NameAddr;
  readonly to: NameAddr;
  readonly proxy: SipUri | undefined;
  readonly headers: readonly (readonly [string, string])[];
}

type PlanResult = Result<InvitePlan, { readonly message: string }>;

/** @throws TypeError for line breaks and for headers that are the stack's own. */
export function planInvite(options: InviteOptions): PlanResult {
  const headers = extraHeaders(options.headers ?? {});
  if (headers.some(([name]) => headerName(name).key === 'contact')) {
    throw new TypeError('The stack itself writes the header Contact');
  }
  for (const [what, text] of [
    ['uri', options.uri],
    ['from', options.from],
    ['to', options.to ?? ''],
    ['proxy', options.proxy ?? ''],
  ] as const) {
    refuseLineBreak(text, what);
  }
  const uri = parseSipUri(options.uri);
  if (!uri.ok) return uri;
  if (uri.value.host === '' && options.proxy === undefined) {
    return fail({ message: `Nowhere to send ${uri.value.scheme}: URI without a proxy` });
  }
  const from = parseNameAddr(options.from);
  if (!from.ok) return from;
  // Transport parameters have no business in To: RFC 3261 §19.1.1, table 1.
  const { headers: _headers, port: _port, ...plain } = uri.value;
  const to: ReturnType<typeof parseNameAddr> =
    options.to === undefined
      ? ok({ uri: { ...plain, params: new Map() }, params: new Map() })
      : parseNameAddr(options.to);
  if (!to.ok) return to;
  const proxy = options.proxy === undefined ? ok(undefined) : parseProxy(options.proxy);
  if (!proxy.ok) return proxy;
  return ok({ uri: uri.value, from: from.value, to: to.value, proxy: proxy.value, headers });
}

/** Reads `host:port` or a SIP URI, as a loose router. */
export function parseProxy(text: string): Result<SipUri, { readonly message: string }> {
  if (!/^sips?:/i.test(text)) {
    const address = parseHostPort(text);
    if (address === undefined) return fail({ message: `Not a proxy: ${text.slice(0, 80)}` });
    return ok({ scheme: 'sip', ...address, params: new Map([['lr', '']]) });
  }
  const parsed = parseSipUri(text);
  if (!parsed.ok) return parsed;
  return ok({ ...parsed.value, params: new Map([...parsed.value.params, ['lr', '']]) });
}

/** From with our tag, To as it is, and the Request-URI without headers, as text. */
export function inviteTexts(
  plan: InvitePlan,
  localTag: string,
): { readonly uri: string; readonly from: string; readonly to: string } {
  const { headers: _headers, ...uri } = plan.uri;
  return {
    uri: formatSipUri(uri),
    from: formatNameAddr(withParam(plan.from, 'tag', localTag)),
    to: formatNameAddr(plan.to),
  };
}
