import { printable } from '../printable.ts';
import type { Value } from './configuration.ts';
import { isBody, textOf } from './marks.ts';
import { labelOf } from './names.ts';
import { isReference, type Change, type Plan, type Step } from './plan.ts';

/** What is as it should be is named for reassurance: that many will do. */
const UNCHANGED_SHOWN = 10;

/** The lines that show a plan: `+` made, `~` changed, `-` removed. */
export function tellSteps({ steps, unchanged, stale }: Plan): readonly string[] {
  const lines = steps.flatMap(tellStep);
  if (unchanged.length > 0) {
    const more = unchanged.length - UNCHANGED_SHOWN;
    const labels = unchanged.slice(0, UNCHANGED_SHOWN).map(labelOf).join(', ');
    lines.push(`  unchanged: ${labels}${more > 0 ? ` and ${more} more` : ''}`);
  }
  if (stale.length > 0) {
    const labels = stale.map(({ label }) => label).join(', ');
    lines.push(`  no longer in the file, and left as they are: ${labels} (--prune removes them)`);
  }
  return lines.map(printable);
}

function tellStep(step: Step): string[] {
  if (step.does === 'remove') {
    const more = step.kind === 'conversation' ? ', with its participants and messages' : '';
    return [`- ${step.label} (${step.sid}${more})`];
  }
  const { wanted } = step;
  if (step.does === 'change') {
    return [`~ ${labelOf(wanted)} (${step.sid})`, ...step.changes.map(tellChange)];
  }
  const place = step.replaces === undefined ? '' : ` in place of ${step.replaces}, which goes`;
  const settings = [...wanted.settings].map(([path, value]) => `    ${path}: ${tell(value)}`);
  return [`+ ${labelOf(wanted)}${place}`, ...settings];
}

function tellChange({ setting, from, to }: Change): string {
  return `    ${setting}: ${tell(from)} → ${tell(to)}`;
}

function tell(value: unknown): string {
  if (value == null || value === '') return 'none';
  if (isBody(value)) {
    const one = value as Value;
    if (isReference(one)) return one.name;
    return JSON.stringify('attributes' in value ? value['attributes'] : value);
  }
  if (Array.isArray(value)) return value.join(', ');
  // What stands before the @ of a URL is a password.
  return textOf(value).replace(/^(https?:\/\/)[^/?#]*@/i, '$1…@');
}

/** `3 to make, 1 to change, 2 to remove`, of what there is. */
export function countSteps(steps: readonly Step[]): string {
  const words = { create: 'to make', change: 'to change', remove: 'to remove' } as const;
  return (['create', 'change', 'remove'] as const)
    .map((does) => [steps.filter((step) => step.does === does).length, words[does]] as const)
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(', ');
}
