import { explainSid } from '@tutti/ids';
import { isAmbiguousName, isOtherKind, kindsOfName, looksLikeSid } from '../code/sid-names.ts';
import type { Prefixes } from '../code/sid-names.ts';
import { nameOfKind } from '../kind-names.ts';
import type { Finding, Where } from '../rules.ts';
import { whereOf } from '../rules.ts';

/** A variable and where its value came from. */
export interface Variable extends Where {
  readonly name: string;
  readonly value: string;
}

type Secret = 'auth-token' | 'key-secret';

/**
 * Says what is wrong with variables that hold SIDs and secrets of Twilio or Tutti.
 *
 * @param isTemplate For `.env.example` and its like, where placeholders belong.
 */
export function examineVariables(
  variables: readonly Variable[],
  { isTemplate = false }: { readonly isTemplate?: boolean } = {},
): Finding[] {
  const swapped = swappedPairs(variables);
  const taken = new Set(swapped.flat());
  const findings: Finding[] = swapped.map(([first, second]) => ({
    rule: 'env-swapped',
    values: { first: first.name, second: second.name },
    ...whereOf(first),
  }));
  const authToken = variables.find(({ name }) => secretOfName(name) === 'auth-token')?.value;
  for (const variable of variables) {
    if (taken.has(variable)) continue;
    findings.push(...examineOne(variable, authToken, isTemplate));
  }
  return findings;
}

function examineOne(
  variable: Variable,
  authToken: string | undefined,
  isTemplate: boolean,
): Finding[] {
  const { name } = variable;
  const wanted = wantedKinds(name);
  const secret = secretOfName(name);
  const value = variable.value.trim().replaceAll(/^["'`]+|["'`]+$/g, '');
  const isAmbiguous = isAmbiguousName(name);
  const isConcerned = wanted !== undefined || secret !== undefined || isAmbiguous;
  if (!isConcerned && !/sid/i.test(name)) return [];
  const findings: Finding[] = [];
  if (isAmbiguous && value !== '') {
    const better = looksLikeSid(value) ? variableOfKind(value.slice(0, 2)) : undefined;
    findings.push({
      rule: 'env-ambiguous-name',
      values: { variable: name, better },
      ...whereOf(variable),
    });
  }
  if (value === '') return findings;
  if (value !== variable.value) {
    const by = value === variable.value.trim() ? 'blanks' : 'quotes';
    findings.push({ rule: 'env-surrounded', values: { variable: name, by }, ...whereOf(variable) });
  }
  if (secret !== undefined)
    findings.push(...examineSecret(variable, value, secret, authToken, isTemplate));
  else if (wanted !== undefined || /sid$/i.test(name)) {
    findings.push(...examineSid(variable, value, wanted, isTemplate));
  }
  return findings;
}

function examineSid(
  variable: Variable,
  value: string,
  wanted: Prefixes | undefined,
  isTemplate: boolean,
): Finding[] {
  const { name } = variable;
  if (looksLikeSid(value) && explainSid(value).kind !== 'placeholder') {
    const kinds = [value.slice(0, 2)];
    return isOtherKind(kinds, wanted) && wanted
      ? [
          {
            rule: 'env-wrong-kind',
            values: { variable: name, given: { shown: shortened(value), kinds }, wanted },
            ...whereOf(variable),
          },
        ]
      : [];
  }
  const explanation = explainSid(value);
  if (explanation.kind === 'placeholder' || isTemplateText(value)) {
    return isTemplate
      ? []
      : [
          {
            rule: 'env-placeholder',
            values: { variable: name, text: value },
            ...whereOf(variable),
          },
        ];
  }
  const holds = secretByShape(value);
  if (holds !== undefined) {
    return [
      {
        rule: 'env-secret-misplaced',
        values: { variable: name, holds, wanted: 'sid' },
        ...whereOf(variable),
      },
    ];
  }
  // A unique name may stand where a Conversation or a service is named.
  const mayBeName = wanted?.some((prefix) => prefix === 'CH' || prefix === 'IS') ?? true;
  if (mayBeName && explanation.kind === 'not-a-sid') return [];
  return [
    {
      rule: 'env-malformed-sid',
      values: { variable: name, reason: explanation.sentence },
      ...whereOf(variable),
    },
  ];
}

function examineSecret(
  variable: Variable,
  value: string,
  wanted: Secret,
  authToken: string | undefined,
  isTemplate: boolean,
): Finding[] {
  const { name } = variable;
  if (isTemplateText(value) || explainSid(value).kind === 'placeholder') {
    return isTemplate
      ? []
      : [
          {
            rule: 'env-placeholder',
            values: { variable: name, text: value },
            ...whereOf(variable),
          },
        ];
  }
  const holds = looksLikeSid(value)
    ? 'sid'
    : wanted === 'key-secret' && value === authToken
      ? 'auth-token'
      : secretByShape(value);
  return holds === undefined || holds === wanted
    ? []
    : [
        {
          rule: 'env-secret-misplaced',
          values: { variable: name, holds, wanted },
          ...whereOf(variable),
        },
      ];
}

/** Pairs of variables of which each holds what the other one promises. */
function swappedPairs(variables: readonly Variable[]): [Variable, Variable][] {
  const pairs: [Variable, Variable][] = [];
  const taken = new Set<Variable>();
  for (const [index, first] of variables.entries()) {
    for (const second of variables.slice(index + 1)) {
      if (taken.has(first) || taken.has(second) || !areSwapped(first, second)) continue;
      taken.add(first).add(second);
      pairs.push([first, second]);
    }
  }
  return pairs;
}

function areSwapped(first: Variable, second: Variable): boolean {
  const wants = [roleOfName(first.name), roleOfName(second.name)];
  const holds = [roleOfValue(first.value), roleOfValue(second.value)];
  if (wants.includes(undefined) || holds.includes(undefined) || wants[0] === wants[1]) return false;
  return wants[0] === holds[1] && wants[1] === holds[0];
}

/** Of several kinds the first, which is the usual one. */
const roleOfName = (name: string): string | undefined =>
  wantedKinds(name)?.[0] ?? secretOfName(name);

const roleOfValue = (value: string): string | undefined =>
  looksLikeSid(value) ? value.slice(0, 2) : secretByShape(value);

/** What a variable's name promises: `TWILIO_API_KEY` the SID of a key. */
function wantedKinds(name: string): Prefixes | undefined {
  if (/^(?:TWILIO|TUTTI)_(?:API_)?KEY$/i.test(name)) return ['SK'];
  return kindsOfName(name);
}

/** Which secret a variable's name promises. */
export function secretOfName(name: string): Secret | undefined {
  if (/(?:^|_)AUTH_?TOKEN$/i.test(name) && /twilio|tutti|^auth/i.test(name)) return 'auth-token';
  if (/(?:TWILIO|TUTTI)_(?:API_?)?(?:KEY_?)?SECRET$/i.test(name)) return 'key-secret';
  return undefined;
}

/** An auth token is 32 hexadecimal digits; of 32 letters and digits a secret is never only those. */
function secretByShape(value: string): Secret | undefined {
  if (/^[0-9a-f]{32}$/.test(value)) return 'auth-token';
  return /^[0-9A-Za-z]{32}$/.test(value) && /[g-zG-Z]/.test(value) ? 'key-secret' : undefined;
}

const isTemplateText = (value: string): boolean =>
  /^(?:<.*>|\[.*\]|\{\{.*\}\}|(?:your|my|insert|replace|change)[-_ ]?\w.*|x{3,}|(.)\1{7,}|\*{3,}|\.{3}|todo|changeme|secret|token)$/i.test(
    value,
  );

function variableOfKind(prefix: string): string | undefined {
  const name = nameOfKind(prefix);
  return name && `${name.replaceAll(/[^A-Za-z]+/g, '_').toUpperCase()}_SID`;
}

/** The first eight characters: enough to find it by, too few to use. */
export const shortened = (sid: string): string => `${sid.slice(0, 8)}…`;
