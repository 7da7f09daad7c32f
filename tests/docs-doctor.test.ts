import { severities } from '@tutti/doctor';
import { expect, it } from 'vitest';
import { tableRows, textOf } from './_files.ts';

it('docs/doctor.md has every rule of tutti doctor, with how grave it is', () => {
  const rows = tableRows(textOf('docs/doctor.md'), 'rule').map(([rule = '', severity = '']) => [
    rule.replaceAll('`', ''),
    severity,
  ]);

  expect(Object.fromEntries(rows)).toEqual(severities);
});
