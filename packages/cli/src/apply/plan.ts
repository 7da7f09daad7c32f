import { isDeepStrictEqual } from 'node:util';
import type { Configuration, Reference, Value, Wanted } from './configuration.ts';
import { conversationKinds, kinds, settingsOf, type Kind, type Setting } from './grammar.ts';
import { keyOf, labelOf } from './names.ts';
import {
  attributesOf,
  isBody,
  markedName,
  markOf,
  withoutMarks,
  type Body,
  textOf,
} from './marks.ts';

/** A resource that is there. */
export interface Found {
  readonly sid: string;
  readonly body: Body;
}

export interface FoundConversation extends Found {
  readonly conductors: readonly Found[];
  readonly participants: readonly Found[];
  readonly webhooks: readonly Found[];
}

/** What there is of the account: all its applications and numbers, and the conversations that matter. */
export interface Actual {
  readonly applications: readonly Found[];
  readonly phoneNumbers: readonly Found[];
  readonly conversations: readonly FoundConversation[];
}

export interface Change {
  readonly setting: string;
  readonly from: unknown;
  readonly to: Value;
}

export interface Creation {
  readonly does: 'create';
  readonly wanted: Wanted;
  /** A webhook's target cannot change: the one that it takes the place of. */
  readonly replaces: string | undefined;
}

export interface Modification {
  readonly does: 'change';
  readonly wanted: Wanted;
  readonly sid: string;
  readonly changes: readonly Change[];
}

export interface Removal {
  readonly does: 'remove';
  readonly kind: Kind;
  readonly sid: string;
  /** As people know it: `participant support/alice`. */
  readonly label: string;
  readonly conversationSid: string | undefined;
  /** What the record of a webhook is called in its conversation. */
  readonly record?: string;
}

export type Step = Creation | Modification | Removal;

export interface Plan {
  /** In the order in which they are done. */
  readonly steps: readonly Step[];
  readonly unchanged: readonly Wanted[];
  /** What an earlier apply made, the file does not name, and stays because nothing is pruned. */
  readonly stale: readonly Removal[];
  /** SIDs of what is there, by `keyOf`. */
  readonly sids: ReadonlyMap<string, string>;
  /** Why nothing can be planned; empty otherwise. */
  readonly problems: readonly string[];
}

/** Changes that are no settings of the file: what tells whose a webhook and a number are. */
export const RECORD = 'record';
export const NAME_OF_NUMBER = 'name';

/** What has to be done so that what is there becomes what is wanted. Pure. */
export function planSteps(configuration: Configuration, actual: Actual, prune: boolean): Plan {
  const matching = matchAll(configuration, actual);
  const sids = new Map([...matching.found].map(([wanted, { sid }]) => [keyOf(wanted), sid]));
  const steps: Step[] = [];
  const unchanged: Wanted[] = [];
  for (const wanted of configuration.wanted) {
    const found = matching.found.get(wanted);
    if (found === undefined) {
      steps.push({ does: 'create', wanted, replaces: matching.replaced.get(wanted) });
      continue;
    }
    const changes = changesOf(configuration.project, wanted, found, sids);
    if (matching.unrecorded.has(wanted)) {
      changes.push({ setting: RECORD, from: undefined, to: 'made by apply' });
    }
    if (changes.length === 0) unchanged.push(wanted);
    else steps.push({ does: 'change', wanted, sid: found.sid, changes });
  }
  const stale = staleOf(configuration, actual, matching);
  return {
    steps: prune ? [...steps, ...stale] : steps,
    unchanged,
    stale: prune ? [] : stale,
    sids,
    problems: matching.problems,
  };
}

interface Matching {
  readonly found: Map<Wanted, Found>;
  /** Webhooks with the wrong target, by what takes their place. */
  readonly replaced: Map<Wanted, string>;
  /** Webhooks that were made and not yet recorded when an apply ended. */
  readonly unrecorded: Set<Wanted>;
  readonly problems: string[];
}

function matchAll({ project, wanted }: Configuration, actual: Actual): Matching {
  const matching: Matching = {
    found: new Map(),
    replaced: new Map(),
    unrecorded: new Set(),
    problems: [],
  };
  const { found, problems } = matching;
  const take = (one: Wanted, candidates: readonly Found[]): void => {
    const [first, second] = candidates;
    if (first !== undefined) found.set(one, first);
    if (second !== undefined) {
      const sids = candidates.map(({ sid }) => sid).join(' and ');
      problems.push(
        `${labelOf(one)} (line ${one.line}) is there more than once: ${sids}. Remove all but one.`,
      );
    }
  };
  for (const one of wanted) {
    if (one.kind === 'application') {
      const name = markedName(project, one.name);
      take(
        one,
        actual.applications.filter(({ body }) => body['friendly_name'] === name),
      );
    } else if (one.kind === 'phoneNumber') {
      const number = one.settings.get('number');
      take(
        one,
        actual.phoneNumbers.filter(({ body }) => body['phone_number'] === number),
      );
    } else if (one.kind === 'conversation') {
      const conversation = conversationNamed(actual, one.name);
      if (conversation !== undefined) found.set(one, conversation);
    }
  }
  for (const name of new Set(wanted.map(({ conversation }) => conversation))) {
    const conversation = conversationNamed(actual, name);
    if (conversation === undefined) continue;
    const inside = wanted.filter((one) => one.conversation === name);
    for (const one of inside.filter(({ kind }) => kind === 'conductor')) {
      take(
        one,
        conversation.conductors.filter(({ body }) => body['unique_name'] === one.name),
      );
    }
    matchParticipants(inside, conversation, project, found);
    matchWebhooks(inside, conversation, project, matching);
  }
  return matching;
}

function conversationNamed(
  actual: Actual,
  name: string | undefined,
): FoundConversation | undefined {
  return actual.conversations.find(
    ({ body }) => name !== undefined && body['unique_name'] === name,
  );
}

/** By identity, messaging address or voice address; among several the one with all the same addresses, then one of ours. */
function matchParticipants(
  inside: readonly Wanted[],
  { participants }: FoundConversation,
  project: string,
  found: Map<Wanted, Found>,
): void {
  const wanted = inside.filter(({ kind }) => kind === 'participant');
  const taken = new Set<Found>();
  for (const isSame of [hasSameAddresses, hasSameKey]) {
    for (const one of wanted.filter((other) => !found.has(other))) {
      const candidates = participants.filter((other) => !taken.has(other) && isSame(one, other));
      const ours = candidates.find(({ body }) => markOf(body, project)?.made);
      const match = ours ?? candidates[0];
      if (match === undefined) continue;
      found.set(one, match);
      taken.add(match);
    }
  }
}

const participantKeys = ['identity', 'messaging.address', 'voice.address'] as const;

function hasSameKey(wanted: Wanted, found: Found): boolean {
  const key = participantKeys.find((path) => wanted.settings.has(path));
  return key !== undefined && isSameAt(wanted, found, key);
}

function hasSameAddresses(wanted: Wanted, found: Found): boolean {
  const more = ['messaging.proxyAddress', 'voice.proxyAddress'];
  return (
    hasSameKey(wanted, found) &&
    more.every((path) => !wanted.settings.has(path) || isSameAt(wanted, found, path))
  );
}

function isSameAt(wanted: Wanted, { body }: Found, path: string): boolean {
  const setting = settingsOf(wanted.kind).find(([name]) => name === path)?.[1];
  const value = wanted.settings.get(path);
  return (
    setting !== undefined && value !== undefined && isAsWanted(setting, value, body, new Map())
  );
}

/** By the record in their conversation; without one, by URL and target. */
function matchWebhooks(
  inside: readonly Wanted[],
  conversation: FoundConversation,
  project: string,
  { found, replaced, unrecorded }: Matching,
): void {
  const records = markOf(conversation.body, project)?.webhooks ?? {};
  const recorded = new Set(Object.values(records));
  for (const one of inside.filter(({ kind }) => kind === 'webhook')) {
    const target = one.settings.has('triggers') ? 'trigger' : 'webhook';
    const known = conversation.webhooks.find(({ sid }) => sid === records[one.name]);
    const like = conversation.webhooks.find(
      (other) =>
        !recorded.has(other.sid) && other.body['target'] === target && isSameAt(one, other, 'url'),
    );
    if (known === undefined && like !== undefined) {
      found.set(one, like);
      if (records[one.name] === '') unrecorded.add(one);
    }
    if (known === undefined) continue;
    if (known.body['target'] === target) found.set(one, known);
    else replaced.set(one, known.sid);
  }
}

function changesOf(
  project: string,
  wanted: Wanted,
  { body }: Found,
  sids: ReadonlyMap<string, string>,
): Change[] {
  const changes: Change[] = [];
  for (const [path, setting] of settingsOf(wanted.kind)) {
    const to = wanted.settings.get(path);
    if (to === undefined || isAsWanted(setting, to, body, sids)) continue;
    changes.push({ setting: path, from: shown(setting, body), to });
  }
  if (wanted.kind === 'phoneNumber' && isMadeAs(body, project)) {
    const name = markedName(project, wanted.name);
    const from = body['friendly_name'];
    if (from !== name) changes.push({ setting: NAME_OF_NUMBER, from, to: name });
  }
  if (wanted.kind === 'conversation' && body['state'] === 'closed') {
    changes.push({ setting: 'state', from: 'closed', to: 'active' });
  }
  return changes;
}

function isMadeAs(body: Body, project: string): boolean {
  return textOf(body['friendly_name']).startsWith(markedName(project, ''));
}

/** Whether a setting has the value; a reference to what is not there yet has none. */
function isAsWanted(
  { type, property }: Setting,
  value: Value,
  body: Body,
  sids: ReadonlyMap<string, string>,
): boolean {
  const actual = propertyOf(body, property);
  if (isReference(value)) return actual != null && actual === sidOf(value, sids);
  switch (type.is) {
    case 'attributes':
      return (
        isBody(value) && isDeepStrictEqual(withoutMarks(attributesOf(body)), value['attributes'])
      );
    case 'words':
      return isDeepStrictEqual(sorted(actual), sorted(value));
    case 'one of':
      return textOf(actual).toLowerCase() === textOf(value).toLowerCase();
    case 'integer':
    case 'boolean':
      return actual === value;
    default:
      // A voice address of user@host is kept as sip:user@host.
      return (
        (actual ?? '') === value ||
        (property.startsWith('voice_binding.') && actual === `sip:${textOf(value)}`)
      );
  }
}

export function isReference(value: Value): value is Reference {
  return typeof value === 'object' && 'to' in value;
}

export function sidOf(reference: Reference, sids: ReadonlyMap<string, string>): string | undefined {
  return sids.get(keyOf({ kind: reference.to, name: reference.name, conversation: undefined }));
}

function sorted(list: unknown): string[] {
  return Array.isArray(list) ? list.map(textOf).toSorted() : [];
}

/** What stands at `voice_binding.address`. */
function propertyOf(body: Body, path: string): unknown {
  let value: unknown = body;
  for (const name of path.split('.')) value = isBody(value) ? value[name] : undefined;
  return value;
}

function shown({ type, property }: Setting, body: Body): unknown {
  return type.is === 'attributes'
    ? (withoutMarks(attributesOf(body)) ?? body['attributes'])
    : propertyOf(body, property);
}

/** What is marked as made for the project and matched by nothing, what refers to others first. */
function staleOf(
  { project, wanted }: Configuration,
  actual: Actual,
  { found, replaced }: Matching,
): Removal[] {
  const kept = new Set([...[...found.values()].map(({ sid }) => sid), ...replaced.values()]);
  const stale: Removal[] = [];
  const remove = (kind: Kind, sid: string, name: string, more: Partial<Removal> = {}): void => {
    const { words } = kinds[kind];
    stale.push({
      does: 'remove',
      kind,
      sid,
      label: `${words} ${name}`,
      conversationSid: undefined,
      ...more,
    });
  };
  const isMade = ({ body }: Found): boolean => markOf(body, project)?.made === true;
  const gone = actual.conversations.filter((one) => isMade(one) && !kept.has(one.sid));
  for (const kind of conversationKinds.toReversed()) {
    for (const conversation of actual.conversations) {
      if (gone.includes(conversation)) continue;
      const conversationSid = conversation.sid;
      const place = textOf(conversation.body['unique_name'] ?? conversationSid);
      if (kind === 'webhook') {
        const named = wanted.filter((one) => one.kind === kind && one.conversation === place);
        const records = markOf(conversation.body, project)?.webhooks ?? {};
        for (const [record, sid] of Object.entries(records)) {
          if (named.some(({ name }) => name === record) || kept.has(sid)) continue;
          remove(kind, sid, `${place}/${record}`, { conversationSid, record });
        }
        continue;
      }
      const section = kind === 'conductor' ? conversation.conductors : conversation.participants;
      for (const { sid, body } of section.filter((one) => isMade(one) && !kept.has(one.sid))) {
        remove(kind, sid, `${place}/${nameOf(body)}`, { conversationSid });
      }
    }
  }
  for (const { sid, body } of gone) remove('conversation', sid, nameOf(body));
  const ofAccount = [
    ['phoneNumber', actual.phoneNumbers],
    ['application', actual.applications],
  ] as const;
  for (const [kind, all] of ofAccount) {
    for (const { sid, body } of all) {
      if (isMadeAs(body, project) && !kept.has(sid)) remove(kind, sid, nameOf(body));
    }
  }
  return stale;
}

/** What people would know a resource by that the file does not name. */
function nameOf(body: Body): string {
  const messaging = propertyOf(body, 'messaging_binding.address');
  const voice = propertyOf(body, 'voice_binding.address');
  const number = body['phone_number'];
  const names = [
    number,
    body['unique_name'],
    body['identity'],
    messaging,
    voice,
    body['friendly_name'],
  ];
  return textOf(names.find((name) => name != null) ?? body['sid']);
}
