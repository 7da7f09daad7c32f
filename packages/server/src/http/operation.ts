import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ActionContext } from '../actions/context.ts';
import { ApiRequest, readForm } from './api-request.ts';
import { noteCarriedOut, noteRefused, sidPlaces, type SidPlaces } from './sid-uses.ts';
import { form, type Field, type Form, type FormValues } from './form.ts';
import { findUnknown, warnOfUnknownParameters } from './unknown-parameters.ts';

const none = form({});

type Fields = Readonly<Record<string, Field<unknown>>>;

export interface Operation<F extends Fields> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path under the product, `/v1/…` or `/2010-04-01/…`; or several that mean the same. */
  readonly path: string | readonly string[];
  readonly parameters?: Form<F>;
  /** Status of success; default 200. A 204 has no body. */
  readonly status?: 200 | 201 | 204;
  /** Whether the ledger notes the SIDs of its requests; default true. Looking one up is no use of it. */
  readonly noted?: boolean;
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

/** Serves one operation of the API. */
export function operation<F extends Fields>(routes: Routes, definition: Operation<F>): void {
  const { method, parameters = none, status = 200, noted = true } = definition;
  const { ledger } = routes.context;
  const handlerAt =
    (places: SidPlaces | undefined) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      const sent = readForm(request);
      try {
        const unknown = findUnknown(parameters, sent, method);
        if (unknown.length > 0) {
          await warnOfUnknownParameters(routes, request, reply, parameters, unknown);
        }
        const values = parameters.parse(sent.body) as FormValues<F>;
        const asked = new ApiRequest(request, sent, values);
        const answer = await definition.handle(asked);
        if (places !== undefined) {
          noteCarriedOut(ledger, places, request, asked, sent.body, unknown, answer);
        }
        reply.code(status);
        return status === 204 ? null : answer;
      } catch (error) {
        if (places !== undefined) noteRefused(ledger, places, request, sent.body, error);
        throw error;
      }
    };
  const paths = typeof definition.path === 'string' ? [definition.path] : definition.path;
  for (const path of paths) {
    const url = routes.prefix + path;
    const handler = handlerAt(noted ? sidPlaces(method, url, parameters.names) : undefined);
    routes.app.route({ method, url, handler, config: { parameters: parameters.names } });
    const methods = routes.known.get(url) ?? new Set();
    methods.add(method);
    routes.known.set(url, methods);
  }
}
