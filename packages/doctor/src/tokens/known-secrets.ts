import { looksLikeSid } from '../code/sid-names.ts';
import { secretOfName } from '../env/examine-variables.ts';
import type { Variable } from '../env/examine-variables.ts';

/** A secret that variables give, and the API key that stands beside it. */
export interface KnownSecret {
  /** The variable's name. */
  readonly name: string;
  readonly kind: 'auth-token' | 'key-secret';
  readonly value: string;
  /** The only API key of the same file, which the secret is then of. */
  readonly keySid: string | undefined;
}

/** The secrets of variables that belong together, as those of one file do. */
export function knownSecrets(variables: readonly Variable[]): KnownSecret[] {
  const keys = new Set(
    variables
      .map(({ value }) => value.trim())
      .filter((value) => looksLikeSid(value) && value.startsWith('SK')),
  );
  const [keySid] = keys.size === 1 ? keys : [];
  return variables.flatMap(({ name, value }) => {
    const kind = secretOfName(name);
    const secret = value.trim();
    return kind === undefined || secret === '' ? [] : [{ name, kind, value: secret, keySid }];
  });
}
