import type { Env } from './env.ts';

const DEFAULT_PORT = 5061;

/** SIP over TLS. */
export interface SipTls {
  /** Where TLS is listened for; nowhere without a certificate. */
  readonly listen:
    { readonly port: number; readonly certFile: string; readonly keyFile: string } | undefined;
  /** Authorities that are trusted beside the well-known ones. */
  readonly caFile: string | undefined;
}

/** Reads the settings of SIP over TLS, with all that is wrong with them. */
export function readSipTls(env: Env): {
  readonly value: SipTls;
  readonly problems: readonly string[];
} {
  const {
    TUTTI_SIP_TLS_PORT: text = String(DEFAULT_PORT),
    TUTTI_SIP_TLS_CERT: certFile,
    TUTTI_SIP_TLS_KEY: keyFile,
    TUTTI_SIP_TLS_CA: caFile,
  } = env;
  const problems: string[] = [];
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) {
    problems.push(`TUTTI_SIP_TLS_PORT=${text}: expected a whole number from 0 to 65535`);
  }
  if ((certFile === undefined) !== (keyFile === undefined)) {
    problems.push('TUTTI_SIP_TLS_CERT and TUTTI_SIP_TLS_KEY go together: set both or neither');
  }
  if (env.TUTTI_SIP_TLS_PORT !== undefined && certFile === undefined && keyFile === undefined) {
    problems.push(
      'TUTTI_SIP_TLS_PORT needs a certificate: set TUTTI_SIP_TLS_CERT and TUTTI_SIP_TLS_KEY',
    );
  }
  const listen =
    certFile === undefined || keyFile === undefined ? undefined : { port, certFile, keyFile };
  return { value: { listen, caFile }, problems };
}
