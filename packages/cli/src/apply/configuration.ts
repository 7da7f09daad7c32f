import type { Kind } from './grammar.ts';

/** A resource of the file whose SID stands there once it is known. */
export interface Reference {
  readonly to: 'application' | 'conductor';
  readonly name: string;
}

/** The value of a setting: a list is one of words, a record is attributes. */
export type Value =
  | string
  | number
  | boolean
  | Reference
  | readonly string[]
  | { readonly attributes: Readonly<Record<string, unknown>> };

/** A resource as the file wants it. What the settings do not name may be anything. */
export interface Wanted {
  readonly kind: Kind;
  readonly name: string;
  /** The name of the conversation that it is of; undefined for what is of the account. */
  readonly conversation: string | undefined;
  /** Where the file names it, from 1. */
  readonly line: number;
  /** By path, as `voice.address`. */
  readonly settings: ReadonlyMap<string, Value>;
}

/** Where SIDs are written. */
export type Destination =
  | { readonly kind: 'env'; readonly path: string }
  | {
      readonly kind: 'etcd';
      readonly url: string;
      readonly prefix: string;
      readonly user?: string | undefined;
      readonly password?: string | undefined;
    }
  | {
      readonly kind: 'consul';
      readonly url: string;
      readonly prefix: string;
      readonly token?: string | undefined;
    };

/** What a file says. */
export interface Configuration {
  /** Whose resources these are: what is made is marked with it, and only what is so marked is ever removed. */
  readonly project: string;
  readonly destinations: readonly Destination[];
  /** What others refer to comes before them. */
  readonly wanted: readonly Wanted[];
  /** What the file says that is not carried out, each in a sentence. */
  readonly left: readonly string[];
}

export type Reading =
  | { readonly ok: true; readonly configuration: Configuration }
  /** Each with file and line. */
  | { readonly ok: false; readonly problems: readonly string[] };
