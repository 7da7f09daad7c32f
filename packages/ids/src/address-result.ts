/** What a parser of addresses answers: the address, or one sentence on what is wrong with it. */
export type AddressResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: { readonly message: string } };
