import { isSid, nearestName, parseAddress, parseE164, explainSid } from '@tutti/ids';
import type { Reference, Value } from './configuration.ts';
import { NAME, type SettingType } from './grammar.ts';
import type { Entry, YamlSource } from './yaml-source.ts';

/** What names in values may stand for. */
export interface Names {
  readonly applications: readonly string[];
  readonly conductors: readonly string[];
  /** Digits by name; undefined where the file's own are wrong. */
  readonly phoneNumbers: ReadonlyMap<string, string | undefined>;
}

const referred = {
  application: { prefix: 'AP', list: 'applications' },
  conductor: { prefix: 'CN', list: 'conductors' },
} as const;

/** Reads one setting; undefined when it is wrong, which `source` has been told. */
export function readValue(
  source: YamlSource,
  entry: Entry,
  type: SettingType,
  what: string,
  names: Names,
): Value | undefined {
  if (type.is === 'attributes') return readAttributes(source, entry, what);
  if (type.is === 'words') return readWords(source, entry, type, what);
  const expected = expectedOf(type);
  const given = source.text(entry, what, expected);
  if (given === undefined) return undefined;
  const wrong = (problem = ''): undefined => {
    source.problem(
      entry.value,
      `${what} is ${JSON.stringify(given)}; expected is ${expected}.${problem}`,
    );
    return undefined;
  };
  switch (type.is) {
    case 'text':
      if (given.length > type.max) return wrong(` It has ${given.length} characters.`);
      return given;
    case 'url':
      return given === '' || isHttpUrl(given) ? given : wrong();
    case 'one of': {
      const value = type.of.find((one) => one.toLowerCase() === given.toLowerCase());
      if (value !== undefined) return value;
      const nearest = nearestName(given, type.of);
      return wrong(nearest === undefined ? '' : ` Did you mean ${nearest}?`);
    }
    case 'integer': {
      const value = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
      return value >= type.min && value <= type.max ? value : wrong();
    }
    case 'boolean':
      if (given === 'true' || given === 'false') return given === 'true';
      return wrong();
    case 'phone number': {
      const parsed = parseE164(given);
      return parsed.ok ? given : wrong(` ${parsed.error.message}`);
    }
    case 'address':
      return readAddress(given, names, wrong);
    case 'reference':
      return readReference(given, type.to, names, wrong);
  }
}

function readAttributes(source: YamlSource, entry: Entry, what: string): Value | undefined {
  const attributes = source.object(entry, what);
  if (attributes === undefined) return undefined;
  if ('tutti_apply' in attributes) {
    source.problem(
      entry.at,
      `${what} has tutti_apply, which tutti apply marks resources with. Take another name.`,
    );
    return undefined;
  }
  return { attributes };
}

function readWords(
  source: YamlSource,
  entry: Entry,
  type: SettingType & { is: 'words' },
  what: string,
): Value | undefined {
  const items = source.list(entry, what);
  if (items === undefined) return undefined;
  if (items.length === 0 || items.length > type.max) {
    source.problem(
      entry.at,
      `${what} has ${items.length} items; expected are 1 to ${type.max}. Delete the line if none is meant.`,
    );
    return undefined;
  }
  const words: string[] = [];
  for (const item of items) {
    const word = source.text(item, `an item of ${what}`, 'a word');
    if (word === undefined) return undefined;
    if (type.of?.includes(word) === false) {
      const nearest = nearestName(word, type.of);
      const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
      source.problem(
        item.value,
        `${what} has ${JSON.stringify(word)}; expected is one of ${type.of.join(', ')}.${hint}`,
      );
      return undefined;
    }
    words.push(word);
  }
  return words;
}

function readAddress(
  given: string,
  { phoneNumbers }: Names,
  wrong: (problem: string) => undefined,
): string | undefined {
  if (NAME.test(given)) {
    if (phoneNumbers.has(given)) return phoneNumbers.get(given);
    return wrong(` ${missing(given, 'phoneNumbers', [...phoneNumbers.keys()])}`);
  }
  if (given === '') return given;
  const parsed = parseAddress(given);
  return parsed.ok ? given : wrong(` ${parsed.error.message}`);
}

function readReference(
  given: string,
  to: Reference['to'],
  names: Names,
  wrong: (problem: string) => undefined,
): Reference | string | undefined {
  const { prefix, list } = referred[to];
  if (given === '' || isSid(given, prefix)) return given;
  if (names[list].includes(given)) return { to, name: given };
  if (NAME.test(given)) return wrong(` ${missing(given, list, names[list])}`);
  return wrong(` ${explainSid(given).sentence}`);
}

function missing(given: string, section: string, names: readonly string[]): string {
  const nearest = nearestName(given, names);
  const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
  const there = names.length === 0 ? 'has none' : `has ${names.join(', ')}`;
  return `This file's ${section} ${there}.${hint}`;
}

/** What a person is told to write there. */
function expectedOf(type: Exclude<SettingType, { is: 'attributes' | 'words' }>): string {
  switch (type.is) {
    case 'text':
      return `a text of up to ${type.max} characters`;
    case 'url':
      return 'a URL, as https://example.com/voice ("" for none)';
    case 'one of':
      return type.of.join(' or ');
    case 'integer':
      return `a whole number from ${type.min} to ${type.max}`;
    case 'boolean':
      return 'true or false';
    case 'phone number':
      return 'a number in E.164 form, as "+15551234567"';
    case 'address':
      return 'the name of a phone number of this file, or a number, SIP URI, client: identity or e-mail address';
    case 'reference': {
      const { prefix } = referred[type.to];
      return `the name of ${type.to === 'application' ? 'an application' : 'a conductor'} of this file, or its SID (${prefix}…)`;
    }
  }
}

/** Whether `text` is a URL of HTTP with a host. */
export function isHttpUrl(text: string): boolean {
  if (!/^https?:\/\/[^/?#\\]/i.test(text)) return false;
  try {
    return new URL(text).host !== '';
  } catch {
    return false;
  }
}
