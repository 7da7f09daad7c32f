import type { CodeFile, Problem, Suggestion } from '../code-file.ts';
import { kindsOf, meaningOfGiven } from '../meanings.ts';
import type { Binding, Gathered } from '../scopes.ts';
import type { Prefixes } from '../sid-names.ts';
import { isAmbiguousName } from '../sid-names.ts';
import { nameOfKind } from '../../kind-names.ts';

/** A variable or parameter called `sid`: nothing says of what, and a mix-up cannot be seen. */
export function* noAmbiguousSidName({ gathered }: CodeFile): Generator<Problem> {
  for (const scope of gathered.scopes) {
    for (const binding of scope.bindings()) {
      if (!isAmbiguousName(binding.name) || isImported(binding)) continue;
      const better = betterName(binding);
      const isFree = better !== undefined && scope.find(better) === undefined;
      yield {
        rule: 'no-ambiguous-sid-name',
        values: { name: binding.name, better },
        node: binding.node,
        ...(isFree ? { suggestion: rename(binding, better, gathered) } : {}),
      };
    }
  }
}

/** Who exports a name has chosen it, and it may be that of a type. */
const isImported = ({ given }: Binding): boolean => given.some(({ from }) => from === 'module');

/** `conversationSid`, where what it holds tells. */
function betterName(binding: Binding): string | undefined {
  for (const given of binding.given) {
    const kinds = kindsOf(meaningOfGiven(given, binding));
    const name = kinds && variableName(kinds);
    if (name !== undefined) return name;
  }
  return undefined;
}

function variableName([prefix]: Prefixes): string | undefined {
  const name = prefix === undefined ? undefined : nameOfKind(prefix);
  if (name === undefined || !/^[A-Za-z ]+$/.test(name)) return undefined;
  const words = `${name} sid`.split(' ').map((word) => word.toLowerCase());
  return words
    .map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('');
}

function rename(binding: Binding, name: string, gathered: Gathered): Suggestion {
  const uses = gathered.names.filter(
    ({ node, scope }) => node.name === binding.name && scope.find(node.name) === binding,
  );
  return {
    title: name,
    edits: uses.map(({ node }) => ({
      node,
      // `{ sid }` of an object or a pattern becomes `{ sid: conversationSid }`.
      text: gathered.shorthands.has(node) ? `${binding.name}: ${name}` : name,
    })),
  };
}
