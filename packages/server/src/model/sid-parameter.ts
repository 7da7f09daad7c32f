import { explainSid, isSid, sidKinds, type Sid, type SidPrefix } from '@tutti/ids';
import { refusal, type RequestError } from '../base/app-error.ts';

/**
 * `given` as a SID of one of the kinds `prefixes`.
 *
 * @throws RequestError placeholderSid, malformedSid or wrongKindOfSid, saying what it is instead.
 */
export function requireSid<P extends SidPrefix>(
  given: string,
  parameter: string,
  ...prefixes: P[]
): Sid<P> {
  if (isSid(given, ...prefixes) && explainSid(given).kind === 'sid') return given;
  throw sidRefusal(given, parameter, prefixes);
}

/** Why `given` is no SID of the kinds `prefixes`. */
export function sidRefusal(
  given: string,
  parameter: string,
  prefixes: readonly SidPrefix[],
): RequestError {
  const explanation = explainSid(given);
  const options = { details: { given, parameter, expected: prefixes } };
  switch (explanation.kind) {
    case 'placeholder': {
      const { prefix } = explanation;
      const text =
        prefix === undefined || prefixes.includes(prefix)
          ? explanation.sentence
          : `It is a placeholder from documentation, and of the wrong kind: ${article(sidKinds[prefix].name)} ${sidKinds[prefix].name} SID. ${parameter} takes ${kindNames(prefixes)}.`;
      return refusal('placeholderSid', { parameter, given, explanation: text }, options);
    }
    case 'sid':
    case 'foreign-sid': {
      const { name } = explanation;
      const error = refusal(
        'wrongKindOfSid',
        {
          parameter,
          given,
          expected: kindNames(prefixes),
          givenKind: `${article(name)} ${name} SID`,
        },
        { ...options, resourceSid: given },
      );
      return explanation.kind === 'sid' ? error.explained(takenBy(explanation.prefix)) : error;
    }
    default: {
      const meant = prefixes.some((prefix) => given.trim().toUpperCase().startsWith(prefix));
      const text = meant
        ? explanation.sentence
        : `${explanation.sentence} ${parameter} takes ${kindNames(prefixes)}.`;
      return refusal('malformedSid', { parameter, given, explanation: text }, options);
    }
  }
}

/** `a Conductor SID (CN…)` */
function kindNames(prefixes: readonly SidPrefix[]): string {
  return prefixes
    .map((prefix) => `${article(sidKinds[prefix].name)} ${sidKinds[prefix].name} SID (${prefix}…)`)
    .join(' or ');
}

function takenBy(prefix: SidPrefix): string {
  const { name, parameters } = sidKinds[prefix];
  const parameter = parameters[0];
  if (parameter === undefined) return '';
  return `${article(name, 'A')} ${name} SID is taken by the parameter ${parameter}.`;
}

function article(name: string, first: 'a' | 'A' = 'a'): string {
  return /^[AEIO]/.test(name) ? `${first}n` : first;
}
