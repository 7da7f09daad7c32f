import { configureDebugger } from '../../actions/configure-debugger.ts';
import { refusal } from '../../base/app-error.ts';
import type { DebuggerWebhook } from '../../model/debugger-webhook.ts';
import { findDebuggerWebhook } from '../../store/debugger-webhooks.ts';
import type { New } from '../../store/schema.ts';
import type { Caller } from '../auth.ts';
import { url } from '../fields.ts';
import { form } from '../form.ts';
import { nullable } from '../given.ts';
import { operation, type Routes } from '../operation.ts';
import { isoDate, type Json } from '../render.ts';

const parameters = form({ Url: url('invalidUrl') });
const path = '/v1/Debugger/Webhook';

/** Where an account hears of its alerts. Ours: Twilio has it in its console only. */
export function debuggerWebhookRoutes(routes: Routes): void {
  const { context } = routes;

  operation(routes, {
    method: 'GET',
    path,
    handle: async (request) =>
      render(request, await findDebuggerWebhook(context.db, request.caller.account.sid)),
  });

  operation(routes, {
    method: 'POST',
    path,
    parameters,
    handle: async (request) => {
      const given = nullable(request.values.Url);
      if (given === undefined) throw refusal('missingParameter', { name: 'Url' });
      const { sid } = request.caller.account;
      return render(request, await configureDebugger(context, sid, given, request.origin));
    },
  });
}

function render(
  { caller, base }: { readonly caller: Caller; readonly base: string },
  webhook: New<DebuggerWebhook> | undefined,
): Json {
  return {
    account_sid: caller.account.sid,
    webhook_url: webhook?.url ?? null,
    date_created: webhook === undefined ? null : isoDate(webhook.dateCreated),
    date_updated: webhook === undefined ? null : isoDate(webhook.dateUpdated),
    url: base + path,
  };
}
