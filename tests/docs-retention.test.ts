import { describe, expect, it } from 'vitest';
import { retentions } from '../packages/server/src/config/retention.ts';
import { openStore } from '../packages/server/src/store/open-store.ts';
import { tableRows, textOf } from './_files.ts';

const rows = tableRows(textOf('docs/retention.md'), 'what');

describe('docs/retention.md', () => {
  it('gives every setting with the default of the code, and no other', () => {
    const documented = rows.flatMap(([, , kept = '', setting = '']) =>
      setting === '–' ? [] : [`${setting.replaceAll('`', '')}: ${kept}`],
    );
    const coded = Object.values(retentions).map(
      ({ variable, defaultDays }) =>
        `${variable}: ${defaultDays === 0 ? 'for ever' : `${defaultDays} days`}`,
    );

    expect(coded.length).toBeGreaterThan(0);
    expect(documented.toSorted()).toEqual(coded.toSorted());
  });

  it('says of every table how long its rows are kept', async () => {
    await using store = await openStore({ kind: 'memory' }, { onCommit: () => undefined });
    const tables = (await store.db.introspection.getTables()).map(({ name }) => name);
    const documented = rows.flatMap(([, names = '']) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    );

    expect(tables.length).toBeGreaterThan(10);
    expect(documented.toSorted()).toEqual(tables.toSorted());
  });
});
