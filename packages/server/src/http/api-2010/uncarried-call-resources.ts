import { refusal } from '../../base/app-error.ts';
import { findCall } from '../../store/calls.ts';
import { operation, type Routes } from '../operation.ts';
import { found } from '../path-not-found.ts';

/** What a call's `subresource_uris` name and nothing here carries, and why. */
const uncarried: Readonly<Record<string, string>> = {
  Payments: 'Taking card payments by phone needs a payment processor. Use <Gather> for keys.',
  Siprec: 'Sound is not forked to a recording server by SIPREC. Use <Start><Recording>.',
  UserDefinedMessages: 'Messages to a Voice SDK are not carried by this server. Use SIP headers.',
  UserDefinedMessageSubscriptions:
    'Messages of a Voice SDK are not carried by this server. Use status callbacks.',
};

/** Says of what a call has on Twilio and not here that it is not carried, rather than that it is not found. */
export function uncarriedCallResourceRoutes(routes: Routes): void {
  const { db } = routes.context;
  for (const [name, problem] of Object.entries(uncarried)) {
    for (const method of ['GET', 'POST'] as const) {
      operation(routes, {
        method,
        path: `/2010-04-01/Accounts/:AccountSid/Calls/:CallSid/${name}`,
        handle: async (request) => {
          const key = request.path['CallSid'] ?? '';
          const call = await findCall(db, key);
          const own = call?.accountSid === request.caller.account.sid ? call : undefined;
          found(own, request, key, 'CA');
          throw refusal('resourceNotCarried', { name, problem });
        },
      });
    }
  }
}
