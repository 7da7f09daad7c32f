import { describe, expect, it } from 'vitest';
import { catalogue, type CatalogueEntry } from '../packages/server/src/base/error-catalogue.ts';
import { filesBelow, tableRows, textOf } from './_files.ts';

const FIRST_OWN_CODE = 75_001;
const entries: readonly CatalogueEntry[] = Object.values(catalogue);

describe('docs/errors.md', () => {
  it('lists exactly the codes of the catalogue, with status, alert level and message', () => {
    const documented = tableRows(textOf('docs/errors.md'), 'code')
      // The table of codes of the TwiML reader has two columns.
      .filter((cells) => cells.length === 5)
      .map(([code = '', status, alert, message = '']) =>
        [code.replace(/^\[(\d+)\].*$/, '$1'), status, alert, message.replaceAll('&lt;', '<')].join(
          ' | ',
        ),
      );
    const coded = entries.map(({ code, status, alert, message }) =>
      [code, status, alert ?? '–', message].join(' | '),
    );

    expect(documented.length).toBeGreaterThan(0);
    expect(documented.toSorted()).toEqual(coded.toSorted());
  });

  it('says of every code when it comes', () => {
    const rows = tableRows(textOf('docs/errors.md'), 'code').filter(({ length }) => length === 5);

    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter(([, , , , when = '']) => when.length < 10)).toEqual([]);
  });

  it('names every code that the TwiML reader warns with', () => {
    const sources = filesBelow(
      'packages/twiml/src',
      (path) => path.endsWith('.ts') && !path.endsWith('.test.ts'),
    );
    const code = sources.map((path) => textOf(path).replaceAll(/\/\/.*$/gm, '')).join('\n');
    const used = new Set([...code.matchAll(/\b1[123]\d{3}\b/g)].map(([number]) => number));
    const documented = textOf('docs/errors.md');

    expect(used.size).toBeGreaterThan(0);
    expect([...used].filter((number) => !documented.includes(number))).toEqual([]);
  });
});

describe('docs/errors/<code>.md', () => {
  const pages = filesBelow('docs/errors', (path) => path.endsWith('.md'));

  it('is there for every code of ours, and for no other', () => {
    const own = new Set(entries.map(({ code }) => code).filter((code) => code >= FIRST_OWN_CODE));

    expect(own.size).toBeGreaterThan(0);
    expect(pages).toEqual([...own].map((code) => `docs/errors/${code}.md`).toSorted());
  });

  it.each(pages)('%s says cause, looks, remedy and a request that is right', (path) => {
    const text = textOf(path);
    const code = /(\d{5})\.md$/.exec(path)?.[1] ?? '';

    expect(text).toMatch(new RegExp(`^# ${code}: \\S`));
    expect(text.match(/^## .+$/gm)?.slice(0, 4)).toEqual([
      '## Cause',
      '## What it looks like',
      '## How to put it right',
      '## A request that is right',
    ]);
  });
});
