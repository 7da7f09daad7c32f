import { parseTwiml } from '@tutti/twiml';
import { describe, expect, it } from 'vitest';
import {
  unsupportedConnectNouns,
  unsupportedDialNouns,
  unsupportedVerbNames,
  verbNames,
} from '../packages/twiml/src/known-names.ts';
import { filesBelow, tableRows, textOf } from './_files.ts';

const page = textOf('docs/twiml.md');
const names = (cell = ''): string[] => [...cell.matchAll(/<(\w+)>/g)].map(([, name = '']) => name);

/** Where each element stands in a document. */
const around: Readonly<Record<string, string>> = {
  Number: '<Dial>*</Dial>',
  Sip: '<Dial>*</Dial>',
  Uri: '<Dial><Sip>*</Sip></Dial>',
  Header: '<Dial><Sip><Headers>*</Headers></Sip></Dial>',
  Conversation: '<Connect>*</Connect>',
};

/** What the reader says of an attribute: it has no effect, does not exist, or nothing. */
function verdict(element: string, attribute: string): 'no' | 'unknown' | 'taken' {
  const one = `<${element} ${attribute}="1"/>`;
  const place = around[element] ?? '*';
  const read = parseTwiml(`<Response>${place.replace('*', one)}</Response>`);
  const messages = read.ok ? read.value.warnings.map(({ message }) => message) : [];
  if (messages.some((text) => text.includes(`${attribute} of <${element}> has no effect`))) {
    return 'no';
  }
  return messages.some((text) => text.includes(`<${element}> has no attribute ${attribute}`))
    ? 'unknown'
    : 'taken';
}

describe('docs/twiml.md', () => {
  const verbs = tableRows(page, 'verb');
  const attributes = tableRows(page, 'element');

  it('lists every verb of the reader, and whether it is carried', () => {
    const documented = verbs.map(([verb, carried]) => `${names(verb)[0] ?? ''} ${carried ?? ''}`);
    const known = verbNames.map(
      (name) => `${name} ${unsupportedVerbNames.includes(name) ? 'no' : 'yes'}`,
    );

    expect(documented.length).toBeGreaterThan(0);
    expect(documented.toSorted()).toEqual(known.toSorted());
  });

  it.each([
    ['Dial', unsupportedDialNouns],
    ['Connect', unsupportedConnectNouns],
  ])('lists the nouns of <%s> that are not carried', (verb, nouns) => {
    const row = verbs.find(([name]) => names(name)[0] === verb);

    expect(nouns.length).toBeGreaterThan(0);
    expect(names(row?.[3]).toSorted()).toEqual([...nouns].toSorted());
  });

  it('says of every attribute what the reader does with it', () => {
    const wrong = attributes.filter(([element, attribute = '', carried]) => {
      const found = verdict(names(element)[0] ?? '', attribute.replaceAll('`', ''));
      return found === 'unknown' || (found === 'no') !== (carried === 'no');
    });

    expect(attributes.length).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  });

  it('leaves no attribute of the reader out', () => {
    const sources = filesBelow(
      'packages/twiml/src/verbs',
      (path) => path.endsWith('.ts') && !path.endsWith('.test.ts'),
    );
    const declared = sources.flatMap((path) =>
      [...textOf(path).matchAll(/^ +(\w+): (?:withDefault|optional)\(/gm)].map(
        ([, name = '']) => name,
      ),
    );
    const documented = new Set(
      attributes.map(([, attribute = '']) => attribute.replaceAll('`', '')),
    );

    expect(declared.length).toBeGreaterThan(0);
    expect(declared.filter((name) => !documented.has(name))).toEqual([]);
  });
});
