import { catalogue, type ErrorName, type ErrorParameters } from './error-catalogue.ts';

export interface RequestErrorOptions {
  /** HTTP status instead of the catalogue's, where one code answers differently in a path. */
  readonly status?: number;
  /** The SID the refusal is about; shown as the alert's `resource_sid`. */
  readonly resourceSid?: string;
  /** Machine-readable facts beside the message, rendered as `details`. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** When the same request may succeed; sent as `Retry-After`. */
  readonly retryAfterSec?: number;
  readonly cause?: unknown;
}

/** A request that cannot be carried out as given. Becomes Twilio's error JSON. */
export class RequestError extends Error {
  readonly errorName: ErrorName;
  readonly code: number;
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly resourceSid: string | undefined;
  readonly retryAfterSec: number | undefined;

  constructor(name: ErrorName, message: string, options: RequestErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RequestError';
    this.errorName = name;
    this.code = catalogue[name].code;
    this.status = options.status ?? catalogue[name].status;
    this.details = options.details;
    this.resourceSid = options.resourceSid;
    this.retryAfterSec = options.retryAfterSec;
  }

  /** The same refusal with one more sentence, for a door that knows what would have been right. */
  explained(sentence: string, details?: Readonly<Record<string, unknown>>): RequestError {
    return new RequestError(this.errorName, `${this.message} ${sentence}`, {
      status: this.status,
      ...(this.resourceSid === undefined ? {} : { resourceSid: this.resourceSid }),
      ...(this.retryAfterSec === undefined ? {} : { retryAfterSec: this.retryAfterSec }),
      details: { ...this.details, ...details },
      cause: this.cause,
    });
  }
}

/** Builds the refusal `name` with its catalogue text filled in. */
export function refusal<N extends ErrorName>(
  name: N,
  parameters: ErrorParameters<N>,
  options?: RequestErrorOptions,
): RequestError {
  return new RequestError(name, fill(catalogue[name].message, parameters), options);
}

/** The text of the catalogue entry `name`, for an alert that refuses nobody. */
export function alertText<N extends ErrorName>(name: N, parameters: ErrorParameters<N>): string {
  return fill(catalogue[name].message, parameters);
}

function fill(template: string, parameters: Readonly<Record<string, string | number>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, key: string) => String(parameters[key] ?? ''));
}

/** Something outside the process (database, network, speech engine) did not do its part. */
export class OutletError extends Error {
  readonly outlet: string;
  readonly retryable: boolean;

  constructor(outlet: string, message: string, options: { retryable: boolean; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OutletError';
    this.outlet = outlet;
    this.retryable = options.retryable;
  }
}
