import type { Sid } from '@tutti/ids' with { 'resolution-mode': 'import' };

type Brand = Exclude<keyof Sid, keyof string>;

/** A string of which nothing is known, such as one from the environment. */
type Unbranded = string & { readonly [K in Brand]?: undefined };

/** A SID of one kind, or a plain string; a SID known to be of another kind is a type error. */
export type SidText<P extends 'AP' | 'CA' | 'CH' | 'CN'> = Sid<P> | Unbranded;
