import { connect, createServer, isIP, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer, rootCertificates } from 'node:tls';

import { errorCode, errorText } from '../errors.ts';
import type { Remote } from './transport.ts';

/** How streams are listened for and opened: plainly, or under TLS. */
export interface StreamDriver {
  readonly kind: 'tcp' | 'tls';
  /** A server that tells of each connection by the event `opened`; `undefined` when none is wanted. */
  readonly server: Server | undefined;
  readonly opened: 'connection' | 'secureConnection';
  /** A socket that can be written to after the event `connected`. */
  connect(remote: Remote): Socket;
  readonly connected: 'connect' | 'secureConnect';
  /** What an error of a socket means. */
  explain(cause: unknown): string;
}

export function tcpDriver(): StreamDriver {
  return {
    kind: 'tcp',
    server: createServer(),
    opened: 'connection',
    connect: ({ host, port }) => connect({ host, port }),
    connected: 'connect',
    explain: errorText,
  };
}

/** SIP over TLS: RFC 3261 §26.3.1, with the identities of RFC 5922. */
export interface SipTlsOptions {
  /** Without it nobody can connect to us, but we to others. */
  readonly listen?: {
    /** 0 picks a free one. */
    readonly port: number;
    /** PEM, the whole chain. */
    readonly cert: string;
    /** PEM. */
    readonly key: string;
  };
  /** PEM of authorities that are trusted beside the well-known ones. */
  readonly ca?: string;
}

/** How long a peer may take to shake hands. */
const HANDSHAKE_MS = 10_000;

/** @throws Error when certificate or key cannot be used */
export function tlsDriver({ listen, ca }: SipTlsOptions): StreamDriver {
  const own = listen === undefined ? {} : { cert: listen.cert, key: listen.key };
  const trusted = ca === undefined ? {} : { ca: [...rootCertificates, ca] };
  return {
    kind: 'tls',
    server:
      listen === undefined
        ? undefined
        : createTlsServer({ ...own, handshakeTimeout: HANDSHAKE_MS, minVersion: 'TLSv1.2' }),
    opened: 'secureConnection',
    // The name the URI was written with is what the certificate must be for: RFC 5922 §7.2.
    connect: ({ host, port, serverName }) =>
      connectTls({
        ...own,
        ...trusted,
        host,
        port,
        minVersion: 'TLSv1.2',
        ...(serverName === undefined || isIP(serverName) !== 0 ? {} : { servername: serverName }),
      }),
    connected: 'secureConnect',
    explain: explainTls,
  };
}

function explainTls(cause: unknown): string {
  const code = errorCode(cause);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `its certificate is for another name: ${errorText(cause)}`;
  }
  return /CERT|SELF_SIGNED|ISSUER|UNABLE_TO|CRL/.test(code)
    ? `its certificate is not trusted: ${errorText(cause)} (${code})`
    : errorText(cause);
}
