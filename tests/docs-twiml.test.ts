import { parseTwiml } from '@tutti/twiml';
import { describe, expect, it } from 'vitest';
import { filesBelow, tableRows, textOf } from './_files.ts';

const page = textOf('docs/twiml.md');

/** An element where it stands: `['Dial', 'Sip', 'Uri']`. */
type Path = readonly string[];

function documentOf(path: Path, attributes = '', inside = ''): string {
  const [own = 'Response'] = path.slice(-1);
  const outer = path.slice(0, -1);
  const open = outer.map((name) => `<${name}>`).join('');
  const close = outer.toReversed().map((name) => `</${name}>`);
  const element = `<${own} ${attributes}>${inside}</${own}>`;
  return `<Response>${open}${element}${close.join('')}</Response>`;
}

const written = (path: Path): string => path.map((name) => `<${name}>`).join('');

/** What the reader would have taken in place of a name that it does not know. */
function knownInstead(document: string, unknown: string): readonly string[] {
  const known: string[] = [];
  const read = parseTwiml(document, (given, names) => {
    if (given === unknown) known.push(...names);
    return undefined;
  });
  expect(read.ok).toBe(true);
  return known;
}

const childrenOf = (path: Path): readonly string[] =>
  path.length === 0
    ? knownInstead('<Response><unknown/></Response>', 'unknown')
    : knownInstead(documentOf(path, '', '<unknown/>'), 'unknown');
const attributesOf = (path: Path): readonly string[] =>
  knownInstead(documentOf(path, 'unknown="1"'), 'unknown');

/** Elements of SSML may hold each other: those of the verb stand for all. */
const isSsml = (path: Path): boolean => path.at(-2) === 'Say';
const isLeaf = (path: Path): boolean => path.at(-1) === 'Say';
/** Whether the reader says that an element of SSML has no effect. */
const isUnheard = (path: Path): boolean => {
  const read = parseTwiml(documentOf(path, '', 'x'));
  const messages = read.ok ? read.value.warnings.map(({ message }) => message) : [];
  return messages.some((text) =>
    text.startsWith(`<${path.at(-1) ?? ''}> inside <Say> has no effect`),
  );
};

/** Every element that the reader knows, where it stands. */
function elementsBelow(path: Path): Path[] {
  if (written(path) === '<Gather><Say>') return [];
  return childrenOf(path).flatMap((name) => {
    const own = [...path, name];
    return isLeaf(path) ? [own] : [own, ...elementsBelow(own)];
  });
}

const elements = elementsBelow([]);

/** `<Dial><Sip>` of a cell. */
const pathIn = (cell = ''): Path => [...cell.matchAll(/<([\w:-]+)>/g)].map(([, name = '']) => name);

/** The row of an attribute table is for every place where the path ends so. */
const endsWith = (path: Path, end: Path): boolean => written(path).endsWith(written(end));

const isUncarried = (path: Path): boolean => {
  const read = parseTwiml(documentOf(path, '', 'x'));
  return JSON.stringify(read).includes(`"Unsupported","name":"${path.at(-1) ?? ''}"`);
};

/** Titles of tests, by the name of the file. */
const tests = new Map<string, string>();
for (const path of filesBelow('packages', (each) => each.endsWith('.test.ts'))) {
  const [, name = ''] = /([^/]+)\.test\.ts$/.exec(path) ?? [];
  tests.set(name, (tests.get(name) ?? '') + textOf(path));
}

/** Whether a cell names a test that is there: `dial: shows callerId`. */
function namesTest(cell = ''): boolean {
  const [file = '', ...title] = cell.replaceAll('`', '').split(': ');
  const text = tests.get(file);
  return title.length > 0 && text?.includes(`'${title.join(': ')}'`) === true;
}

describe('docs/twiml.md', () => {
  const documented = tableRows(page, 'element').map(([cell, carried, , test]) => ({
    path: pathIn(cell),
    carried,
    test,
  }));
  const attributes = tableRows(page, 'of').map(([cell, name = '', carried, , test]) => ({
    path: pathIn(cell),
    name: name.replaceAll('`', ''),
    carried,
    test,
  }));

  it('lists every element of the reader where it may stand, and no other', () => {
    expect(elements.length).toBeGreaterThan(40);
    expect(documented.map(({ path }) => written(path)).toSorted()).toEqual(
      elements.map(written).toSorted(),
    );
  });

  it('says of every element that is not read that it is not carried', () => {
    const wrong = documented.filter(
      ({ path, carried }) => !isSsml(path) && isUncarried(path) && carried !== 'no',
    );

    expect(documented.some(({ path }) => isUncarried(path))).toBe(true);
    expect(wrong).toEqual([]);
  });

  it('says of exactly the elements of SSML that have no effect that they are not carried', () => {
    const ssml = documented.filter(({ path }) => isSsml(path));
    const wrong = ssml.filter(({ path, carried }) => isUnheard(path) !== (carried === 'no'));

    expect(ssml.some(({ path }) => isUnheard(path))).toBe(true);
    expect(wrong).toEqual([]);
  });

  it('lists every attribute of every element, and no other', () => {
    const known = elements.flatMap((path) => attributesOf(path).map((name) => ({ path, name })));
    const missing = known.filter(
      ({ path, name }) => !attributes.some((row) => row.name === name && endsWith(path, row.path)),
    );
    const invented = attributes.filter(
      (row) => !known.some(({ path, name }) => row.name === name && endsWith(path, row.path)),
    );

    expect(missing).toEqual([]);
    expect(invented).toEqual([]);
  });

  it('says no of exactly the attributes that the reader says have no effect', () => {
    const wrong = attributes.filter(({ path: end, name, carried }) => {
      const path = elements.find((each) => endsWith(each, end)) ?? end;
      // Of each kind of value one that asks for something.
      const messages = ['1', 'true', 'low', 'GET'].flatMap((value) => {
        const read = parseTwiml(documentOf(path, `${name}="${value}"`));
        return read.ok ? read.value.warnings.map(({ message }) => message) : [];
      });
      const isRefused = messages.some(
        (text) => text.includes(`${name} of <`) && text.includes('has no effect'),
      );
      return isRefused !== (carried === 'no');
    });

    expect(wrong).toEqual([]);
  });

  it('names a test that shows each element, and each attribute that is read', () => {
    const shown = [...documented, ...attributes.filter(({ carried }) => carried !== 'no')];

    expect(shown.filter(({ test }) => !namesTest(test))).toEqual([]);
  });
});
