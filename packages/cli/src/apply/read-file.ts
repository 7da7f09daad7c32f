import type { Configuration, Destination, Reading, Value, Wanted } from './configuration.ts';
import { accountKinds, conversationKinds, kinds, NAME, settingsOf, type Kind } from './grammar.ts';
import { textOf } from './marks.ts';
import { readEmulate } from './read-emulate.ts';
import { isHttpUrl, readValue, type Names } from './read-value.ts';
import { labelOf, variableOf } from './names.ts';
import { YamlSource, type Entry, type Environment } from './yaml-source.ts';

/** Keys of the file besides those of its resources. */
const fileKeys = ['project', 'env', 'etcd', 'consul'] as const;

const storeKeys = {
  etcd: ['url', 'prefix', 'user', 'password'],
  consul: ['url', 'prefix', 'token'],
} as const;

/** A resource of the file before its values are read. */
interface Draft {
  readonly kind: Kind;
  readonly entry: Entry;
  readonly conversation: string | undefined;
}

/** Reads `tutti.yaml`, or the seed file of emulate, which has a `twilio` section. `file` is what problems call it. */
export function readFile(text: string, file: string, environment: Environment): Reading {
  const source = new YamlSource(text, file, environment);
  if (source.problems.length > 0) return { ok: false, problems: source.problems };
  if (isEmulate(source)) return readEmulate(text, file);
  const configuration = readConfiguration(source);
  if (configuration === undefined || source.problems.length > 0) {
    return { ok: false, problems: source.problems };
  }
  return { ok: true, configuration };
}

function isEmulate(source: YamlSource): boolean {
  const root = source.root?.toJSON() as unknown;
  return typeof root === 'object' && root !== null && 'twilio' in root && !('project' in root);
}

function readConfiguration(source: YamlSource): Configuration | undefined {
  const sections = accountKinds.map((kind) => kinds[kind].section);
  const top = source.known(source.root, 'the file', [...fileKeys, ...sections]);
  const project = readProject(source, top.get('project'));
  const drafts = accountKinds.flatMap((kind) =>
    draftsOf(source, top.get(kinds[kind].section), kind, undefined),
  );
  // The keys of a conversation are its settings and what it holds.
  const inner: Draft[] = [];
  for (const { kind, entry } of drafts) {
    if (kind !== 'conversation' || entry.value === undefined) continue;
    for (const child of source.entries(entry.value, `conversation ${entry.key}`, entry.at)) {
      const held = conversationKinds.find((one) => kinds[one].section === child.key);
      if (held !== undefined) inner.push(...draftsOf(source, child, held, entry.key));
    }
  }
  const names = namesOf(source, drafts, inner);
  const all = [
    ...drafts,
    ...conversationKinds.flatMap((kind) => inner.filter((draft) => draft.kind === kind)),
  ];
  const wanted = all.map((draft) => readWanted(source, draft, names));
  checkNames(source, all, wanted);
  const destinations = readDestinations(source, top, project ?? '');
  return project === undefined ? undefined : { project, destinations, wanted, left: [] };
}

function readProject(source: YamlSource, entry: Entry | undefined): string | undefined {
  if (entry === undefined) {
    source.problem(
      source.root,
      'project is missing; expected is a name for what this file makes, as project: shop. Resources are marked with it.',
    );
    return undefined;
  }
  const name = source.text(entry, 'project', 'a name, as shop');
  if (name !== undefined) checkName(source, entry, name, 'project');
  return name;
}

function checkName(source: YamlSource, { at }: Entry, name: string, what: string): void {
  if (NAME.test(name)) return;
  source.problem(
    at,
    `${what} is called ${JSON.stringify(name)}; expected are up to 30 characters of a-z, 0-9, - and _, a letter first.`,
  );
}

function draftsOf(
  source: YamlSource,
  section: Entry | undefined,
  kind: Kind,
  conversation: string | undefined,
): Draft[] {
  if (section === undefined) return [];
  return source.entries(section.value, section.key, section.at).map((entry) => {
    checkName(source, entry, entry.key, `${kinds[kind].words} ${entry.key}`);
    return { kind, entry, conversation };
  });
}

/** What can be referred to by name. */
function namesOf(source: YamlSource, drafts: readonly Draft[], inner: readonly Draft[]): Names {
  const phoneNumbers = new Map<string, string | undefined>();
  for (const { kind, entry } of drafts) {
    if (kind !== 'phoneNumber') continue;
    const settings = source.entries(entry.value, `phone number ${entry.key}`, entry.at);
    const number = settings.find(({ key }) => key === 'number');
    phoneNumbers.set(entry.key, number && source.peek(number));
  }
  return {
    applications: drafts.filter(({ kind }) => kind === 'application').map(({ entry }) => entry.key),
    conductors: inner.filter(({ kind }) => kind === 'conductor').map(({ entry }) => entry.key),
    phoneNumbers,
  };
}

function readWanted(
  source: YamlSource,
  { kind, entry, conversation }: Draft,
  names: Names,
): Wanted {
  const what = labelOf({ kind, name: entry.key, conversation });
  const settings = new Map<string, Value>();
  const own = settingsOf(kind);
  const groups = new Set(own.flatMap(([path]) => path.split('.').slice(0, -1)));
  const single = own.flatMap(([path]) => (path.includes('.') ? [] : [path]));
  const held = kind === 'conversation' ? conversationKinds.map((one) => kinds[one].section) : [];
  const given = new Map(source.known(entry.value, what, [...single, ...groups, ...held], entry.at));
  for (const group of groups) {
    const nested = given.get(group);
    if (nested === undefined) continue;
    const keys = own.flatMap(([path]) =>
      path.startsWith(`${group}.`) ? [path.slice(group.length + 1)] : [],
    );
    const before = source.problems.length;
    const found = source.known(nested.value, `${group} of ${what}`, keys, nested.at);
    if (found.size === 0 && source.problems.length === before) {
      source.problem(nested.at, `${group} of ${what} is empty; it takes: ${keys.join(', ')}.`);
    }
    for (const [key, value] of found) given.set(`${group}.${key}`, value);
  }
  for (const [path, setting] of own) {
    const value = given.get(path);
    if (value === undefined) {
      if (setting.required) {
        source.problem(entry.at, `${what} has no ${path}; it is needed. ${setting.tells}`);
      }
      continue;
    }
    const read = readValue(source, value, setting.type, `${path} of ${what}`, names);
    const cannotBeNone = setting.required || setting.fixed || path.startsWith('voice.');
    if (read === '' && cannotBeNone) {
      source.problem(value.value, `${path} of ${what} is ""; it cannot be none. ${setting.tells}`);
    } else if (read !== undefined) settings.set(path, read);
  }
  checkTogether(source, kind, entry, what, given);
  return { kind, name: entry.key, conversation, line: source.lineOf(entry.at), settings };
}

/** What a participant or webhook needs that is none of its settings alone. */
function checkTogether(
  source: YamlSource,
  kind: Kind,
  { at }: Entry,
  what: string,
  given: ReadonlyMap<string, Entry>,
): void {
  const both = (one: string, other: string): boolean => given.has(one) && given.has(other);
  if (kind === 'participant') {
    if (both('identity', 'messaging')) {
      source.problem(at, `${what} has identity and messaging; expected is one of them.`);
    }
    if (!['identity', 'messaging.address', 'voice.address'].some((path) => given.has(path))) {
      source.problem(
        at,
        `${what} cannot be found again; expected is identity, messaging.address or voice.address.`,
      );
    }
  }
  if (kind === 'webhook' && given.has('filters') === given.has('triggers')) {
    const has = given.has('filters') ? 'filters and triggers' : 'neither filters nor triggers';
    source.problem(
      at,
      `${what} has ${has}; expected is one of them: filters, as [onMessageAdded], or triggers, as [help].`,
    );
  }
}

/** Two resources under one name, or one variable, would be one another's. */
function checkNames(source: YamlSource, drafts: readonly Draft[], wanted: readonly Wanted[]): void {
  const variables = new Map<string, string>();
  for (const [index, one] of wanted.entries()) {
    const { words } = kinds[one.kind];
    const at = drafts[index]?.entry.at;
    const variable = variableOf(one);
    const line = variables.get(variable);
    if (line === undefined) variables.set(variable, `${words} ${one.name} of line ${one.line}`);
    else {
      source.problem(
        at,
        `${words} ${one.name} and ${line} would both be written as ${variable}. Call one of them something else.`,
      );
    }
    const number = one.kind === 'phoneNumber' ? one.settings.get('number') : undefined;
    const twin =
      number !== undefined && wanted.find((other) => other.settings.get('number') === number);
    if (twin && twin !== one && twin.line < one.line) {
      source.problem(
        at,
        `${textOf(number)} is phone number ${twin.name} of line ${twin.line} too.`,
      );
    }
  }
}

function readDestinations(
  source: YamlSource,
  top: ReadonlyMap<string, Entry>,
  project: string,
): Destination[] {
  const destinations: Destination[] = [];
  const env = top.get('env');
  if (env !== undefined) {
    const path = source.text(env, 'env', 'the path of a file, as .env.tutti');
    if (path === '') source.problem(env.value, 'env is ""; expected is a path, as .env.tutti.');
    else if (path !== undefined) destinations.push({ kind: 'env', path });
  }
  for (const kind of ['etcd', 'consul'] as const) {
    const entry = top.get(kind);
    if (entry === undefined) continue;
    const given = source.known(entry.value, kind, storeKeys[kind], entry.at);
    const read = (key: string): string | undefined => {
      const value = given.get(key);
      return value && source.text(value, `${key} of ${kind}`, 'a text');
    };
    const url = read('url');
    if (url === undefined || !isHttpUrl(url)) {
      source.problem(
        given.get('url')?.value ?? entry.at,
        `url of ${kind} is ${url === undefined ? 'missing' : JSON.stringify(url)}; expected is where it answers by HTTP, as http://127.0.0.1:${kind === 'etcd' ? '2379' : '8500'}.`,
      );
      continue;
    }
    const place = { url: url.replace(/\/+$/, ''), prefix: read('prefix') ?? `tutti/${project}/` };
    destinations.push(
      kind === 'etcd'
        ? { kind, ...place, user: read('user'), password: read('password') }
        : { kind, ...place, token: read('token') },
    );
  }
  return destinations;
}
