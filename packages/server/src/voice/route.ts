import type { Sid } from '@tutti/ids';
import { parseSipUri } from '@tutti/sip';
import { refusal, type RequestError } from '../base/app-error.ts';
import type { TrunkGateway } from '../config/sip-trunk.ts';
import { userOfAddress } from './addresses.ts';
import type { VoiceContext } from './context.ts';
import type { RegisteredPhone } from './registrar.ts';

/** Where an INVITE to an address goes. */
export interface Route {
  readonly uri: string;
  readonly proxy?: string;
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly headers: Readonly<Record<string, string>>;
  /** The way a phone registered by. */
  readonly flow?: RegisteredPhone['flow'];
  /** Phones of the same name, which ring too. */
  readonly also?: readonly RegisteredPhone[];
  /** The gateway of the trunk that it goes to. */
  readonly gateway?: TrunkGateway;
  /** Taken one after another where those before cannot be reached. */
  readonly otherwise?: readonly Route[];
  /** It was named by a peer: no password of ours is for it. */
  readonly isForeign?: boolean;
}

export type RouteResult =
  | { readonly ok: true; readonly route: Route }
  | { readonly ok: false; readonly error: RequestError };

/**
 * Finds the way to `to`: a `sip:` URI is asked directly, at a SIP domain of the account the phones registered there; a number leaves by the gateways of the trunk, and without one reaches the
 * virtual phone of that number; a `client:` identity is a virtual phone of that name.
 */
export async function routeTo(
  context: VoiceContext,
  accountSid: Sid<'AC'>,
  to: string,
): Promise<RouteResult> {
  const { config, gateways, registrar } = context;
  if (/^sips?:/i.test(to)) return routeToUri(context, accountSid, to);
  const user = userOfAddress(to);
  if (to.startsWith('+') && config.trunk !== undefined) {
    const { proxy } = config.trunk;
    const [first, ...otherwise] = gateways.inOrder().map((each) => gatewayRoute(each, proxy, user));
    if (first !== undefined) return { ok: true, route: { ...first, otherwise } };
  }
  const [phone, ...also] = registrar.find(accountSid, user);
  if (phone !== undefined) {
    return { ok: true, route: { ...phone, headers: {}, ...(also.length > 0 ? { also } : {}) } };
  }
  return { ok: false, error: refusal('noRouteToNumber', { to }) };
}

/** The way by one gateway of the trunk to a number behind it. */
export function gatewayRoute(
  gateway: TrunkGateway,
  proxy: string | undefined,
  number: string,
): Route {
  const { uri, credentials } = gateway;
  return {
    uri: uri.replace(/^(sips?:)/i, `$1${number}@`),
    headers: {},
    gateway,
    ...(proxy === undefined ? {} : { proxy }),
    ...(credentials === undefined
      ? {}
      : {
          credentials: {
            username: credentials.username,
            password: credentials.password.reveal(),
          },
        }),
  };
}

/** Headers of the URI that begin with X- go into the INVITE. Twilio: voice/twiml/sip#custom-headers */
async function routeToUri(
  { domains, registrar }: VoiceContext,
  accountSid: Sid<'AC'>,
  to: string,
): Promise<RouteResult> {
  const question = to.indexOf('?');
  const uri = question === -1 ? to : to.slice(0, question);
  const parsed = parseSipUri(uri);
  if (!parsed.ok) {
    return {
      ok: false,
      error: refusal('dialInvalidSip', { given: to, problem: parsed.error.message }),
    };
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(question === -1 ? '' : to.slice(question + 1))) {
    if (/^X-[A-Za-z0-9-]+$/i.test(name)) headers[name] = value.replaceAll(/[\r\n]/g, ' ');
  }
  const { host, user } = parsed.value;
  const domain = await domains.find(host);
  // A stranger's domain is reached like any other, and asks who calls.
  if (domain?.accountSid !== accountSid) return { ok: true, route: { uri, headers } };
  if (user === undefined) return { ok: false, error: refusal('sipNoUsername', { to }) };
  const [phone, ...also] = registrar.find(domain.sid, user);
  if (phone !== undefined) {
    return { ok: true, route: { ...phone, headers, ...(also.length > 0 ? { also } : {}) } };
  }
  const hint =
    domain.sipRegistration === 1
      ? `Let it register as ${user}@${domain.domainName} with a username of a credential list mapped under Auth/Registrations.`
      : `Phones cannot register there: set SipRegistration=true on ${domain.sid}.`;
  return { ok: false, error: refusal('sipNotRegistered', { to, hint }) };
}
