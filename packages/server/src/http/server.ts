import { isUtf8 } from 'node:buffer';
import { fastify, type FastifyInstance } from 'fastify';
import type { ActionContext } from '../actions/context.ts';
import { refusal } from '../base/app-error.ts';
import type { Config } from '../config/config.ts';
import { routeTarget } from './arrival.ts';
import { Authenticator, type Caller } from './auth.ts';
import { answerClientError, answerError } from './errors.ts';
import type { Routes } from './operation.ts';
import { actingOn } from './path-account.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set before any handler of the API runs. */
    caller: Caller;
    arrivedAt: number;
  }
}

/** Larger than any request Twilio's API takes (a message of 32 kB, percent-encoded). */
const BODY_LIMIT_BYTES = 256 * 1024;
/** A client that trickles its request is cut off. */
const REQUEST_TIMEOUT_MS = 30_000;
/** What a request under way has when the server stops; then its connection is closed. */
const CLOSE_MS = 500;

/** The HTTP door: product APIs by prefix, host name or bare path, and the pages of the server itself. */
export function createHttpServer(
  context: ActionContext,
  config: Pick<Config, 'strict'>,
  register: readonly ((routes: Omit<Routes, 'prefix'>) => void)[],
): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    rewriteUrl: routeTarget,
    // What the router refuses before any route is found: half a percent sign, endless segments.
    frameworkErrors: (error, request, reply) => {
      void answerError(context, error, request, reply);
    },
    clientErrorHandler: answerClientError,
    // Node would refuse it without a word; see the first hook.
    http: { requireHostHeader: false },
    exposeHeadRoutes: false,
    // No route has a schema, so the compilers are not loaded: that saves a third of the start.
    schemaController: {
      compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas },
    },
    routerOptions: { maxParamLength: 1024 },
    // Requests of the moment are answered, then connections close: Ctrl-C ends within seconds.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
  });
  // An expectation we do not know is passed over, as RFC 9110 §10.1.1 allows.
  app.server.on('checkExpectation', (request, response) => {
    app.server.emit('request', request, response);
  });
  app.addHook('preClose', async () => {
    // Half a request is not idle and would keep the server open as long as its sender likes.
    context.clock.after(CLOSE_MS, () => app.server.closeAllConnections());
  });
  const authenticator = new Authenticator(context.db, context.clock);

  app.decorateRequest('caller');
  app.decorateRequest('arrivedAt', 0);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer' },
    (_request, body: Buffer, done) => {
      if (isUtf8(body)) return done(null, body.toString('utf8'));
      // Decoding would write U+FFFD for what is lost, and nobody would know.
      const problem = 'it is not valid UTF-8.';
      return done(refusal('invalidParameter', { name: '(body)', problem }));
    },
  );
  app.addHook('onRequest', (request, reply, done) => {
    request.arrivedAt = context.clock.elapsedMs();
    reply.header('Twilio-Request-Id', context.ids.requestSid());
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1') {
      const problem = 'every request of HTTP/1.1 has this header.';
      return done(refusal('invalidParameter', { name: 'Host', problem }));
    }
    if (request.routeOptions.config.public === true) return done();
    const accept = (caller: Caller): Promise<void> | undefined => {
      request.caller = caller;
      const { AccountSid } = request.params as { readonly AccountSid?: string };
      if (AccountSid === undefined || AccountSid === caller.account.sid) return undefined;
      return actingOn(context.db, caller, AccountSid, request.method).then((acting) => {
        request.caller = acting;
      });
    };
    const { authorization } = request.headers;
    const remembered = authenticator.remembered(authorization);
    if (remembered === undefined) {
      authenticator
        .authenticate(authorization)
        .then(accept)
        .then(() => done(), done);
      return;
    }
    const pending = accept(remembered);
    if (pending === undefined) return done();
    pending.then(() => done(), done);
  });
  app.addHook('onSend', (request, reply, _payload, done) => {
    const seconds = (context.clock.elapsedMs() - request.arrivedAt) / 1000;
    reply.header('Twilio-Request-Duration', seconds.toFixed(3));
    done();
  });
  app.setErrorHandler((error, request, reply) => answerError(context, error, request, reply));
  const known: Routes['known'] = new Map();
  const credentialsChanged = (): void => authenticator.forget();
  for (const each of register) {
    each({ app, context, strict: config.strict, known, credentialsChanged });
  }
  const methodsOf = pathFinder(known);
  app.setNotFoundHandler(async (request, reply) => {
    const path = request.originalUrl.split('?')[0] ?? '';
    const { method } = request;
    const methods = methodsOf(request.url);
    const refused =
      methods === undefined
        ? refusal('notFound', { path })
        : refusal('methodNotAllowed', { method, path });
    // RFC 9110 §15.5.6
    if (methods !== undefined) reply.header('Allow', [...methods].join(', '));
    await answerError(context, refused, request, reply);
  });
  return app;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** No credentials needed. */
    readonly public?: boolean;
    /** What the operation takes: the table of routes tells it. */
    readonly parameters?: readonly string[];
  }
}

function noSchemas(): never {
  throw new Error('no route has a schema');
}

/** Finds the methods of a path that a route has, whatever the request's own method. */
function pathFinder(known: Routes['known']): (url: string) => ReadonlySet<string> | undefined {
  let patterns: { readonly pattern: RegExp; readonly methods: ReadonlySet<string> }[] | undefined;
  return (url) => {
    patterns ??= [...known].map(([route, methods]) => ({
      pattern: new RegExp(`^${route.replaceAll(/:[A-Za-z]+/g, '[^/]+')}/?$`),
      methods,
    }));
    const path = url.split('?')[0] ?? '';
    return patterns.find(({ pattern }) => pattern.test(path))?.methods;
  };
}
