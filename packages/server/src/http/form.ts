import { nearestName } from '@tutti/ids';
import type { FormBody } from './form-body.ts';

/** Reads one parameter out of its values as sent; throws RequestError when they do not fit. */
export interface Field<T> {
  read(values: readonly string[], name: string): T;
}

type Fields = Readonly<Record<string, Field<unknown>>>;

/** What a form's fields come to: absent parameters are undefined. */
export type FormValues<F extends Fields> = {
  readonly [K in keyof F]: (F[K] extends Field<infer T> ? T : never) | undefined;
};

/** The parameters one operation takes. */
export interface Form<F extends Fields> {
  readonly names: readonly string[];
  /** @throws RequestError of the field that does not fit. */
  parse(body: FormBody): FormValues<F>;
  /** Names that the operation does not take. */
  unknown(body: FormBody): string[];
  /** The name it takes that was probably meant. */
  nearest(name: string): string | undefined;
}

/** Declares the parameters of an operation by name. */
export function form<const F extends Fields>(fields: F): Form<F> {
  const names = Object.keys(fields);
  const entries = Object.entries(fields);
  return {
    names,
    parse: (body) => {
      const values: Record<string, unknown> = {};
      for (const [name, field] of entries) {
        const given = body.get(name);
        if (given !== undefined) values[name] = field.read(given, name);
      }
      return values as FormValues<F>;
    },
    unknown: (body) => {
      const unknown: string[] = [];
      for (const name of body.keys()) if (!Object.hasOwn(fields, name)) unknown.push(name);
      return unknown;
    },
    nearest: (name) => nearestName(name, names),
  };
}
