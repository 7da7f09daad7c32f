/** What an attempt may fail with and be repeated for. */
export type RetryOn = '4xx' | '5xx' | 'ct' | 'rt';

/** How one webhook URL wants to be called. */
export interface Connection {
  /** Longest wait for the TCP connection. */
  readonly connectMs: number;
  /** Longest silence once connected: before the answer's first byte, and between its packets. */
  readonly readMs: number;
  /** Longest time for everything, retries included. */
  readonly totalMs: number;
  /** How often a failed request is repeated. */
  readonly retries: number;
  readonly retryOn: ReadonlySet<RetryOn>;
  /** Whether the host is named in the TLS handshake. */
  readonly sni: boolean;
}

/** A part of the fragment that could not be used, so that its default applies. */
export interface OverrideWarning {
  /** Twilio's number for it: 11240 edge, 11243 retry policy, 11100 anything else in the URL. */
  readonly code: 11100 | 11240 | 11243;
  readonly text: string;
}

/** Twilio: usage/webhooks/webhooks-connection-overrides#connection-overrides */
export const defaultConnection: Connection = {
  connectMs: 5000,
  readMs: 15_000,
  totalMs: 15_000,
  retries: 1,
  retryOn: new Set(['ct']),
  sni: true,
};

const numbers = {
  ct: { field: 'connectMs', min: 100, max: 10_000 },
  rt: { field: 'readMs', min: 100, max: 15_000 },
  tt: { field: 'totalMs', min: 100, max: 15_000 },
  rc: { field: 'retries', min: 0, max: 5 },
} as const;

const policies: readonly RetryOn[] = ['4xx', '5xx', 'ct', 'rt'];

const cities = 'ashburn|dublin|frankfurt|sao-paulo|singapore|sydney|tokyo|umatilla';
const edgeName = new RegExp(`^(?:${cities})(?:-ix)?$`);

/**
 * Reads `ct=500&rc=2&rp=5xx,ct` over `defaults`. What is out of range or unknown keeps its default and is
 * reported. Edges are checked and have no effect: this server calls from where it stands.
 *
 * Twilio: usage/webhooks/webhooks-connection-overrides
 */
export function readOverrides(
  fragment: string,
  defaults: Connection,
): { readonly connection: Connection; readonly warnings: readonly OverrideWarning[] } {
  let connection = defaults;
  const warnings: OverrideWarning[] = [];
  for (const pair of fragment.split('&')) {
    const equals = pair.indexOf('=');
    // An ordinary anchor (#top) is no override.
    if (equals === -1) continue;
    const key = pair.slice(0, equals);
    const value = pair.slice(equals + 1);
    const read = readOverride(key, value);
    if ('code' in read) warnings.push(read);
    else connection = { ...connection, ...read };
  }
  return { connection, warnings };
}

function readOverride(key: string, value: string): Partial<Connection> | OverrideWarning {
  if (key === 'ct' || key === 'rt' || key === 'tt' || key === 'rc') {
    const { field, min, max } = numbers[key];
    const number = /^\d{1,6}$/.test(value) ? Number(value) : -1;
    if (number >= min && number <= max) return { [field]: number };
    return unused(11100, key, value, `a whole number from ${min} to ${max}`);
  }
  if (key === 'rp') {
    const named = value.split(',');
    const retryOn = policies.filter((policy) => named.includes(policy) || named.includes('all'));
    const known = named.every((name) => name === 'all' || policies.some((each) => each === name));
    if (known) return { retryOn: new Set(retryOn) };
    return unused(11243, key, value, 'a comma-separated list of 4xx, 5xx, ct, rt and all');
  }
  if (key === 'sni') {
    if (value === 'y' || value === 'n') return { sni: value === 'y' };
    return unused(11100, key, value, 'y or n');
  }
  if (key === 'e') {
    if (value.split(',').every((name) => edgeName.test(name))) return {};
    return unused(11240, key, value, `a comma-separated list of ${cities.replaceAll('|', ', ')}`);
  }
  return unused(11100, key, value, 'one of the keys ct, rt, tt, rc, rp, sni and e');
}

function unused(
  code: OverrideWarning['code'],
  key: string,
  value: string,
  expected: string,
): OverrideWarning {
  const text = `The connection override ${key}=${value} is not used: expected ${expected}.`;
  return { code, text };
}
