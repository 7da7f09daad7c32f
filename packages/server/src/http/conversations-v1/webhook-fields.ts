import { nearestName } from '@tutti/ids';
import { refusal } from '../../base/app-error.ts';
import { postEvents, preEvents, type PostEvent, type PreEvent } from '../../model/webhook.ts';
import { listOf, oneOf } from '../fields.ts';
import type { Field } from '../form.ts';

/** Events a conversation's own webhook can hear of: those told after the change. */
export const scopedFilters: Field<PostEvent[]> = listOf(
  oneOf(postEvents, (given) => {
    const nearest = nearestName(given, postEvents);
    const isPre = preEvents.some((event) => event.toLowerCase() === given.toLowerCase());
    const why = isPre
      ? 'It is asked before the change, which only the PreWebhookUrl of an account or service is. '
      : '';
    return invalidFilter(given, why, nearest, postEvents);
  }),
);

/** Events that the webhooks of an account or service can hear of. */
export const configurationFilters: Field<(PreEvent | PostEvent)[]> = listOf(
  oneOf([...preEvents, ...postEvents], (given) => {
    const known = [...preEvents, ...postEvents];
    return invalidFilter(given, '', nearestName(given, known), known);
  }),
);

function invalidFilter(
  given: string,
  why: string,
  nearest: string | undefined,
  known: readonly string[],
) {
  const explanation =
    nearest === undefined ? `The events are ${known.join(', ')}.` : `Did you mean ${nearest}?`;
  return refusal('invalidWebhookFilter', { given, explanation: why + explanation });
}
