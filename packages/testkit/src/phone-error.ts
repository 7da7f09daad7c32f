export type PhoneErrorCode =
  /** The other side, or the registrar, said no: see `status`. */
  | 'refused'
  /** We gave the call up, or the caller did before we answered. */
  | 'canceled'
  /** Nothing happened in the time allowed. */
  | 'timeout'
  /** Nobody there, or nothing both sides understand. */
  | 'failed'
  /** The call is over. */
  | 'ended'
  /** The phone or catcher was closed. */
  | 'closed'
  /** Other things were heard than what was waited for. */
  | 'not-heard'
  /** What was asked cannot be done. */
  | 'invalid';

/** What went wrong with a phone or a call; the message says what happened instead. */
export class PhoneError extends Error {
  override readonly name = 'PhoneError';
  readonly code: PhoneErrorCode;
  /** The SIP status: of the refusal, 487 when canceled. */
  readonly status: number | undefined;
  /** The refusal's reason phrase (`Busy Here`), `canceled`, or the message. */
  readonly reason: string;

  constructor(
    code: PhoneErrorCode,
    message: string,
    options: {
      readonly status?: number | undefined;
      readonly reason?: string;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.status = options.status;
    this.reason = options.reason ?? message;
  }
}
