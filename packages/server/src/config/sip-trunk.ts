import { parseSipUri } from '@tutti/sip';
import type { Env } from './env.ts';
import { Secret } from './secret.ts';

const PRIORITY_MAX = 65_535;
const DEFAULT_WEIGHT = 10;
const EXPECTED =
  'expected sip:host:port, with ;transport=tcp or tls, ;priority=0 to 65535 and ;weight=1 to 65535 where wanted, or sips:host:port; several with commas between them';

/** One way out to the telephone network. */
export interface TrunkGateway {
  /** `sip:host:port`, with its transport where it names one. */
  readonly uri: string;
  /** The lowest is tried first; default: its place in the list. */
  readonly priority: number;
  /** How often it is tried first among those of one priority; default 10. */
  readonly weight: number;
  /** Its own, else those of the whole trunk. */
  readonly credentials: TrunkCredentials | undefined;
}

interface TrunkCredentials {
  readonly username: string;
  readonly password: Secret;
}

/** Where calls to phone numbers leave. */
export interface SipTrunk {
  /** At least one. */
  readonly gateways: readonly TrunkGateway[];
  /** A SIP URI: requests to every gateway go through it. */
  readonly proxy: string | undefined;
}

/** Reads the settings of the trunk, with all that is wrong with them. */
export function readSipTrunk(env: Env): {
  readonly value: SipTrunk | undefined;
  readonly problems: readonly string[];
} {
  const {
    TUTTI_SIP_TRUNK: list,
    TUTTI_SIP_TRUNK_PROXY: proxy,
    TUTTI_SIP_TRUNK_USERNAME: username,
    TUTTI_SIP_TRUNK_PASSWORD: password,
  } = env;
  const problems: string[] = [];
  if ((username === undefined) !== (password === undefined)) {
    problems.push(
      'TUTTI_SIP_TRUNK_USERNAME and TUTTI_SIP_TRUNK_PASSWORD go together: set both or neither',
    );
  }
  const proxyUri = proxy === undefined ? undefined : withScheme(proxy);
  if (proxy !== undefined && proxyUri !== undefined && !isHop(proxyUri)) {
    problems.push(
      `TUTTI_SIP_TRUNK_PROXY=${withoutUser(proxy)}: expected sip:host:port, with ;transport=tcp or tls where wanted, or sips:host:port`,
    );
  }
  if (list === undefined) {
    if (proxy !== undefined) {
      problems.push('TUTTI_SIP_TRUNK_PROXY needs TUTTI_SIP_TRUNK: it is the way to its gateways');
    }
    return { value: undefined, problems };
  }
  const shared =
    username === undefined || password === undefined
      ? undefined
      : { username, password: new Secret(password) };
  const gateways = list
    .split(',')
    .map((text, index) => readGateway(text.trim(), index + 1, shared));
  for (const [index, gateway] of gateways.entries()) {
    if (gateway !== undefined) continue;
    const given = withoutUser(list.split(',')[index]?.trim() ?? '');
    problems.push(`TUTTI_SIP_TRUNK=${given}: ${EXPECTED}`);
  }
  const value = { gateways: gateways.filter((each) => each !== undefined), proxy: proxyUri };
  return { value, problems };
}

function readGateway(
  text: string,
  place: number,
  shared: TrunkCredentials | undefined,
): TrunkGateway | undefined {
  const whole = withScheme(text);
  const own = /^sips?:([^\s@:;?]+):([^\s@;?]+)@/i.exec(whole);
  const plain =
    own === null ? whole : whole.replace(own[0], own[0].slice(0, own[0].indexOf(':') + 1));
  const [address = '', ...params] = plain.split(';');
  const rest: string[] = [];
  let priority = place;
  let weight = DEFAULT_WEIGHT;
  for (const param of params) {
    const [name = '', value = ''] = param.split('=');
    const number = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
    if (name.toLowerCase() === 'priority') priority = number;
    else if (name.toLowerCase() === 'weight') weight = number;
    else rest.push(`;${param}`);
  }
  const uri = address + rest.join('');
  const isGood = isHop(uri) && priority <= PRIORITY_MAX && weight >= 1 && weight <= PRIORITY_MAX;
  if (!isGood) return undefined;
  const username = unescaped(own?.[1]);
  const password = unescaped(own?.[2]);
  const credentials =
    username === undefined || password === undefined
      ? shared
      : { username, password: new Secret(password) };
  return { uri, priority, weight, credentials };
}

function withScheme(text: string): string {
  return /^sips?:/i.test(text) ? text : `sip:${text}`;
}

/** A host, a port and a transport: `user@` is put before them, and the whole into a request. */
function isHop(text: string): boolean {
  if (!/^sips?:[^\s@;?]+(?:;transport=(?:udp|tcp|tls))?$/i.test(text)) return false;
  const uri = parseSipUri(text);
  return uri.ok && uri.value.port !== 0;
}

/** As it may be shown: what is before the host may be a password. */
function withoutUser(text: string): string {
  return text.replace(/^(sips?:)?.*@/i, '$1…@');
}

function unescaped(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return text;
  }
}
