import { BlockList, isIP } from 'node:net';
import type { EnvName } from './env.ts';

/** Where callbacks may go although a guard keeps others out. */
export interface AllowedCallbacks {
  /** Names in lower case, whatever they resolve to. */
  readonly hosts: readonly string[];
  readonly networks: readonly Network[];
}

export interface Network {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Reads `10.1.2.0/24,fd00::1,hooks.lan`; what is neither a network, an address nor a host is a problem. */
export function readAllowedCallbacks(text: string): {
  readonly allowed: AllowedCallbacks;
  readonly problems: readonly string[];
} {
  const hosts: string[] = [];
  const networks: Network[] = [];
  const problems: string[] = [];
  for (const part of text.split(',').map((each) => each.trim())) {
    if (part === '') continue;
    const network = readNetwork(part);
    if (network !== undefined) networks.push(network);
    else if (isHostName(part)) hosts.push(part.toLowerCase());
    else {
      problems.push(
        `TUTTI_CALLBACK_ALLOW=${part}: expected networks, addresses or host names without scheme and port, as 10.1.2.0/24,hooks.lan`,
      );
    }
  }
  return { allowed: { hosts, networks }, problems };
}

/** Reads `10.1.2.0/24,fd00::1` of the variable `name`. */
export function readNetworks(
  name: EnvName,
  text: string,
): { readonly networks: readonly Network[]; readonly problems: readonly string[] } {
  const networks: Network[] = [];
  const problems: string[] = [];
  for (const part of text.split(',').map((each) => each.trim())) {
    if (part === '') continue;
    const network = readNetwork(part);
    if (network !== undefined) networks.push(network);
    else problems.push(`${name}=${part}: expected networks and addresses, as 10.1.2.0/24,fd00::1`);
  }
  return { networks, problems };
}

/** What addresses are checked against; an IPv4-mapped one by the networks of IPv4. */
export function listOf(networks: readonly Network[]): BlockList {
  const list = new BlockList();
  for (const { address, prefix, family } of networks) list.addSubnet(address, prefix, family);
  return list;
}

function readNetwork(text: string): Network | undefined {
  const [address = '', bits, ...more] = text.replace(/^\[(.*)\]$/, '$1').split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return undefined;
  const widest = version === 4 ? 32 : 128;
  const prefix = bits === undefined ? widest : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
  if (prefix < 0 || prefix > widest) return undefined;
  return { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' };
}

/** A name whose last label is not all digits: that would be an address, and a wrong one. RFC 1123 §2.1 */
function isHostName(text: string): boolean {
  return /^(?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.)*(?!\d+$)[a-z0-9_][a-z0-9_-]{0,62}$/i.test(text);
}
