import type { IncomingMessage } from 'node:http';
import { askedThroughProxy, type IsProxy } from './proxies.ts';

/** Products of Twilio that are served, and the first version segment of their paths. */
const products = ['accounts', 'api', 'conversations', 'insights', 'mcs', 'monitor'] as const;
type Product = (typeof products)[number];

/** How a request came: by `/<product>/…`, by `Host: <product>.twilio.com`, or bare. */
export interface Arrival {
  /** What URLs in the answer begin with: scheme, host and, when it came by one, the product prefix. */
  readonly base: string;
  /** Where this server's own pages are: a name under twilio.com leads a browser to Twilio. */
  readonly home: string;
  /** Path and query as the client sent them, less the prefix: `/v1/Conversations?PageSize=2`. */
  readonly target: string;
}

const arrivals = new WeakMap<IncomingMessage, Arrival>();

/** How `request` came; known once the router has asked `routeTarget`. */
export function arrivalOf(request: IncomingMessage): Arrival {
  return arrivals.get(request) ?? { base: '', home: '', target: request.url ?? '/' };
}

// `<product>[.edge].[region].twilio.com[:port]`. Twilio: global-infrastructure/edge-locations
const twilioHost = /^([a-z]+)(?:\.[a-z0-9-]+){0,2}\.twilio\.com(?::\d+)?$/i;

/**
 * The path the router knows, `/<product>/…` without `.json`, for a request that came by any of the three
 * forms. Remembers how it came; from a proxy, as the proxy tells it.
 */
export function routeTarget(request: IncomingMessage, isProxy?: IsProxy): string {
  const url = request.url ?? '/';
  const asked =
    isProxy?.(request.socket.remoteAddress) === true
      ? askedThroughProxy(request.headers)
      : undefined;
  const host = asked?.host ?? request.headers.host ?? 'localhost';
  const byHost = twilioHost.exec(host)?.[1]?.toLowerCase();
  if (byHost !== undefined && isProduct(byHost)) {
    // The client spoke https to that name; links must lead back the same way.
    arrivals.set(request, { base: `https://${host}`, home: ownOrigin(request), target: url });
    return `/${byHost}${routePath(request, byHost, url)}`;
  }
  const origin = `${asked?.isSecure === true ? 'https' : 'http'}://${host}`;
  const prefix = /^\/([a-z]+)(?=\/)/.exec(url)?.[1];
  if (prefix !== undefined && isProduct(prefix)) {
    const target = url.slice(prefix.length + 1);
    arrivals.set(request, { base: `${origin}/${prefix}`, home: origin, target });
    return `/${prefix}${routePath(request, prefix, target)}`;
  }
  arrivals.set(request, { base: origin, home: origin, target: url });
  const product = productOfBarePath(url);
  return product === undefined ? url : `/${product}${routePath(request, product, url)}`;
}

/** The address the connection came to. */
function ownOrigin({ socket }: IncomingMessage): string {
  const { localAddress = 'localhost', localPort = 80 } = socket;
  return `http://${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`;
}

function isProduct(text: string): text is Product {
  return (products as readonly string[]).includes(text);
}

function productOfBarePath(url: string): Product | undefined {
  if (url.startsWith('/2010-04-01/')) return 'api';
  if (!url.startsWith('/v1/')) return undefined;
  if (/^\/v1\/Services\/[^/?]+\/Media\//.test(url)) return 'mcs';
  if (url.startsWith('/v1/AuthTokens/')) return 'accounts';
  if (url.startsWith('/v1/Voice/')) return 'insights';
  return /^\/v1\/(Alerts|Events|Debugger)(?=[/?]|$)/.test(url) ? 'monitor' : 'conversations';
}

/** `/Accounts/AC…/Recordings/RE…`, and the name of a format but `json`, is the sound. Twilio: voice/api/recording#fetch-a-recordings-media-file */
const recordingMedia =
  /^(\/2010-04-01\/Accounts\/[^/]+)\/Recordings\/(RE[0-9a-f]{32}(?:\.(?!json$)\w+)?)$/;

/** NOTE: `.json` names the format in the 2010 API only; elsewhere it may be the end of a unique name. */
function routePath({ method }: IncomingMessage, product: Product, url: string): string {
  if (product !== 'api') return url;
  const query = url.indexOf('?');
  const path = query === -1 ? url : url.slice(0, query);
  const search = query === -1 ? '' : url.slice(query);
  const media = method === 'GET' ? recordingMedia.exec(path) : null;
  if (media !== null) return `${media[1] ?? ''}/RecordingMedia/${media[2] ?? ''}${search}`;
  return (path.endsWith('.json') ? path.slice(0, -'.json'.length) : path) + search;
}
