import type { Wanted } from './configuration.ts';
import { kinds } from './grammar.ts';

/** What a resource of the file is known by among all of them. */
export function keyOf({
  kind,
  name,
  conversation,
}: Pick<Wanted, 'kind' | 'name' | 'conversation'>): string {
  return kind === 'participant' || kind === 'webhook'
    ? `${kind} ${conversation ?? ''}/${name}`
    : `${kind} ${name}`;
}

/** As people know it: `phone number main`, `participant support/alice`. */
export function labelOf(wanted: Pick<Wanted, 'kind' | 'name' | 'conversation'>): string {
  return keyOf(wanted).replace(wanted.kind, kinds[wanted.kind].words);
}

/**
 * What the SID of a resource is written as: its name and its kind, as `SUPPORT_CONDUCTOR_SID`. Participants and
 * webhooks, whose names are of their conversation alone, have that before them.
 */
export function variableOf({
  kind,
  name,
  conversation,
}: Pick<Wanted, 'kind' | 'name' | 'conversation'>): string {
  const isOfConversation = kind === 'participant' || kind === 'webhook';
  const words = isOfConversation ? [conversation, name] : [name];
  return [...words, kinds[kind].variable].join('_').replaceAll('-', '_').toUpperCase();
}
