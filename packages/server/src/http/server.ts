import { isUtf8 } from 'node:buffer';
import { explainSid, isSid } from '@tutti/ids';
import { fastify, type FastifyInstance, type HTTPMethods } from 'fastify';
import type { ActionContext } from '../actions/context.ts';
import { refusal } from '../base/app-error.ts';
import type { Config } from '../config/config.ts';
import { routeTarget } from './arrival.ts';
import { Authenticator, type Caller } from './auth.ts';
import { answerError } from './errors.ts';
import type { Routes } from './operation.ts';

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
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 1024 },
    // Requests of the moment are answered, then connections close: Ctrl-C ends within seconds.
    forceCloseConnections: 'idle',
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
  app.addHook('onRequest', async (request, reply) => {
    request.arrivedAt = context.clock.now();
    reply.header('Twilio-Request-Id', context.ids.requestSid());
    if (request.routeOptions.config.public === true) return;
    request.caller = await authenticator.authenticate(request.headers.authorization);
    checkPathAccount(request.caller, (request.params as { AccountSid?: string }).AccountSid);
  });
  app.addHook('onSend', async (request, reply) => {
    reply.header(
      'Twilio-Request-Duration',
      ((context.clock.now() - request.arrivedAt) / 1000).toFixed(3),
    );
  });
  app.setErrorHandler((error, request, reply) => answerError(context, error, request, reply));
  app.setNotFoundHandler({ preHandler: [] }, async (request, reply) => {
    const path = request.originalUrl.split('?')[0] ?? '';
    await answerError(context, refusal('notFound', { path }), request, reply);
  });

  const known: Routes['known'] = new Map();
  for (const each of register) each({ app, context, strict: config.strict, known });
  refuseOtherMethods(app, known);
  return app;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** No credentials needed. */
    readonly public?: boolean;
  }
}

/** Own account only; subaccounts by their parent. */
function checkPathAccount(caller: Caller, pathAccount: string | undefined): void {
  if (pathAccount === undefined || pathAccount === caller.account.sid) return;
  const what = isSid(pathAccount, 'AC')
    ? 'Use the credentials of the account in the path.'
    : `${explainSid(pathAccount).sentence} Write /Accounts/${caller.account.sid}/…`;
  throw refusal('authenticate', {
    problem: `the credentials are of account ${caller.account.sid}, the path names ${pathAccount}. ${what}`,
  });
}

const methods = [
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
] as const satisfies HTTPMethods[];

function refuseOtherMethods(app: FastifyInstance, known: Routes['known']): void {
  for (const [url, has] of known) {
    const missing = methods.filter((method) => !has.has(method));
    app.route({
      method: missing,
      url,
      config: { public: true },
      handler: async (request) => {
        throw refusal('methodNotAllowed', {
          method: request.method,
          path: request.originalUrl.split('?')[0] ?? '',
        });
      },
    });
  }
}
