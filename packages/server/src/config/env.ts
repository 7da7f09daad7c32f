import { nearestName } from '@tutti/ids';

/** Every environment variable the server reads. `docs/configuration.md` lists the same names (a test compares them). */
export const envNames = [
  'TUTTI_MODE',
  'TUTTI_HOST',
  'TUTTI_PORT',
  'TUTTI_PUBLIC_URL',
  'TUTTI_SIP_PORT',
  'TUTTI_SIP_TLS_PORT',
  'TUTTI_SIP_TLS_CERT',
  'TUTTI_SIP_TLS_KEY',
  'TUTTI_SIP_TLS_CA',
  'TUTTI_ADVERTISED_HOST',
  'TUTTI_RTP_PORTS',
  'TUTTI_SILENCE_SECONDS',
  'TUTTI_DATA',
  'TUTTI_EPHEMERAL',
  'TUTTI_DATABASE_URL',
  'TUTTI_CALLBACK_ALLOW',
  'TUTTI_TRUSTED_PROXIES',
  'TUTTI_SIP_TRUNK',
  'TUTTI_SIP_TRUNK_PROXY',
  'TUTTI_SIP_TRUNK_USERNAME',
  'TUTTI_SIP_TRUNK_PASSWORD',
  'TUTTI_SPEECH_COMMAND',
  'TUTTI_SPEECH_URL',
  'TUTTI_SPEECH_KEY',
  'TUTTI_SPEECH_MODEL',
  'TUTTI_SPEECH_VOICES',
  'TUTTI_ASR_COMMAND',
  'TUTTI_ASR_URL',
  'TUTTI_ASR_KEY',
  'TUTTI_ASR_MODEL',
  'TUTTI_STRICT',
  'TUTTI_CONCURRENT_REQUESTS',
  'TUTTI_REQUESTS_PER_SECOND',
  'TUTTI_DRAIN_SECONDS',
  'TUTTI_LOG_LEVEL',
  'TUTTI_AUDIT_CRON',
  'TUTTI_RETENTION_DELIVERIES',
  'TUTTI_RETENTION_ALERTS',
  'TUTTI_RETENTION_EVENTS',
  'TUTTI_RETENTION_AUDITS',
  'TUTTI_RETENTION_SIDS',
  'TUTTI_RETENTION_DELETED_RECORDINGS',
  'TUTTI_RETENTION_CALLS',
  'TWILIO_ACCOUNT_SID',
  'TWILIO_AUTH_TOKEN',
] as const;

export type EnvName = (typeof envNames)[number];
export type Env = Readonly<Partial<Record<EnvName, string>>>;

/** The process environment, the only read of it in the server. */
export function readEnv(): Env {
  const env: Partial<Record<EnvName, string>> = {};
  for (const name of envNames) {
    const value = process.env[name];
    if (value !== undefined && value !== '') env[name] = value;
  }
  return env;
}

/** Variables of Tutti that others read: clients, and the project's own tests. `docs/configuration.md` lists them, too. */
const othersNames = /^TUTTI_(?:URL$|REQUIRE_ALL$|TEST_|KILL_|FUZZ_|CALLS_SEED$)/;

/** A sentence for each variable that looks like a setting of the server and is none, as when its name is misspelt. */
export function unreadEnv(
  env: Readonly<Record<string, string | undefined>> = process.env,
): string[] {
  const known: ReadonlySet<string> = new Set(envNames);
  return Object.entries(env)
    .filter(([name, value]) => name.startsWith('TUTTI_') && value !== undefined && value !== '')
    .filter(([name]) => !known.has(name) && !othersNames.test(name))
    .map(([name]) => {
      const nearest = nearestName(name, envNames);
      const meant = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
      return `${name} is no setting, and nobody reads it.${meant}`;
    });
}
