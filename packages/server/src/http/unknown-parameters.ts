import type { FastifyReply, FastifyRequest } from 'fastify';
import { addAlert, alertNamed } from '../actions/raise-alert.ts';
import { refusal } from '../base/app-error.ts';
import { catalogue } from '../base/error-catalogue.ts';
import { arrivalOf } from './arrival.ts';
import type { Caller } from './auth.ts';
import { requestExchange, routeOf } from './errors.ts';
import type { FormBody } from './form-body.ts';
import type { Routes } from './operation.ts';

/** Unknown parameters of one request that are told of, so that a wrong program does not bury its other alerts. */
const TOLD_MAX = 10;

/**
 * Says which parameters nobody reads: by a `Tutti-Warning` header and an alert, or by a refusal under
 * `Tutti-Strict: true` and in strict mode. Twilio ignores them in silence, which is how a `voiceBinding` gets lost.
 *
 * @throws RequestError unknownParameter
 */
export async function warnOfUnknownParameters(
  routes: Routes,
  given: {
    readonly request: FastifyRequest;
    readonly reply: FastifyReply;
    readonly caller: Caller;
    readonly parameters: {
      readonly names: readonly string[];
      unknown(body: FormBody): { readonly name: string; readonly nearest: string | undefined }[];
    };
    readonly body: FormBody;
    readonly pagingNames: readonly string[];
  },
): Promise<void> {
  const { request, reply, caller, body } = given;
  const isGet = request.method === 'GET';
  const unknown = given.parameters
    .unknown(body)
    .filter(({ name }) => !(isGet && given.pagingNames.includes(name)));
  if (unknown.length === 0) return;

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
        accountSid: caller.account.sid,
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
