import type { Element } from './element.ts';
import type { ValueType } from './values.ts';
import { SCHEMA_WARNING, shorten } from './warnings.ts';
import type { Warnings } from './warnings.ts';

/** How one attribute is read. */
export interface AttributeRow<T> {
  readonly type: ValueType<unknown>;
  readonly otherwise: T;
  readonly code: number;
  /** Of one that has no effect in this version: whether a value asks for more than happens without it. */
  readonly isUnheeded?: ((value: unknown) => boolean) | undefined;
}

type Rows = Readonly<Record<string, AttributeRow<unknown>>>;

/** What an element may carry: one row per attribute. */
export interface AttributeTable<R extends Rows> {
  readonly rows: R;
  /** Attributes that Twilio reads and this version does not. */
  readonly notCarried: readonly string[];
}

type Values<R extends Rows> = {
  readonly [Name in keyof R]: R[Name] extends AttributeRow<infer T> ? T : never;
};

/** An attribute that has a default; `code` warns of a bad value. */
export function withDefault<T>(
  type: ValueType<T>,
  otherwise: NoInfer<T>,
  code: number = SCHEMA_WARNING,
): AttributeRow<T> {
  return { type, otherwise, code };
}

/** An attribute that may be absent; `code` warns of a bad value. */
export function optional<T>(
  type: ValueType<T>,
  code: number = SCHEMA_WARNING,
): AttributeRow<T | undefined> {
  return { type, otherwise: undefined, code };
}

/** An attribute without effect in this version; `anyway` are the values that ask for what happens all the same. */
export function unheeded<T>(
  type: ValueType<T>,
  code: number,
  ...anyway: readonly NoInfer<T>[]
): AttributeRow<T | undefined> {
  const isUnheeded = (value: unknown): boolean => anyway.every((each) => each !== value);
  return { ...optional(type, code), isUnheeded };
}

/** Defines what an element may carry. */
export function attributeTable<R extends Rows>(
  rows: R,
  notCarried: readonly string[] = [],
): AttributeTable<R> {
  return { rows, notCarried };
}

/** Reads the attributes of an element by its table, warning of bad values and unknown names. */
export function readAttributes<R extends Rows>(
  element: Element,
  table: AttributeTable<R>,
  warnings: Warnings,
): Values<R> {
  const values: Record<string, unknown> = {};
  for (const [name, row] of Object.entries(table.rows)) {
    const text = element.attributes.get(name);
    values[name] =
      text === undefined ? row.otherwise : readValue(element, name, text, row, warnings);
  }
  for (const name of element.attributes.keys()) {
    if (!Object.hasOwn(table.rows, name)) warnOfUnread(element, name, table, warnings);
  }
  return values as Values<R>;
}

function readValue(
  element: Element,
  name: string,
  text: string,
  row: AttributeRow<unknown>,
  warnings: Warnings,
): unknown {
  const value = row.type.read(text);
  if (value !== undefined) {
    if (row.isUnheeded?.(value) === true) warnings.addUnread(element, name, [], true);
    return value;
  }
  warnings.add(row.code, element.line, () => {
    const instead =
      row.otherwise === undefined ? 'it is ignored' : `${show(row.otherwise)} is used instead`;
    return `${name}="${shorten(text)}" of <${element.name}> must be ${row.type.expected}; ${instead}.`;
  });
  return row.otherwise;
}

function show(value: unknown): string {
  return Array.isArray(value) ? `"${value.join(' ')}"` : JSON.stringify(value);
}

function warnOfUnread<R extends Rows>(
  element: Element,
  name: string,
  table: AttributeTable<R>,
  warnings: Warnings,
): void {
  // Declarations of XML itself, which some libraries put on every root element.
  if (/^(?:xmlns|xmlns:.*|xml:.*|xsi:.*)$/.test(name)) return;
  const known = [...Object.keys(table.rows), ...table.notCarried];
  warnings.addUnread(element, name, known, table.notCarried.includes(name));
}

type Present<T> = {
  readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Leaves out the fields that have no value, so that absent means absent. */
export function present<T extends object>(fields: T): Present<T> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Present<T>;
}
