import { describe, expect, it } from 'vitest';
import { Metrics } from '../packages/server/src/base/metrics.ts';
import { filesBelow, tableRows, textOf } from './_files.ts';

const text = textOf('docs/operations.md');

describe('docs/operations.md', () => {
  it('lists exactly the metrics of the code, with type, labels and meaning', () => {
    const documented = tableRows(text, 'metric').map((cells) =>
      cells.map((cell) => cell.replaceAll('`', '')).join(' | '),
    );
    const coded = new Metrics().all.map(({ name, type, labels, help }) =>
      [name, type, labels.join(', ') || '–', help].join(' | '),
    );

    expect(documented.length).toBeGreaterThan(20);
    expect(documented).toEqual(coded);
  });

  it('watches metrics that there are', () => {
    const rules = [...text.matchAll(/^\s+expr: (.*)$/gm)].map(([, rule = '']) => rule);
    const names = rules.flatMap((rule) => rule.match(/\btutti_\w+/g) ?? []);

    expect(rules).toHaveLength(3);
    expect(new Metrics().all.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
  });

  it('names the lines that the log has at the level info', () => {
    const sources = filesBelow('packages/server/src', (path) => path.endsWith('.ts'));
    const told = new Set(
      sources.flatMap((path) =>
        [...textOf(path).matchAll(/log\??\.info\([^;]*?'([^']+)',?\s*\)/gs)].map(([, msg]) => msg),
      ),
    );
    const documented = tableRows(text, '`msg`').map(([msg = '']) => msg.replaceAll('`', ''));

    expect(told.size).toBeGreaterThan(0);
    expect(documented.toSorted()).toEqual([...told].toSorted());
  });
});
