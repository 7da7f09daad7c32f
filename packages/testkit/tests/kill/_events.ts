import { receivers, type Arrival, type Receivers } from './_arrivals.ts';
import type { Ledger } from './_ledger.ts';
import type { Fate, Rows } from './_rows.ts';
import { listenersOf, type Setting } from './_setting.ts';

/** What should have arrived and has not. */
export function missingEvents(
  arrivals: Receivers,
  setting: Setting,
  fates: readonly Fate[],
): string[] {
  return fates.flatMap(({ thing, change, happened, conversationSid }) => {
    if (!happened) return [];
    return change.events.flatMap((event) =>
      listenersOf(setting, thing.conversation ?? thing, event)
        .filter((receiver) => !arrivals.has(receiver, conversationSid, event))
        .map((receiver) => `${event} of ${conversationSid} did not reach ${receiver}`),
    );
  });
}

/** What is wrong with what arrived: events of nothing, tokens, order. */
export function compareEvents(
  { arrivals }: Receivers,
  ledger: Ledger,
  fates: readonly Fate[],
  rows: Rows,
): string[] {
  const changes = new Map<string, Fate>();
  for (const fate of fates) {
    for (const event of fate.change.events) changes.set(`${fate.conversationSid} ${event}`, fate);
  }
  const participants = new Set(rows.participants.map(({ sid }) => sid));
  const problems = [...compareTokens(arrivals), ...compareOrder(arrivals, changes)];
  for (const { subject, event, signed } of arrivals) {
    if (!signed) problems.push(`${event} of ${subject} is not signed`);
    const fate = changes.get(`${subject} ${event}`);
    const [type = '', about = ''] = event.split(' ');
    // Of calls, and of what calls do to Conductors, the calls tell.
    if (type === 'callback' || type.startsWith('onCall') || type === 'onConductorUpdated') continue;
    // Who is called or calls for the first time becomes a participant.
    if (type === 'onParticipantAdded' && participants.has(about)) continue;
    if (fate === undefined) problems.push(`${event} of ${subject}: nobody asked for it`);
    else if (!fate.happened) problems.push(`${event} of ${subject} tells of what is not there`);
  }
  const told = new Set(arrivals.map(({ subject, event }) => `${subject} ${event}`));
  for (const { sid, conversationSid, mark } of rows.participants) {
    const hasEvent = told.has(`${conversationSid} onParticipantAdded ${sid}`);
    if (mark === undefined && !hasEvent) problems.push(`participant ${sid} has no event`);
  }
  return problems;
}

/** One webhook has one token and one body, however often it comes; no two have the same. */
function compareTokens(arrivals: readonly Arrival[]): string[] {
  const problems: string[] = [];
  const wholes = new Map<string, string>();
  const tokens = new Map<string, string>();
  for (const { receiver, subject, event, token, whole } of arrivals) {
    const name = `${event} of ${subject} at ${receiver}`;
    if (token === '') problems.push(`${name} has no token`);
    if ((wholes.get(token) ?? whole) !== whole) problems.push(`${name}: its token was another's`);
    wholes.set(token, whole);
    // Conductors become active and ready, and calls change, more than once.
    if (/^on(Conductor|Call)Updated/.test(event)) continue;
    if ((tokens.get(name) ?? token) !== token) problems.push(`${name} came with two tokens`);
    tokens.set(name, token);
  }
  return problems;
}

/**
 * What was answered before another was asked came before it, at each receiver; messages come by index.
 */
function compareOrder(arrivals: readonly Arrival[], changes: ReadonlyMap<string, Fate>): string[] {
  const problems: string[] = [];
  for (const receiver of receivers) {
    const latest = new Map<string, { askedAt: number; event: string; index: number }>();
    for (const { subject, event, parameters, isFirst, ...arrival } of arrivals) {
      const change = changes.get(`${subject} ${event}`)?.change;
      if (arrival.receiver !== receiver || !isFirst || change === undefined) continue;
      const before = latest.get(subject) ?? { askedAt: 0, event: '', index: -1 };
      if (change.answeredAt < before.askedAt) {
        problems.push(`${event} of ${subject} came to ${receiver} after ${before.event}`);
      }
      const isMessage = event.startsWith('onMessageAdded');
      const index = isMessage ? Number(parameters['Index']) : before.index;
      if (isMessage && index <= before.index) {
        problems.push(`message ${index} of ${subject} came to ${receiver} after ${before.index}`);
      }
      const later = change.askedAt > before.askedAt ? { askedAt: change.askedAt, event } : before;
      latest.set(subject, { ...later, index });
    }
  }
  return problems;
}
