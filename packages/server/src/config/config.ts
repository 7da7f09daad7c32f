import { isSid, type Sid } from '@tutti/ids';
import { Cron } from 'croner';
import { parseUrl } from '../base/parse-url.ts';
import type { Env, EnvName } from './env.ts';
import {
  readAllowedCallbacks,
  readNetworks,
  type AllowedCallbacks,
  type Network,
} from './networks.ts';
import { retentions, type RetentionDays } from './retention.ts';
import { Secret } from './secret.ts';
import { readSipTls, type SipTls } from './sip-tls.ts';
import { readSipTrunk, type SipTrunk } from './sip-trunk.ts';
import { readRecognition, readSynthesis, type Recognition, type Synthesis } from './speech.ts';

/** Everything the server can be told, checked and with defaults filled in. `docs/configuration.md` */
export interface Config {
  /**
   * In production requests to customers' URLs do not go to private addresses. Default development on a loopback host,
   * production on any other.
   */
  readonly mode: 'development' | 'production';
  /** Where such requests may go all the same. */
  readonly allowedCallbacks: AllowedCallbacks;
  /** Reverse proxies whose X-Forwarded-For, -Proto and -Host are believed. Default none. */
  readonly trustedProxies: readonly Network[];
  /** Address that HTTP, SIP and RTP listen on. Default 127.0.0.1. */
  readonly host: string;
  /** HTTP port, 0 = any free. Default 8080. */
  readonly port: number;
  /** What URLs of this server begin with that others are sent. Absent: the address that HTTP listens on. */
  readonly publicUrl: string | undefined;
  /** SIP port for UDP and TCP, 0 = any free. Default 5060. */
  readonly sipPort: number;
  readonly sipTls: SipTls;
  /** Host named in SIP and SDP when peers must reach us by another address than `host`. */
  readonly advertisedHost: string;
  /** UDP ports for RTP, or any free one. */
  readonly rtpPorts: { readonly min: number; readonly max: number } | undefined;
  /** A call whose peer sends no sound for so long, and is not on hold, ends; 0: it goes on. Default 60 s. */
  readonly silenceMs: number;
  readonly store:
    | { readonly kind: 'memory' }
    | { readonly kind: 'file'; readonly directory: string }
    /** Rows are in PostgreSQL; files, as recordings, are in the directory. */
    | { readonly kind: 'postgres'; readonly url: Secret; readonly directory: string };
  /** Where `credentials.env` is written. Absent in memory mode unless a directory was named. */
  readonly directory: string | undefined;
  readonly trunk: SipTrunk | undefined;
  /** What speaks. Default the program espeak-ng. */
  readonly synthesis: Synthesis;
  /** What hears words. Default the program pocketsphinx_continuous. */
  readonly recognition: Recognition;
  /** Refuse requests with parameters nobody reads, for all requests. */
  readonly strict: boolean;
  /** What one account may ask at once; 0: as much as it likes. */
  readonly accountLimits: {
    /** Requests under way. Default 500. */
    readonly concurrentRequests: number;
    /** Requests in a second. Default 0. */
    readonly requestsPerSecond: number;
  };
  /** How long live calls may go on when the server is told to stop. Default 0. */
  readonly drainSec: number;
  readonly logLevel: string;
  readonly retention: RetentionDays;
  /** When all accounts are audited, as cron writes it, in the local time zone; undefined for never. */
  readonly auditCron: string | undefined;
  /** Credentials the first account gets at the first start. */
  readonly firstAccount: { readonly accountSid: Sid<'AC'>; readonly authToken: Secret } | undefined;
}

export type ConfigResult =
  | { readonly ok: true; readonly value: Config }
  | { readonly ok: false; readonly problems: readonly string[] };

/** A century: enough for anybody who does not mean for ever. */
const RETENTION_MAX_DAYS = 36_500;

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/** Reads a configuration out of `env`; every problem is listed, not only the first. */
export function readConfig(env: Env): ConfigResult {
  const problems: string[] = [];

  const integer = (name: EnvName, fallback: number, max: number): number => {
    const text = env[name];
    if (text === undefined) return fallback;
    const value = Number(text);
    if (/^\d+$/.test(text) && value <= max) return value;
    problems.push(`${name}=${text}: expected a whole number from 0 to ${max}`);
    return fallback;
  };
  const flag = (name: EnvName): boolean => {
    const text = env[name]?.toLowerCase();
    if (text === undefined || ['0', 'false', 'no', 'off'].includes(text)) return false;
    if (['1', 'true', 'yes', 'on'].includes(text)) return true;
    problems.push(`${name}=${text}: expected true or false`);
    return false;
  };

  const host = env.TUTTI_HOST ?? '127.0.0.1';
  const mode = env.TUTTI_MODE ?? (isLoopback(host) ? 'development' : 'production');
  if (mode !== 'development' && mode !== 'production') {
    problems.push(`TUTTI_MODE=${mode}: expected development or production`);
  }
  const callbacks = readAllowedCallbacks(env.TUTTI_CALLBACK_ALLOW ?? '');
  const proxies = readNetworks('TUTTI_TRUSTED_PROXIES', env.TUTTI_TRUSTED_PROXIES ?? '');
  problems.push(...callbacks.problems, ...proxies.problems);
  const ephemeral = flag('TUTTI_EPHEMERAL');
  const directory = env.TUTTI_DATA ?? (ephemeral ? undefined : '.tutti');

  let store: Config['store'] =
    ephemeral || directory === undefined ? { kind: 'memory' } : { kind: 'file', directory };
  if (env.TUTTI_DATABASE_URL !== undefined) {
    // The value may hold a password, so the problem does not repeat it.
    if (!isPostgresUrl(env.TUTTI_DATABASE_URL)) {
      problems.push('TUTTI_DATABASE_URL: expected postgres://user:password@host:port/database');
    }
    if (ephemeral) {
      problems.push(
        'TUTTI_DATABASE_URL and TUTTI_EPHEMERAL exclude each other: a database in memory is none in PostgreSQL',
      );
    } else if (directory !== undefined) {
      store = { kind: 'postgres', url: new Secret(env.TUTTI_DATABASE_URL), directory };
    }
  }

  const logLevel = env.TUTTI_LOG_LEVEL ?? 'warn';
  if (!logLevels.includes(logLevel)) {
    problems.push(`TUTTI_LOG_LEVEL=${logLevel}: expected one of ${logLevels.join(', ')}`);
  }

  let rtpPorts: Config['rtpPorts'];
  if (env.TUTTI_RTP_PORTS !== undefined) {
    const match = /^(\d+)-(\d+)$/.exec(env.TUTTI_RTP_PORTS);
    const min = Number(match?.[1]);
    const max = Number(match?.[2]);
    if (match !== null && min >= 1024 && max <= 65_535 && max > min) rtpPorts = { min, max };
    else
      problems.push(`TUTTI_RTP_PORTS=${env.TUTTI_RTP_PORTS}: expected two ports, as 10000-20000`);
  }

  const sipTls = readSipTls(env);
  const recognition = readRecognition(env);
  const synthesis = readSynthesis(env);
  problems.push(...sipTls.problems, ...recognition.problems, ...synthesis.problems);

  const trunk = readSipTrunk(env);
  problems.push(...trunk.problems);

  const publicUrl = env.TUTTI_PUBLIC_URL;
  if (publicUrl !== undefined && !/^https?:\/\/[^/?#]+(?:\/[^?#]*)?$/i.test(publicUrl)) {
    problems.push(
      `TUTTI_PUBLIC_URL=${publicUrl}: expected an address, as https://tutti.example.com`,
    );
  }

  const auditCron = env.TUTTI_AUDIT_CRON;
  if (auditCron !== undefined && !isCronPattern(auditCron)) {
    problems.push(
      `TUTTI_AUDIT_CRON=${auditCron}: expected minute, hour, day, month and weekday, as 0 3 * * * for every night at three`,
    );
  }

  let firstAccount: Config['firstAccount'];
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken } = env;
  if (accountSid !== undefined && authToken !== undefined) {
    if (!isSid(accountSid, 'AC')) {
      problems.push(`TWILIO_ACCOUNT_SID=${accountSid}: expected AC and 32 hexadecimal digits`);
    } else {
      firstAccount = { accountSid, authToken: new Secret(authToken) };
    }
  }

  const days = (name: keyof typeof retentions): number => {
    const { variable, defaultDays } = retentions[name];
    return integer(variable, defaultDays, RETENTION_MAX_DAYS);
  };

  const config = Object.freeze<Config>({
    mode: mode === 'development' ? mode : 'production',
    allowedCallbacks: callbacks.allowed,
    trustedProxies: proxies.networks,
    host,
    port: integer('TUTTI_PORT', 8080, 65_535),
    publicUrl: publicUrl?.replace(/\/+$/, ''),
    sipPort: integer('TUTTI_SIP_PORT', 5060, 65_535),
    sipTls: sipTls.value,
    advertisedHost: env.TUTTI_ADVERTISED_HOST ?? (host === '0.0.0.0' ? '127.0.0.1' : host),
    rtpPorts,
    silenceMs: 1000 * integer('TUTTI_SILENCE_SECONDS', 60, 86_400),
    store,
    directory,
    trunk: trunk.value,
    synthesis: synthesis.value,
    recognition: recognition.value,
    strict: flag('TUTTI_STRICT'),
    accountLimits: {
      concurrentRequests: integer('TUTTI_CONCURRENT_REQUESTS', 500, 1_000_000),
      requestsPerSecond: integer('TUTTI_REQUESTS_PER_SECOND', 0, 1_000_000),
    },
    drainSec: integer('TUTTI_DRAIN_SECONDS', 0, 86_400),
    logLevel,
    retention: {
      deliveries: days('deliveries'),
      alerts: days('alerts'),
      events: days('events'),
      audits: days('audits'),
      sids: days('sids'),
      deletedRecordings: days('deletedRecordings'),
      calls: days('calls'),
    },
    auditCron,
    firstAccount,
  });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: config };
}

/** Whether it names moments, and any to come. */
function isCronPattern(text: string): boolean {
  try {
    return new Cron(text, { paused: true }).nextRun() !== null;
  } catch {
    return false;
  }
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|::1|127(?:\.\d{1,3}){3})$/i.test(host);
}

function isPostgresUrl(text: string): boolean {
  const url = parseUrl(text);
  if (url === undefined) return false;
  const { protocol, pathname } = url;
  return ['postgres:', 'postgresql:'].includes(protocol) && pathname.length > 1;
}
