import type { FastifyReply, FastifyRequest } from 'fastify';
import { addAlert, alertNamed } from '../actions/raise-alert.ts';
import { refusal } from '../base/app-error.ts';
import { catalogue } from '../base/error-catalogue.ts';
import { pagingNames } from './api-request.ts';
import { arrivalOf } from './arrival.ts';
import { requestExchange, routeOf } from './errors.ts';
import type { FormBody } from './form-body.ts';
import type { UnknownParameter } from './form.ts';
import type { Routes } from './operation.ts';

/** Unknown parameters of one request that are told of, so that a wrong program does not bury its other alerts. */
const TOLD_MAX = 10;

/** The parameters of a request that its operation does not take. */
export function findUnknown(
  parameters: { unknown(body: FormBody): UnknownParameter[] },
  body: FormBody,
  method: string,
): UnknownParameter[] {
  const unknown = parameters.unknown(body);
  return method === 'GET' ? unknown.filter(({ name }) => !pagingNames.includes(name)) : unknown;
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
  unknown: readonly UnknownParameter[],
): Promise<void> {
  const { target } = arrivalOf(request.raw);
  const operation = `${request.method} ${target.split('?')[0] ?? ''}`;
  const strict = routes.strict || String(request.headers['tutti-strict']).toLowerCase() === 'true';
  const alerts: ReturnType<typeof alertNamed>[] = [];
  for (const { name, nearest } of unknown.slice(0, TOLD_MAX)) {
    const parameters = {
      given: name,
      operation,
      suggestion: nearest === undefined ? '' : ` Did you mean ${nearest}?`,
    };
    if (strict) throw refusal('unknownParameter', parameters);
    alerts.push(alertNamed('unknownParameter', parameters));
  }
  await routes.context.transact(async (tx) => {
    for (const alert of alerts) {
      await addAlert(tx, routes.context, {
        accountSid: request.caller.account.sid,
        ...alert,
        exchange: requestExchange(request),
        source: routeOf(request),
      });
    }
  });
  const texts = alerts.map(({ text }) => text);
  if (unknown.length > TOLD_MAX) texts.push(`And ${unknown.length - TOLD_MAX} more.`);
  // Header values are Latin-1; a name as sent may be anything.
  reply.header(
    'Tutti-Warning',
    encodeHeader(`${catalogue.unknownParameter.code} ${texts.join(' ')}`),
  );
}

function encodeHeader(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 1000);
}
