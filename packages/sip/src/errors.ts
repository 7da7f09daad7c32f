/** Something a log should hear of: the stack itself has already dealt with it. */
export interface SipProblem {
  readonly kind:
    'malformed' | 'oversize' | 'send-failed' | 'connection' | 'overload' | 'limit' | 'handler';
  readonly message: string;
  /** `udp:192.0.2.1:5060`, when a peer is concerned. */
  readonly remote?: string;
  readonly cause?: unknown;
}

/** A socket could not be opened or used; `code` is Node's (`EADDRINUSE`) where there is one. */
export class SipTransportError extends Error {
  override readonly name = 'SipTransportError';
  readonly code: string;

  constructor(message: string, options: { readonly code: string; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.code = options.code;
  }
}

export type SipCallErrorCode =
  'canceled' | 'no-ack' | 'ended' | 'state' | 'refused' | 'timeout' | 'transport' | 'malformed';

/** A call or an offer inside it did not come about. */
export class SipCallError extends Error {
  override readonly name = 'SipCallError';
  readonly code: SipCallErrorCode;
  /** The final response's status, when `code` is `refused`. */
  readonly status: number | undefined;

  constructor(code: SipCallErrorCode, message: string, options: { readonly status?: number } = {}) {
    super(message);
    this.code = code;
    this.status = options.status;
  }
}

/** Node's error code of anything thrown, or `UNKNOWN`. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'UNKNOWN';
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
