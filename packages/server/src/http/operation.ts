import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refusal } from '../base/app-error.ts';
import { parsePageToken, type PageCursor, type PageRequest } from '../base/page.ts';
import type { ActionContext, Origin } from '../actions/context.ts';
import type { Caller } from './auth.ts';
import { arrivalOf } from './arrival.ts';
import { parseForm } from './form-body.ts';
import type { Field, Form, FormValues } from './form.ts';
import { warnOfUnknownParameters } from './unknown-parameters.ts';

type Fields = Readonly<Record<string, Field<unknown>>>;

/** What a request handler is given. */
export interface ApiRequest<F extends Fields> {
  readonly caller: Caller;
  /** Path segments by name. */
  readonly path: Readonly<Record<string, string>>;
  /** Form parameters of a POST, query parameters of a GET. */
  readonly values: FormValues<F>;
  /** Whether any parameter of the operation was sent. */
  readonly isEmpty: boolean;
  readonly origin: Origin;
  /** What URLs in the answer begin with. */
  readonly base: string;
  /** Where this server's own pages are. */
  readonly home: string;
  /** The path as the client sent it, for messages. */
  readonly sentPath: string;
  /** Query parameters that are filters, to be kept in page URLs. */
  readonly filters: URLSearchParams;
  /** PageToken as sent. */
  readonly pageToken: string | undefined;
  /** The page asked for, with PageSize cut to `max`. */
  page(max: number): PageRequest;
  /** As `page`, for a list whose PageToken is of its own form. */
  pageWithoutCursor(max: number): PageRequest;
}

export interface Operation<F extends Fields> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path under the product, `/v1/…` or `/2010-04-01/…`; or several that mean the same. */
  readonly path: string | readonly string[];
  readonly parameters?: Form<F>;
  /** Status of success; default 200. A 204 has no body. */
  readonly status?: 200 | 201 | 204;
  /** The name in messages: `POST /v1/Conversations`. */
  handle(request: ApiRequest<F>): Promise<unknown>;
}

/** What a product's routes are registered with. */
export interface Routes {
  readonly app: FastifyInstance;
  /** `/conversations`, `/api` or `/monitor`. */
  readonly prefix: string;
  readonly context: ActionContext;
  readonly strict: boolean;
  /** To be called before it is answered that credentials or an account changed: the old ones open nothing then. */
  readonly credentialsChanged: () => void;
  /** Paths and the methods they have, so that the others answer 405. */
  readonly known: Map<string, Set<string>>;
}

const pagingNames = ['PageSize', 'Page', 'PageToken'];

/** Serves one operation of the API. */
export function operation<F extends Fields>(routes: Routes, definition: Operation<F>): void {
  const { method, parameters, status = 200 } = definition;
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const arrival = arrivalOf(request.raw);
    const question = arrival.target.indexOf('?');
    const sentPath = question === -1 ? arrival.target : arrival.target.slice(0, question);
    const query = question === -1 ? '' : arrival.target.slice(question + 1);
    const body = parseForm(
      method === 'POST' ? ((request.body as string | undefined) ?? '') : query,
    );
    const caller = request.caller;
    if (parameters !== undefined) {
      await warnOfUnknownParameters(routes, {
        request,
        reply,
        caller,
        parameters,
        body,
        pagingNames,
      });
    }
    const values = (parameters?.parse(body) ?? {}) as FormValues<F>;
    const answer = await definition.handle({
      caller,
      path: request.params as Record<string, string>,
      values,
      isEmpty: Object.keys(values).length === 0,
      origin: {
        source: 'API',
        webhooks: String(request.headers['x-twilio-webhook-enabled']).toLowerCase() === 'true',
        actorSid: caller.keySid ?? caller.account.sid,
        // A socket for both families writes IPv4 addresses as RFC 4291 §2.5.5.2 has it.
        ipAddress: request.ip.replace(/^::ffff:/, ''),
      },
      base: arrival.base,
      home: arrival.home,
      sentPath,
      get filters() {
        const filters = new URLSearchParams(query);
        for (const name of pagingNames) filters.delete(name);
        return filters;
      },
      get pageToken() {
        return tokenOf(query);
      },
      page: (max) => ({ ...readPage(query, max), cursor: readCursor(query) }),
      pageWithoutCursor: (max) => readPage(query, max),
    });
    reply.code(status);
    return status === 204 ? null : answer;
  };
  const paths = typeof definition.path === 'string' ? [definition.path] : definition.path;
  for (const path of paths) {
    const url = routes.prefix + path;
    routes.app.route({ method, url, handler, config: { parameters: parameters?.names ?? [] } });
    const methods = routes.known.get(url) ?? new Set();
    methods.add(method);
    routes.known.set(url, methods);
  }
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
