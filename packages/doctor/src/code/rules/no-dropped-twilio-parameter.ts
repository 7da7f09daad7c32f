import { nearestName } from '@tutti/ids';
import type { CodeFile, Problem } from '../code-file.ts';
import { CALL, meaningOf } from '../meanings.ts';
import { bare, keyOf } from '../syntax.ts';
import type { Node } from '../syntax.ts';

/** What Tutti's API takes besides Twilio's, as `@tutti/client` spells it. */
const tuttisParameters: ReadonlySet<string> = new Set([
  'voiceBinding.address',
  'voiceBinding.proxyAddress',
  'voiceBinding.conductorSid',
  'conductorSid',
]);

/**
 * A parameter that the installed `twilio` does not read: its methods copy the ones they know and
 * drop the rest without a word. Which ones they know is read from the package's own code.
 */
export function* noDroppedTwilioParameter(file: CodeFile): Generator<Problem> {
  for (const { node, scope } of file.gathered.calls) {
    const [first] = node.arguments;
    // TypeScript knows them not either, so that they come with `as any`.
    const given = first && bare(first);
    if (node.type !== 'CallExpression' || given?.type !== 'ObjectExpression') continue;
    const callee = meaningOf(bare(node.callee), scope);
    if (callee?.is !== 'sdk' || callee.chain.length < 2) continue;
    const known = file.sdk()?.parametersOf(callee.chain);
    const version = file.sdk()?.version;
    if (known === undefined || version === undefined) continue;
    const isTuttis = file.hasTuttiClient || callee.root.module === '@tutti/client';
    for (const property of given.properties) {
      if (property.type !== 'Property') continue;
      const parameter = keyOf(property.key, property.computed);
      if (parameter === undefined || known.has(parameter)) continue;
      if (isTuttis && tuttisParameters.has(parameter)) continue;
      const nearest =
        flattened(property.value, parameter, known) ?? nearestName(parameter, [...known]);
      yield {
        rule: 'no-dropped-twilio-parameter',
        values: {
          parameter,
          method: callee.chain.join('.').replaceAll(`.${CALL}`, CALL),
          version,
          nearest,
          isTuttis: tuttisParameters.has(parameter),
        },
        node: property.key,
        ...(nearest !== undefined && property.value.type !== 'ObjectExpression'
          ? { suggestion: renameKey(property.key, nearest) }
          : {}),
      };
    }
  }
}

const renameKey = (key: Node, name: string): NonNullable<Problem['suggestion']> => ({
  title: name,
  edits: [{ node: key, text: /^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name}'` }],
});

/** `messagingBinding: { address }` is taken as `'messagingBinding.address'`. */
function flattened(value: Node, name: string, known: ReadonlySet<string>): string | undefined {
  if (value.type !== 'ObjectExpression') return undefined;
  const meant = [...known, ...tuttisParameters].filter((each) => each.startsWith(`${name}.`));
  const inside = value.properties.flatMap((property) =>
    property.type === 'Property' ? [`${name}.${keyOf(property.key, property.computed)}`] : [],
  );
  return inside.find((parameter) => meant.includes(parameter)) ?? meant.at(0);
}
