import type { ServerTransaction } from '../transaction/server-transaction.ts';
import type { Agent } from './agent.ts';

// Methods with an RFC that are understood but not done here.
const KNOWN: ReadonlySet<string> = new Set([
  'INVITE',
  'BYE',
  'CANCEL',
  'OPTIONS',
  'INFO',
  'REGISTER',
  'SUBSCRIBE',
  'NOTIFY',
  'PUBLISH',
  'MESSAGE',
  'REFER',
  'UPDATE',
  'PRACK',
]);

export function isKnownMethod(method: string): boolean {
  return KNOWN.has(method);
}

/** 405 for a method not allowed here, 501 for one never heard of: RFC 3261 §8.2.1, §21.5.2. */
export function refuseMethod(agent: Agent, transaction: ServerTransaction): void {
  const status = isKnownMethod(transaction.request.method) ? 405 : 501;
  transaction.reply(status, { headers: [['Allow', agent.allow]] });
}
