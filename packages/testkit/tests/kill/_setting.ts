import type { Receiver } from './_arrivals.ts';
import type { Ledger, Thing } from './_ledger.ts';

/** The number that callers dial; the first conversation's. */
export const OURS = '+15550001111';

const PLACES = 5;

/** A conversation that many write to at once, and what of it nobody works on at the moment. */
export interface Place {
  readonly thing: Thing;
  /** Whose calls there are; it stays. */
  readonly conductor: Thing;
  readonly messages: Thing[];
  readonly participants: Thing[];
  readonly conductors: Thing[];
}

export interface Setting {
  readonly places: readonly [Place, ...Place[]];
  /** Conversations of places that nobody renames at the moment. */
  readonly idle: Thing[];
}

const on = (title: string, ...ends: string[]): string[] => ends.map((end) => `on${title}${end}`);
const messages = on('Message', 'Added', 'Updated', 'Removed');
const others = [
  ...on('Participant', 'Added', 'Updated', 'Removed'),
  ...on('Conductor', 'Added', 'Updated', 'Removed'),
  ...on('Call', 'Added', 'Updated', 'Removed'),
  'onConversationUpdated',
];

/** What the webhooks of a place's conversation hear of. */
export const scopedEvents = { failing: messages, slow: others } as const;
/** What the account's webhook hears of. */
export const allEvents = [
  ...messages,
  ...others,
  ...on('Conversation', 'Added', 'Removed', 'StateUpdated'),
];

export function newSetting(ledger: Ledger): Setting {
  const place = (): Place => {
    const thing = ledger.thing('conversation');
    const conductor = ledger.thing('conductor', thing);
    return { thing, conductor, messages: [], participants: [], conductors: [] };
  };
  return { places: [place(), ...Array.from({ length: PLACES - 1 }, place)], idle: [] };
}

/** Who hears of an event: the account's webhook of all, those of places of what they filter. */
export function listenersOf(
  { places }: Pick<Setting, 'places'>,
  conversation: Thing,
  event: string,
): Receiver[] {
  const [type = ''] = event.split(' ');
  const isPlace = places.some(({ thing }) => thing === conversation);
  if (!isPlace) return ['steady'];
  if (messages.includes(type)) return ['steady', 'failing'];
  return others.includes(type) ? ['steady', 'slow'] : ['steady'];
}
