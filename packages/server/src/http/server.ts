import { isUtf8 } from 'node:buffer';
import { fastify, type FastifyInstance } from 'fastify';
import type { ActionContext } from '../actions/context.ts';
import { refusal } from '../base/app-error.ts';
import { sleep } from '../base/clock.ts';
import type { Config } from '../config/config.ts';
import { AccountLimits } from './account-limits.ts';
import { Answers } from './answers.ts';
import { routeTarget } from './arrival.ts';
import { Authenticator, type Caller } from './auth.ts';
import {
  BODY_LIMIT_BYTES,
  connectionLimits,
  guardConnections,
  HEADERS_MAX,
  type ConnectionLimits,
} from './connections.ts';
import { answerClientError, answerError, clientProblem } from './errors.ts';
import { LoginGuard } from './login-guard.ts';
import type { Routes } from './operation.ts';
import { actingOn } from './path-account.ts';
import { clientAddress, proxiesIn } from './proxies.ts';
import { Traffic } from './traffic.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set before any handler of the API runs. */
    caller: Caller;
    arrivedAt: number;
  }
}

/** What requests under way have when the server stops. */
const FINISH_MS = 2500;
const FINISH_LOOK_MS = 20;
/** What is left then: answers on their way, and halves of requests. */
const CLOSE_MS = 500;

/** What clients may cost. */
export interface HttpLimits {
  /** Default: as many requests as come. */
  readonly accounts?: AccountLimits;
  readonly connections?: ConnectionLimits;
}

/** The HTTP door: product APIs by prefix, host name or bare path, and the pages of the server itself. */
export function createHttpServer(
  context: ActionContext,
  config: Pick<Config, 'strict' | 'trustedProxies'>,
  register: readonly ((routes: Omit<Routes, 'prefix'>) => void)[],
  { accounts = new AccountLimits(context), connections = connectionLimits }: HttpLimits = {},
): FastifyInstance {
  const isProxy = proxiesIn(config.trustedProxies);
  const app = fastify({
    logger: false,
    genReqId: () => context.ids.requestSid(),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: connections.requestMs,
    keepAliveTimeout: connections.idleMs,
    connectionTimeout: connections.stallMs,
    rewriteUrl: (request) => routeTarget(request, isProxy),
    ...(isProxy !== undefined && { trustProxy: isProxy }),
    // What the router refuses before any route is found: half a percent sign, endless segments.
    frameworkErrors: (error, request, reply) => {
      void answerError(context, error, request, reply);
    },
    clientErrorHandler: (error, socket) => {
      context.metrics.httpRefused.with(clientProblem(error)).inc();
      answerClientError(error, socket);
    },
    http: {
      // Node would refuse it without a word; see the first hook.
      requireHostHeader: false,
      headersTimeout: connections.headersMs,
      connectionsCheckingInterval: connections.checkMs,
    },
    exposeHeadRoutes: false,
    // No route has a schema, so the compilers are not loaded: that saves a third of the start.
    schemaController: {
      compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas },
    },
    routerOptions: { maxParamLength: 1024 },
    // Requests of the moment are answered, then connections close: Ctrl-C ends within seconds. New ones are refused
    // by the first hook.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
  });
  const open = guardConnections(app.server, connections, context.metrics, isProxy);
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
    const { clock } = context;
    const end = clock.elapsedMs() + FINISH_MS;
    while (accounts.underWay > 0 && clock.elapsedMs() < end) await sleep(clock, FINISH_LOOK_MS);
    // Half a request is not idle and would keep the server open as long as its sender likes.
    clock.after(CLOSE_MS, () => app.server.closeAllConnections());
  });
  const answers = new Answers();
  const traffic = new Traffic(context, accounts);
  const authenticator = new Authenticator(context.db, context.clock);
  const guard = new LoginGuard(authenticator, context);

  app.decorateRequest('caller');
  app.decorateRequest('meter');
  app.decorateRequest('load');
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
    const routeConfig = request.routeOptions.config;
    traffic.arrived(request, routeConfig);
    reply.header('Twilio-Request-Id', request.id);
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1') {
      const problem = 'every request of HTTP/1.1 has this header.';
      return done(refusal('invalidParameter', { name: 'Host', problem }));
    }
    if (request.raw.rawHeaders.length > 2 * HEADERS_MAX) {
      const problem = `it has more than ${HEADERS_MAX} headers.`;
      return done(refusal('invalidParameter', { name: '(request)', problem }, { status: 431 }));
    }
    if (routeConfig.public === true) return done();
    if (isClosing) {
      const problem = 'the server is being stopped. Send the request to another, or again later.';
      return done(refusal('unavailable', { problem }));
    }
    const accept = (caller: Caller): Promise<void> | undefined => {
      request.caller = caller;
      open.authenticated(request.socket);
      traffic.admit(request, reply, caller, routeConfig);
      const { AccountSid } = request.params as { readonly AccountSid?: string };
      if (AccountSid === undefined || AccountSid === caller.account.sid) return undefined;
      return actingOn(context.db, caller, AccountSid, request.method).then((acting) => {
        request.caller = acting;
      });
    };
    const { authorization } = request.headers;
    const remembered = authenticator.remembered(authorization);
    if (remembered === undefined) {
      guard
        .authenticate(authorization, clientAddress(request))
        .then(accept)
        .then(() => done(), done);
      return;
    }
    let pending: Promise<void> | undefined;
    try {
      pending = accept(remembered);
    } catch (error) {
      return done(error as Error);
    }
    if (pending === undefined) return done();
    pending.then(() => done(), done);
  });
  app.addHook('onSend', (request, reply, _payload, done) => {
    traffic.answered(request, reply);
    // The commit of a group answers all its writes at one moment as it is.
    if (request.method === 'GET') answers.send(done);
    else done();
  });
  app.setErrorHandler((error, request, reply) => answerError(context, error, request, reply));
  const known: Routes['known'] = new Map();
  const credentialsChanged = (): void => {
    authenticator.forget();
    guard.forget();
  };
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
