import dns, { type SrvRecord } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { randomInt } from 'node:crypto';
import { isIP } from 'node:net';

import type { TransportKind } from './transport.ts';

/** A name server that says nothing must not hold a call up: twice so long at most. */
const DNS_TIMEOUT_MS = 1000;

/** Where a domain takes its SIP requests. */
export interface Located {
  readonly transport: TransportKind;
  readonly host: string;
  readonly port: number;
}

export interface Wanted {
  readonly name: string;
  /** The one the URI names; without it the domain chooses. */
  readonly transport: TransportKind | undefined;
  /** A `sips` URI: nothing but TLS will do. */
  readonly secure: boolean;
}

/**
 * Asks NAPTR and SRV where a domain takes its SIP requests: RFC 3263 §4.1, §4.2. The servers in the order in which they
 * are to be tried; none when the domain says nothing, and its own addresses are to be asked.
 */
export async function locate(wanted: Wanted): Promise<readonly Located[]> {
  const { name } = wanted;
  // An address, and a name that is no domain's, have no such records.
  if (isIP(name) !== 0 || !name.includes('.')) return [];
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: 2 });
  // By the module: a name of its own would keep the servers of before `setServers`.
  resolver.setServers(dns.getServers());
  for (const { transport, service } of await servicesOf(resolver, wanted)) {
    const records = inOrder(await resolver.resolveSrv(service).catch(() => []));
    // A single dot says that there is no such service: RFC 2782.
    const servers = records.filter(({ name: host }) => host !== '' && host !== '.');
    if (servers.length > 0) {
      return servers.map(({ name: host, port }) => ({ transport, host, port }));
    }
  }
  return [];
}

interface Service {
  readonly transport: TransportKind;
  /** The name of its SRV records. */
  readonly service: string;
}

const NAPTR_SERVICES: Readonly<Record<string, TransportKind>> = {
  'sip+d2u': 'udp',
  'sip+d2t': 'tcp',
  'sips+d2t': 'tls',
};

async function servicesOf(resolver: Resolver, wanted: Wanted): Promise<readonly Service[]> {
  const { name, transport, secure } = wanted;
  if (secure || transport !== undefined) return [plainService(secure ? 'tls' : transport, name)];
  const records = await resolver.resolveNaptr(name).catch(() => []);
  const told = records
    .toSorted((one, other) => one.order - other.order || one.preference - other.preference)
    .flatMap(({ flags, service, replacement }): Service[] => {
      const offered = NAPTR_SERVICES[service.toLowerCase()];
      return offered !== undefined && flags.toLowerCase() === 's'
        ? [{ transport: offered, service: replacement }]
        : [];
    });
  return told.length > 0 ? told : (['udp', 'tcp'] as const).map((each) => plainService(each, name));
}

function plainService(transport: TransportKind = 'udp', name: string): Service {
  const prefix = { udp: '_sip._udp', tcp: '_sip._tcp', tls: '_sips._tcp' }[transport];
  return { transport, service: `${prefix}.${name}` };
}

// The lowest priority first, of one priority drawn by weight: RFC 2782.
function inOrder(records: readonly SrvRecord[]): readonly SrvRecord[] {
  const left = [...records];
  const drawn: SrvRecord[] = [];
  while (left.length > 0) {
    const priority = Math.min(...left.map((record) => record.priority));
    const equals = left.filter((record) => record.priority === priority);
    // One more, so that those of weight 0 have a small chance too.
    const sum = equals.reduce((total, { weight }) => total + weight + 1, 0);
    let ticket = randomInt(sum);
    const next = equals.find(({ weight }) => (ticket -= weight + 1) < 0) ?? equals[0];
    if (next === undefined) break;
    drawn.push(next);
    left.splice(left.indexOf(next), 1);
  }
  return drawn;
}
