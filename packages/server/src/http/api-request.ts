import type { FastifyRequest } from 'fastify';
import type { Origin } from '../actions/context.ts';
import { refusal } from '../base/app-error.ts';
import { parsePageToken, type PageCursor, type PageRequest } from '../base/page.ts';
import { arrivalOf, type Arrival } from './arrival.ts';
import { clientAddress } from './proxies.ts';
import type { Caller } from './auth.ts';
import { parseForm, type FormBody } from './form-body.ts';
import type { Field, FormValues } from './form.ts';

/** What a handler is given. Most of it is worked out when it is asked for: few handlers ask for all. */
export class ApiRequest<F extends Readonly<Record<string, Field<unknown>>>> {
  /** Form parameters of a POST, query parameters of a GET. */
  readonly values: FormValues<F>;
  readonly caller: Caller;
  /** Path segments by name. */
  readonly path: Readonly<Record<string, string>>;
  /** The path as the client sent it, for messages. */
  readonly sentPath: string;
  readonly #request: FastifyRequest;
  readonly #arrival: Arrival;
  readonly #query: string;
  #meant: Map<string, string> | undefined;

  constructor(request: FastifyRequest, sent: SentForm, values: FormValues<F>) {
    this.values = values;
    this.caller = request.caller;
    this.path = request.params as Readonly<Record<string, string>>;
    this.sentPath = sent.path;
    this.#request = request;
    this.#arrival = sent.arrival;
    this.#query = sent.query;
  }

  /** Tells the ledger what a name in the path stands for. */
  named(name: string, sid: string): void {
    (this.#meant ??= new Map()).set(name, sid);
  }

  /** The SID that a name in the path stands for, as far as it was looked up. */
  meant(name: string): string | undefined {
    return this.#meant?.get(name);
  }

  /** Whether no parameter of the operation was sent. */
  get isEmpty(): boolean {
    return Object.keys(this.values).length === 0;
  }

  get origin(): Origin {
    const { headers } = this.#request;
    return {
      source: 'API',
      webhooks: String(headers['x-twilio-webhook-enabled']).toLowerCase() === 'true',
      actorSid: this.caller.keySid ?? (this.caller.parent ?? this.caller.account).sid,
      ipAddress: clientAddress(this.#request),
    };
  }

  /** `RQ…` */
  get requestSid(): string {
    return this.#request.id;
  }

  /** What URLs in the answer begin with. */
  get base(): string {
    return this.#arrival.base;
  }

  /** Where this server's own pages are. */
  get home(): string {
    return this.#arrival.home;
  }

  /** Query parameters that are filters, to be kept in page URLs. */
  get filters(): URLSearchParams {
    const filters = new URLSearchParams(this.#query);
    for (const name of pagingNames) filters.delete(name);
    return filters;
  }

  /** PageToken as sent. */
  get pageToken(): string | undefined {
    return tokenOf(this.#query);
  }

  /** The page asked for, with PageSize cut to `max`. */
  page(max: number): PageRequest {
    return { ...readPage(this.#query, max), cursor: readCursor(this.#query) };
  }

  /** As `page`, for a list whose PageToken is of its own form. */
  pageWithoutCursor(max: number): PageRequest {
    return readPage(this.#query, max);
  }
}

export const pagingNames = ['PageSize', 'Page', 'PageToken'];

/** What of a request names its parameters. */
export interface SentForm {
  readonly arrival: Arrival;
  readonly path: string;
  readonly query: string;
  readonly body: FormBody;
}

/** @throws RequestError invalidParameter when the form or query is malformed. */
export function readForm(request: FastifyRequest): SentForm {
  const arrival = arrivalOf(request.raw);
  const { target } = arrival;
  const question = target.indexOf('?');
  const query = question === -1 ? '' : target.slice(question + 1);
  const form = request.method === 'POST' ? ((request.body as string | undefined) ?? '') : query;
  return {
    arrival,
    path: question === -1 ? target : target.slice(0, question),
    query,
    body: parseForm(form),
  };
}

function tokenOf(query: string): string | undefined {
  const token = new URLSearchParams(query).get('PageToken');
  return token === null || token === '' ? undefined : token;
}

const DEFAULT_PAGE_SIZE = 50;

/** NOTE: a PageSize above the maximum is cut, not refused: the client's list({limit}) sends its limit as it is. */
function readPage(query: string, max: number): PageRequest {
  const parameters = new URLSearchParams(query);
  const size = Number(parameters.get('PageSize') ?? Math.min(DEFAULT_PAGE_SIZE, max));
  if (!Number.isInteger(size) || size < 1) {
    throw refusal('invalidParameter', {
      name: 'PageSize',
      problem: `${parameters.get('PageSize') ?? ''} was given; a whole number from 1 to ${max} is expected.`,
    });
  }
  const page = Number(parameters.get('Page') ?? 0);
  return {
    pageSize: Math.min(size, max),
    page: Number.isSafeInteger(page) && page >= 0 ? page : 0,
    cursor: undefined,
  };
}

function readCursor(query: string): PageCursor | undefined {
  const token = tokenOf(query);
  if (token === undefined) return undefined;
  const cursor = parsePageToken(token);
  if (cursor === undefined) throw refusal('invalidPageToken', { given: token });
  return cursor;
}
