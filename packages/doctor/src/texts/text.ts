import type { RuleName, RuleValues } from '../rules.ts';

/** What is told of a finding. */
export interface Text {
  /** What is wrong. */
  readonly what: string;
  /** What happens because of it. */
  readonly because: string;
  /** What to do. */
  readonly fix: string;
}

/** The sentences of every rule in one language. */
export type Texts = { readonly [Rule in RuleName]: (values: RuleValues[Rule]) => Text };
