/** Why the media plane refused: stable, for programs to branch on. */
export type MediaErrorCode =
  /** Every even port of the range is taken. */
  | 'NO_PORT'
  /** The host cannot be bound: not an address of this machine, or not permitted. */
  | 'BIND_FAILED'
  /** A thread that owns sockets ended; the cause is attached. */
  | 'THREAD_ENDED'
  /** The engine or leg was closed. */
  | 'CLOSED'
  /** A character that is not a DTMF digit or a pause. */
  | 'INVALID_DIGITS'
  /** An {@link AudioSource} threw; the cause is attached. */
  | 'SOURCE_FAILED';

/** Thrown by the media plane. */
export class MediaError extends Error {
  override readonly name = 'MediaError';
  readonly code: MediaErrorCode;

  constructor(code: MediaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
