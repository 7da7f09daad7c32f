import { lookup as resolve, type LookupAddress, type LookupOptions } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { listOf, type AllowedCallbacks } from '../config/networks.ts';

/** Keeps requests away from addresses that are nobody's on the internet. */
export interface AddressGuard {
  /** Resolves names for connections: to the addresses that may be connected to, and fails when there is none. */
  readonly lookup: LookupFunction;
  /** What is wrong with a host that is an address already, and so is never looked up. */
  refusalOf(hostname: string): AddressRefused | undefined;
}

/** A request that was not made because of where it would have gone. */
export class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED';

  constructor(hostname: string, addresses: readonly string[]) {
    const at = addresses.join(', ');
    super(
      (isIP(hostname) === 0 ? `The host ${hostname} is at ${at}` : `It goes to ${hostname}`) +
        `, which is no address of the public internet. If this receiver is meant, ` +
        `set TUTTI_CALLBACK_ALLOW=${hostname} and restart the server.`,
    );
  }
}

/**
 * Networks that a stranger's URL must not lead to: this host, private, shared, link-local, documentation, benchmark,
 * multicast and reserved ones. RFC 6890 and the registries it made, iana-ipv4-special-registry.
 */
const closedV4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;

/** iana-ipv6-special-registry; of `2001::/23` among others Teredo, which wraps IPv4 addresses. */
const closedV6 = [
  // Unspecified, loopback, and IPv4-compatible.
  ['::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const;

function closedNetworks(): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of closedV4) {
    // An IPv4-mapped address is checked by the rules of IPv4.
    list.addSubnet(address, prefix, 'ipv4');
    // The same behind a translator (RFC 6052 §2.1) and in a tunnel (RFC 3056 §2).
    list.addSubnet(`64:ff9b::${address}`, 96 + prefix, 'ipv6');
    list.addSubnet(`2002:${hexadecimal(address)}::`, 16 + prefix, 'ipv6');
  }
  for (const [address, prefix] of closedV6) list.addSubnet(address, prefix, 'ipv6');
  return list;
}

function hexadecimal(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

/** A guard that lets through what is public, and what `allowed` names. */
export function guardAddresses({ hosts, networks }: AllowedCallbacks): AddressGuard {
  const closed = closedNetworks();
  const opened = listOf(networks);
  const isOpen = (address: string): boolean => {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    return !closed.check(address, family) || opened.check(address, family);
  };

  const lookup: LookupFunction = (hostname, options, answer) => {
    // All of them, however many are wanted: the first may be closed and another open.
    const wanted: LookupOptions & { all: true } = { ...options, all: true };
    resolve(hostname, wanted, (error, found) => {
      if (error !== null) {
        answer(error, []);
        return;
      }
      const usable = hosts.includes(hostname.toLowerCase())
        ? found
        : found.filter(({ address }) => isOpen(address));
      const [first] = usable;
      if (first === undefined) answer(new AddressRefused(hostname, addressesOf(found)), []);
      else if (options.all === true) answer(null, usable);
      else answer(null, first.address, first.family);
    });
  };
  return {
    lookup,
    refusalOf: (hostname) =>
      isIP(hostname) === 0 || isOpen(hostname) ? undefined : new AddressRefused(hostname, []),
  };
}

function addressesOf(found: readonly LookupAddress[]): string[] {
  return found.map(({ address }) => address);
}
