import { expect, it } from 'vitest';
import { auditRules } from '../packages/server/src/model/audit.ts';
import { tableRows, textOf } from './_files.ts';

it('docs/audit.md has every rule of the audit, with how grave it is', () => {
  const rows = tableRows(textOf('docs/audit.md'), 'rule').map(([rule = '', severity = '']) => [
    rule.replaceAll('`', ''),
    severity,
  ]);

  expect(Object.fromEntries(rows)).toEqual(auditRules);
});
