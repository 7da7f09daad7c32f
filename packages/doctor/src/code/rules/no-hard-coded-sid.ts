import { explainSid } from '@tutti/ids';
import type { CodeFile, Problem } from '../code-file.ts';
import { nameOfKind } from '../../kind-names.ts';
import { looksLikeSid } from '../sid-names.ts';
import type { Node } from '../syntax.ts';

const sidInText = /(?<![0-9A-Za-z])[A-Z]{2}[0-9a-fA-F]{32}(?![0-9A-Za-z])/g;

/** A SID written into the code, and samples of documentation that were never replaced. */
export function* noHardCodedSid({ gathered }: CodeFile): Generator<Problem> {
  for (const { node } of gathered.strings) {
    const text = textOf(node);
    if (text === undefined || text.length < 2) continue;
    const explanation = placeholderShape.test(text) ? explainSid(text) : undefined;
    if (explanation?.kind === 'placeholder' && explanation.prefix !== undefined) {
      yield { rule: 'no-placeholder-sid', values: { text }, node };
      continue;
    }
    for (const [sid] of text.matchAll(sidInText)) {
      const prefix = sid.slice(0, 2);
      const name = nameOfKind(prefix);
      if (name === undefined || explainSid(sid).kind === 'placeholder') continue;
      const variable = `${name.replaceAll(/[^A-Za-z]+/g, '_').toUpperCase()}_SID`;
      yield {
        rule: 'no-hard-coded-sid',
        values: { sid, variable },
        node,
        ...(text === sid && looksLikeSid(sid) && node.type === 'Literal'
          ? {
              suggestion: {
                title: `process.env.${variable}`,
                edits: [{ node, text: `process.env.${variable}` }],
              },
            }
          : {}),
      };
    }
  }
}

// Two capitals and what documentation puts in place of digits, as long as a SID or nearly.
const placeholderShape = /^[A-Z]{2}[xX*.0-9a-fA-F#…-]{2,40}$/;

function textOf(node: Node): string | undefined {
  if (node.type === 'TemplateElement') return node.value.cooked ?? undefined;
  return node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined;
}
