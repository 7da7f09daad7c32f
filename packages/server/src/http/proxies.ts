import type { IncomingHttpHeaders } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { listOf, type Network } from '../config/networks.ts';

/** Whether what an address says of its clients is taken for true. */
export type IsProxy = (address: string | undefined) => boolean;

/** Undefined where nobody is trusted: then nothing is asked of any request. */
export function proxiesIn(networks: readonly Network[]): IsProxy | undefined {
  if (networks.length === 0) return undefined;
  const list = listOf(networks);
  return (address = '') => {
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
  };
}

/** The address of the client, an IPv4 address as such: a socket for both families writes it as RFC 4291 §2.5.5.2 has it. */
export function clientAddress({
  ip,
  socket,
}: {
  /** As the framework finds it: beyond the proxies, where there are any. */
  readonly ip: string | undefined;
  readonly socket: Socket;
}): string {
  // Proxies may write anything, as `unknown`.
  const address = ip !== undefined && isIP(ip) !== 0 ? ip : (socket.remoteAddress ?? '');
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}

/** Scheme and host that the client named to the proxy; of several values the last, which the nearest proxy wrote. */
export function askedThroughProxy(headers: IncomingHttpHeaders): {
  readonly isSecure: boolean;
  readonly host: string | undefined;
} {
  const host = lastOf(headers['x-forwarded-host']);
  return {
    isSecure: lastOf(headers['x-forwarded-proto'])?.toLowerCase() === 'https',
    host: host !== undefined && /^[\w.:[\]-]+$/.test(host) ? host : undefined,
  };
}

function lastOf(value: string | string[] | undefined): string | undefined {
  return String(value ?? '')
    .split(',')
    .at(-1)
    ?.trim();
}
