import type { FastifyReply, FastifyRequest } from 'fastify';
import { alertNamed, raiseAlerts, type AlertSaid } from '../actions/raise-alert.ts';
import { refusal } from '../base/app-error.ts';
import { catalogue } from '../base/error-catalogue.ts';
import { pagingNames, type SentForm } from './api-request.ts';
import { arrivalOf } from './arrival.ts';
import { requestExchange, routeOf } from './errors.ts';
import { parseForm } from './form-body.ts';
import type { Field, Form } from './form.ts';
import type { Routes } from './operation.ts';

/** Unknown parameters of one request that are told of, so that a wrong program does not bury its other alerts. */
const TOLD_MAX = 10;

type Names = Pick<Form<Readonly<Record<string, Field<unknown>>>>, 'unknown' | 'nearest'>;

/** Names of a request's parameters that its operation does not read, in its form or query. */
export function findUnknown(parameters: Names, sent: SentForm, method: string): string[] {
  const unknown = parameters.unknown(sent.body);
  if (method === 'GET') return unknown.filter((name) => !pagingNames.includes(name));
  // A POST is read from its form alone.
  if (method === 'POST' && sent.query !== '') unknown.push(...parseForm(sent.query).keys());
  return unknown;
}

/**
 * Says which parameters nobody reads: by a `Tutti-Warning` header and an alert, or by a refusal under
 * `Tutti-Strict: true` and in strict mode. Twilio ignores them in silence, which is how a `voiceBinding` gets lost.
 *
 * @throws RequestError unknownParameter
 */
export async function warnOfUnknownParameters(
  routes: Routes,
  request: FastifyRequest,
  reply: FastifyReply,
  parameters: Names,
  unknown: readonly string[],
): Promise<void> {
  const { target } = arrivalOf(request.raw);
  const operation = `${request.method} ${target.split('?')[0] ?? ''}`;
  const strict = routes.strict || String(request.headers['tutti-strict']).toLowerCase() === 'true';
  const said: AlertSaid[] = [];
  for (const name of unknown.slice(0, TOLD_MAX)) {
    const problem = {
      given: name,
      operation,
      suggestion: suggestionOf(name, request.method, parameters),
    };
    if (strict) throw refusal('unknownParameter', problem);
    said.push(alertNamed('unknownParameter', problem));
  }
  const cause = {
    accountSid: request.caller.account.sid,
    exchange: requestExchange(request),
    source: routeOf(request),
  };
  await raiseAlerts(routes.context, cause, said);
  const texts = said.map(({ text }) => text);
  if (unknown.length > TOLD_MAX) texts.push(`And ${unknown.length - TOLD_MAX} more.`);
  // Header values are Latin-1; a name as sent may be anything.
  reply.header(
    'Tutti-Warning',
    encodeHeader(`${catalogue.unknownParameter.code} ${texts.join(' ')}`),
  );
}

function suggestionOf(name: string, method: string, parameters: Names): string {
  const nearest = parameters.nearest(name);
  if (nearest === undefined) return '';
  // By its very name it is unknown only in the query.
  return nearest === name && method === 'POST'
    ? ' It is in the query; a POST takes it in the form.'
    : ` Did you mean ${nearest}?`;
}

function encodeHeader(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 1000);
}
