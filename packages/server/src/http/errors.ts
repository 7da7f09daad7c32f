import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { alertLevel, raiseAlert } from '../actions/raise-alert.ts';
import type { ActionContext } from '../actions/context.ts';
import { withRelatedSids } from '../actions/related-sids.ts';
import { afterPoll } from '../base/clock.ts';
import { OutletError, refusal, RequestError } from '../base/app-error.ts';
import type { AlertedExchange } from '../callback/alerted-exchange.ts';
import { arrivalOf } from './arrival.ts';
import type { Json } from './render.ts';

/** Codes from here on are ours and have a page that the server serves itself. */
const FIRST_OWN_CODE = 75_001;

/** Answers any error with Twilio's JSON, and raises the alert that the catalogue asks for. */
export async function answerError(
  context: ActionContext,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const refused = await withHints(context, toRequestError(context, error, request), request);
  const answer = errorJson(refused, arrivalOf(request.raw).home);
  await alertOf(context, refused, request, answer);
  if (refused.status === 401) reply.header('WWW-Authenticate', 'Basic realm="Twilio API"');
  const retryAfterSec = refused.retryAfterSec ?? (refused.status === 503 ? 1 : undefined);
  if (retryAfterSec !== undefined) reply.header('Retry-After', String(retryAfterSec));
  if (refused.status === 413) reply.header('Connection', 'close');
  await reply.code(refused.status).send(answer);
}

/** The refusal with the SIDs that were probably meant, where they can be read. */
async function withHints(
  context: ActionContext,
  refused: RequestError,
  request: FastifyRequest,
): Promise<RequestError> {
  if (request.caller === undefined) return refused;
  try {
    return await withRelatedSids(context.db, request.caller.account.sid, refused);
  } catch (err) {
    // What was wrong with the request is so all the same; thrown on, it would be answered by the framework.
    context.log.error({ err, ...fieldsOf(request) }, 'hints not read');
    return refused;
  }
}

function errorJson(error: RequestError, home: string): Json {
  return {
    code: error.code,
    message: error.message,
    more_info: moreInfo(error.code, home),
    status: error.status,
    ...(error.details === undefined ? {} : { details: error.details }),
  };
}

/** Answers what never became a request: no HTTP, headers without end or too many of them. */
export function answerClientError(
  error: { readonly code?: unknown },
  socket: Socket & { readonly _httpMessage?: ServerResponse | null },
): void {
  // Whole requests before it on the connection are answered first. Node's own handler asks the same field.
  const answering = socket._httpMessage;
  if (answering?.req.complete === true && socket.writable) {
    answering.once('close', () => afterPoll(() => answerClientError(error, socket)));
    return;
  }
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, problem] = clientProblems[String(error.code)] ?? [400, 'it is not HTTP/1.1.'];
  const refused = refusal('invalidParameter', { name: '(request)', problem }, { status });
  socket.end(rawAnswer(refused));
}

/** The answer to what never became a request; its connection ends with it. */
export function rawAnswer(refused: RequestError): string {
  const body = JSON.stringify(errorJson(refused, ''));
  const { status, retryAfterSec } = refused;
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(retryAfterSec === undefined ? [] : [`Retry-After: ${retryAfterSec}`]),
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}

/** Why a connection was cut off that brought no request, for the metrics. */
export function clientProblem(error: { readonly code?: unknown }): 'slow' | 'malformed' {
  return error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'slow' : 'malformed';
}

const clientProblems: Readonly<Record<string, readonly [status: number, problem: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'it did not come in time.'],
  HPE_HEADER_OVERFLOW: [431, 'its headers are longer than 16 kB.'],
};

/** The page that explains a code: Twilio's, or our own at `home`. */
export function moreInfo(code: number, home: string): string {
  const site = code < FIRST_OWN_CODE ? 'https://www.twilio.com' : home;
  return `${site}/docs/errors/${code}`;
}

/** What a log line about a request carries. */
function fieldsOf({
  id,
  method,
  meter,
  caller,
}: FastifyRequest): Readonly<Record<string, unknown>> {
  return { requestSid: id, accountSid: caller?.account.sid, method, route: meter?.route };
}

/** The header of the answer that names the request. */
function requestIdHeader({ id }: FastifyRequest): Readonly<Record<string, string>> {
  return { 'twilio-request-id': id };
}

function toRequestError(
  context: ActionContext,
  error: unknown,
  request: FastifyRequest,
): RequestError {
  if (error instanceof RequestError) return error;
  if (error instanceof OutletError) {
    context.log.error({ err: error, ...fieldsOf(request) }, 'outlet failed');
    return refusal(
      'unavailable',
      { problem: `${error.outlet} does not answer. Try again.` },
      { cause: error },
    );
  }
  const path = arrivalOf(request.raw).target.split('?')[0] ?? '';
  switch ((error as { code?: unknown }).code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return refusal('tooLarge', { limit: request.routeOptions.bodyLimit ?? 0 });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return refusal('unsupportedMediaType', {
        given: request.headers['content-type'] ?? '(none)',
      });
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return refusal('invalidParameter', {
        name: '(body)',
        problem: 'its length is not the Content-Length.',
      });
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return refusal('notFound', { path });
    default:
      context.log.error({ err: error, ...fieldsOf(request) }, 'request failed');
      return refusal('internal', {}, { cause: error });
  }
}

async function alertOf(
  context: ActionContext,
  error: RequestError,
  request: FastifyRequest,
  answer: Json,
): Promise<void> {
  const level = alertLevel(error.errorName);
  if (level === undefined || request.caller === undefined) return;
  try {
    await raiseAlert(context, {
      accountSid: request.caller.account.sid,
      errorCode: error.code,
      level,
      text: error.message,
      resourceSid: error.resourceSid,
      exchange: {
        ...requestExchange(request),
        status: error.status,
        responseHeaders: {
          'content-type': 'application/json; charset=utf-8',
          ...requestIdHeader(request),
        },
        responseBody: JSON.stringify(answer),
      },
      source: routeOf(request),
    });
  } catch (err) {
    // The caller is told of the refusal whether or not the alert could be kept.
    context.log.error({ err, ...fieldsOf(request) }, 'alert lost');
  }
}

/** A request of this API as an alert shows it. */
export function requestExchange(request: FastifyRequest): AlertedExchange {
  const { base, target } = arrivalOf(request.raw);
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  return {
    method: request.method,
    url: base + target,
    variables: typeof request.body === 'string' ? request.body : (target.split('?')[1] ?? ''),
    requestHeaders: Object.fromEntries(headers) as Record<string, string>,
    responseHeaders: requestIdHeader(request),
  };
}

/** The operation, whatever it was asked about: a program that looks for a thousand names is one source of alerts. */
export function routeOf(request: FastifyRequest): string {
  return `${request.method} ${request.routeOptions.url ?? ''}`;
}
