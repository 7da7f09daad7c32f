/** The entries that were given. */
export function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** Empty text clears. */
export function nullable(value: string | undefined): string | null | undefined {
  return value === '' ? null : value;
}

/** Empty text is none. */
export function orNull(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value;
}
