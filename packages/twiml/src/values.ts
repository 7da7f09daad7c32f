import { MAX_LOOPS } from './limits.ts';

/** How the text of an attribute becomes a value. */
export interface ValueType<T> {
  /** Gives `undefined` for a text that is no such value. */
  readonly read: (text: string) => T | undefined;
  /** Completes the sentence "it must be …". */
  readonly expected: string;
}

/** Any text, the empty one too. */
export const anyText: ValueType<string> = { read: (text) => text, expected: 'text' };

/** Text with something in it, without the blanks around. */
export const someText: ValueType<string> = {
  read: (text) => text.trim() || undefined,
  expected: 'text that is not empty',
};

/** An absolute or relative URL; whoever fetches it resolves and checks it. */
export const url: ValueType<string> = {
  read(text) {
    const trimmed = text.trim();
    return /\s/.test(trimmed) ? undefined : trimmed;
  },
  expected: 'a URL without blanks inside',
};

export type Method = 'GET' | 'POST';

export const method: ValueType<Method> = {
  read(text) {
    const upper = text.trim().toUpperCase();
    return upper === 'GET' || upper === 'POST' ? upper : undefined;
  },
  expected: 'GET or POST',
};

export const trueOrFalse: ValueType<boolean> = {
  read(text) {
    const lower = text.trim().toLowerCase();
    if (lower === 'true') return true;
    return lower === 'false' ? false : undefined;
  },
  expected: 'true or false',
};

export function wholeNumber(least: number, most: number): ValueType<number> {
  return {
    read(text) {
      const trimmed = text.trim();
      if (!/^[0-9]{1,9}$/.test(trimmed)) return undefined;
      const value = Number(trimmed);
      return value >= least && value <= most ? value : undefined;
    },
    expected: `a whole number from ${least} to ${most}`,
  };
}

/** How often to repeat; 0 asks for as often as is possible. */
export const loops: ValueType<number> = {
  read(text) {
    const trimmed = text.trim();
    if (!/^[0-9]{1,9}$/.test(trimmed)) return undefined;
    return Math.min(Number(trimmed) || MAX_LOOPS, MAX_LOOPS);
  },
  expected: 'a whole number, 0 for endless',
};

// BCP 47: a language of 2 or 3 letters, then subtags of 1 to 8 letters and digits.
export const languageTag: ValueType<string> = {
  read(text) {
    const trimmed = text.trim();
    const wellFormed = /^(?:[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}|multi)$/.test(trimmed);
    return wellFormed ? trimmed : undefined;
  },
  expected: 'a language tag such as en-US',
};

// Keys of a telephone, the fourth column included; "w" and "W" wait.
export const dtmf: ValueType<string> = {
  read: (text) => (/^[0-9A-D*#wW]+$/.test(text.trim()) ? text.trim() : undefined),
  expected: 'digits, *, # and w',
};

export function oneOf<const T extends string>(...values: readonly T[]): ValueType<T> {
  return {
    read: (text) => values.find((value) => value === text.trim()),
    expected: values.join(' or '),
  };
}

/** A list separated by blanks; each value counts once, in the order of `values`. */
export function someOf<const T extends string>(...values: readonly T[]): ValueType<readonly T[]> {
  return {
    read(text) {
      const words = new Set<string>(text.split(/\s+/).filter(Boolean));
      const found = values.filter((value) => words.has(value));
      return found.length === words.size && found.length > 0 ? found : undefined;
    },
    expected: `one or more of ${values.join(', ')}`,
  };
}
