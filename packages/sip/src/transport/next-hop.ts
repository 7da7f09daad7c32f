import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

import { errorText, SipTransportError } from '../errors.ts';
import type { SipUri } from '../message/uri.ts';
import { locate } from './locate.ts';
import type { Remote, TransportKind } from './transport.ts';

// RFC 3261 §19.1.2.
const DEFAULT_PORT = 5060;
const DEFAULT_TLS_PORT = 5061;

/** The transport a URI asks for; `undefined` for one we do not speak (SCTP, WebSocket). */
export function transportOf(uri: SipUri): TransportKind | undefined {
  // Nothing but TLS is secure, whatever the parameter says: RFC 3261 §26.2.2.
  if (uri.scheme === 'sips') return 'tls';
  if (uri.scheme !== 'sip') return undefined;
  const asked = (uri.params.get('transport') ?? 'udp').toLowerCase();
  return asked === 'udp' || asked === 'tcp' || asked === 'tls' ? asked : undefined;
}

/** Servers one request is offered to, from the best on. */
const SERVERS_MAX = 10;

/**
 * Finds the addresses a request to `uri` may go to, in the order in which they are to be tried: RFC 3263 §4. A domain
 * without a port is asked for NAPTR and SRV records. Never empty.
 * @throws SipTransportError when the transport is not spoken or the name does not resolve.
 */
export async function resolveServers(uri: SipUri, family: 0 | 4): Promise<readonly Remote[]> {
  const transport = transportOf(uri);
  if (transport === undefined) {
    throw new SipTransportError(`No transport for ${uri.scheme}: URI`, { code: 'EPROTONOSUPPORT' });
  }
  // `maddr` overrides the host: RFC 3261 §19.1.1.
  const name = bareHost(uri.params.get('maddr') ?? uri.host);
  if (uri.port === undefined) {
    const asked = uri.params.has('transport') ? transport : undefined;
    const located = await locate({ name, transport: asked, secure: uri.scheme === 'sips' });
    const found = await Promise.all(
      located.slice(0, SERVERS_MAX).map(async (server) => {
        const hosts = await addressesOf(server.host, family).catch(() => []);
        return hosts.map((host) => remoteOf(uri, { ...server, host }));
      }),
    );
    const servers = found.flat().slice(0, SERVERS_MAX);
    if (servers.length > 0) return servers;
  }
  const port = uri.port ?? (transport === 'tls' ? DEFAULT_TLS_PORT : DEFAULT_PORT);
  try {
    if (isIP(name) !== 0) return [{ transport, host: name, port }];
    const hosts = await addressesOf(name, family);
    return hosts.slice(0, SERVERS_MAX).map((host) => remoteOf(uri, { transport, host, port }));
  } catch (cause) {
    throw new SipTransportError(`Cannot resolve ${name}: ${errorText(cause)}`, {
      code: 'ENOTFOUND',
      cause,
    });
  }
}

async function addressesOf(name: string, family: 0 | 4): Promise<readonly string[]> {
  if (isIP(name) !== 0) return [name];
  const found = await lookup(name, { family, all: true });
  return [...new Set(found.map(({ address }) => address))];
}

// The certificate is for the domain that was asked for, wherever DNS leads: RFC 5922 §4.
function remoteOf(uri: SipUri, remote: Remote): Remote {
  return remote.transport === 'tls' ? { ...remote, serverName: bareHost(uri.host) } : remote;
}

/** A host without the brackets of an IPv6 reference. */
export function bareHost(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

/** A host as a URI or a Via wants it. */
export function uriHost(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

// Networks no peer on another network can be reached in: RFC 1918, 3927, 6598, 4193, 4291.
const PRIVATE =
  /^(?:0\.|10\.|127\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|::1$)/i;

/** True for an address (not a name) that is no address of the public internet. */
export function isPrivateHost(host: string): boolean {
  const bare = bareHost(host);
  return isIP(bare) !== 0 && PRIVATE.test(bare);
}

/**
 * True when a phone that registered from `seen` names another address in its Contact, and so does not know its own: it
 * is behind NAT. Another port of a private host may be where an old phone listens, of a public one it is the NAT's.
 */
export function isSeenElsewhere(contact: SipUri, seen: Remote): boolean {
  const host = bareHost(contact.host);
  if (isIP(host) === 0) return false;
  const port = contact.port ?? DEFAULT_PORT;
  return host !== seen.host || (!isPrivateHost(host) && port !== seen.port);
}

/** True when `contact` is a private address other than the one its owner was seen at: NAT. */
export function isBehindNat(contact: SipUri, seen: Remote): boolean {
  return bareHost(contact.host) !== seen.host && isPrivateHost(contact.host);
}
