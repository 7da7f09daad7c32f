import type { ErrorName } from '../base/error-catalogue.ts';
import { AddressRefused } from './address-guard.ts';
import type { RetryOn } from './overrides.ts';

/** Every way in which a request to a customer's URL can fail. */
export type FetchErrorName = Extract<
  ErrorName,
  | 'fetchBadUrl'
  | 'fetchAddressRefused'
  | 'fetchFailed'
  | 'fetchConnectTimeout'
  | 'fetchRefused'
  | 'fetchTimeout'
  | 'fetchBroken'
  | 'fetchProtocol'
  | 'fetchNoHost'
  | 'fetchRedirects'
  | 'fetchBadRedirect'
  | 'fetchTls'
  | 'fetchTlsHost'
  | 'fetchTlsExpired'
  | 'fetchTlsChain'
  | 'responseTooLarge'
>;

/** Why one exchange came to no answer. */
export interface Failure {
  readonly errorName: FetchErrorName;
  /** Fills `{problem}` of the catalogue's message. */
  readonly problem: string;
  /** The retry policy that covers it; absent when repeating the request cannot help. */
  readonly retryOn?: RetryOn;
}

/** How far an exchange had come. */
export type Stage = 'connecting' | 'securing' | 'waiting' | 'reading';

/** What a socket or parser error means for the exchange it ended at `stage`, with `size` bytes of body in. */
export function fromError(
  error: Error & { readonly code?: string },
  stage: Stage,
  peer: { readonly hostname: string; readonly port: number },
  size: number,
): Failure {
  if (error instanceof AddressRefused) {
    return { errorName: 'fetchAddressRefused', problem: error.message };
  }
  const code = error.code ?? error.message;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    const problem = `${peer.hostname} was not found in the DNS (${code})`;
    return { errorName: 'fetchNoHost', problem };
  }
  if (code.startsWith('HPE_')) {
    return { errorName: 'fetchProtocol', problem: `${error.message} (${code})` };
  }
  switch (stage) {
    case 'connecting':
      return notConnected(code, peer);
    case 'securing':
      return { errorName: tlsErrors[code] ?? 'fetchTls', problem: tlsProblem(error, code) };
    case 'waiting':
      return {
        errorName: 'fetchBroken',
        problem: `it was closed before an answer came (${code})`,
        retryOn: 'rt',
      };
    case 'reading':
      return {
        errorName: 'fetchBroken',
        problem: `the answer broke off after ${size} bytes of its body (${code})`,
        retryOn: 'rt',
      };
  }
}

function notConnected(
  code: string,
  peer: { readonly hostname: string; readonly port: number },
): Failure {
  const where = `Tried ${peer.hostname} port ${peer.port}.`;
  if (code === 'ECONNREFUSED') {
    return { errorName: 'fetchRefused', problem: where, retryOn: 'ct' };
  }
  if (code === 'ETIMEDOUT') {
    return { errorName: 'fetchConnectTimeout', problem: where, retryOn: 'ct' };
  }
  return { errorName: 'fetchBroken', problem: `it could not be made (${code})`, retryOn: 'ct' };
}

/** What Node says of a certificate: nodejs.org/api/tls.html#x509-certificate-error-codes */
const tlsErrors: Readonly<Record<string, FetchErrorName>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'fetchTlsHost',
  CERT_HAS_EXPIRED: 'fetchTlsExpired',
  CERT_NOT_YET_VALID: 'fetchTlsExpired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'fetchTlsChain',
  SELF_SIGNED_CERT_IN_CHAIN: 'fetchTlsChain',
  UNABLE_TO_GET_ISSUER_CERT: 'fetchTlsChain',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'fetchTlsChain',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'fetchTlsChain',
};

function tlsProblem(error: Error & { readonly reason?: string }, code: string): string {
  // The first bytes of a plain answer, read as a TLS record.
  if (/wrong version number|packet length too long/i.test(error.message)) {
    return `the port does not speak TLS (${code}). Is it an http:// URL?`;
  }
  return code === error.message ? code : `${error.reason ?? error.message} (${code})`;
}

/** `ms` went by at `stage` without a byte. Twilio: usage/webhooks/webhooks-connection-overrides#ct, #rt */
export function fromSilence(stage: Stage, ms: number, size: number): Failure {
  switch (stage) {
    case 'connecting':
      return {
        errorName: 'fetchConnectTimeout',
        problem: `It was not up within ${ms} ms.`,
        retryOn: 'ct',
      };
    case 'securing':
      return { errorName: 'fetchTls', problem: `it was not done within ${ms} ms`, retryOn: 'ct' };
    case 'waiting':
      return {
        errorName: 'fetchBroken',
        problem: `nothing was answered within ${ms} ms`,
        retryOn: 'rt',
      };
    case 'reading':
      return {
        errorName: 'fetchBroken',
        problem: `the answer stopped for ${ms} ms after ${size} bytes of its body`,
        retryOn: 'rt',
      };
  }
}

/** Why everything about a request is given up at once. */
export type GiveUp =
  { readonly kind: 'total'; readonly ms: number } | { readonly kind: 'caller' | 'closed' };

/** Never tried again: what gave up the exchange ends the whole request. */
export function fromGiveUp(reason: GiveUp, stage: Stage, size: number): Failure {
  switch (reason.kind) {
    case 'caller':
      return { errorName: 'fetchBroken', problem: 'the request was given up' };
    case 'closed':
      return { errorName: 'fetchBroken', problem: 'the server is shutting down' };
    case 'total':
      return { errorName: 'fetchTimeout', problem: totalProblem(stage, reason.ms, size) };
  }
}

function totalProblem(stage: Stage, ms: number, size: number): string {
  switch (stage) {
    case 'connecting':
      return `The connection was not up after ${ms} ms.`;
    case 'securing':
      return `The TLS handshake was not done after ${ms} ms.`;
    case 'waiting':
      return `Nothing was answered within ${ms} ms.`;
    case 'reading':
      return `The answer was not complete after ${ms} ms: ${size} bytes of its body had come.`;
  }
}
