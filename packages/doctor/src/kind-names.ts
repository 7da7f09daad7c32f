import { explainSid, isSidPrefix, sidKinds } from '@tutti/ids';
import type { Prefixes } from './code/sid-names.ts';

/** What a kind of SID is called, as `Conversation` for `CH`; Twilio's kinds that Tutti lacks too. */
export function nameOfKind(prefix: string): string | undefined {
  if (isSidPrefix(prefix)) return sidKinds[prefix].name;
  const explanation = explainSid(prefix + '0a'.repeat(16));
  return explanation.kind === 'foreign-sid' ? explanation.name : undefined;
}

/** `Application SID (AP…)`; of several kinds the first, which is the usual one. */
export function kindShown([prefix = '']: Prefixes): string {
  const name = nameOfKind(prefix);
  return name === undefined ? `SID (${prefix}…)` : `${name} SID (${prefix}…)`;
}
