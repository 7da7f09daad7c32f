import type { Sid } from '@tutti/ids';
import { parseSipUri } from '@tutti/sip';
import { refusal, type RequestError } from '../base/app-error.ts';
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
}

export type RouteResult =
  | { readonly ok: true; readonly route: Route }
  | { readonly ok: false; readonly error: RequestError };

/**
 * Finds the way to `to`: a `sip:` URI is asked directly; a number leaves by the trunk, and without one reaches the
 * virtual phone of that number; a `client:` identity is a virtual phone of that name.
 */
export function routeTo(context: VoiceContext, accountSid: Sid<'AC'>, to: string): RouteResult {
  const { config, registrar } = context;
  if (/^sips?:/i.test(to)) return routeToUri(to);
  const user = userOfAddress(to);
  if (to.startsWith('+') && config.trunk !== undefined) {
    const { uri, credentials } = config.trunk;
    return {
      ok: true,
      route: {
        uri: uri.replace(/^(sips?:)/i, `$1${user}@`),
        headers: {},
        ...(credentials === undefined
          ? {}
          : {
              credentials: {
                username: credentials.username,
                password: credentials.password.reveal(),
              },
            }),
      },
    };
  }
  const [phone, ...also] = registrar.find(accountSid, user);
  if (phone !== undefined) {
    return { ok: true, route: { ...phone, headers: {}, ...(also.length > 0 ? { also } : {}) } };
  }
  return { ok: false, error: refusal('noRouteToNumber', { to }) };
}

/** Headers of the URI that begin with X- go into the INVITE. Twilio: voice/twiml/sip#custom-headers */
function routeToUri(to: string): RouteResult {
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
  return { ok: true, route: { uri, headers } };
}
